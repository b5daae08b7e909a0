// SPDX-License-Identifier: Apache-2.0
#include "noc_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <vector>

namespace lamina::validation {
namespace {

/// "mesh8x8" is {"mesh", {8, 8}, ""}; what follows the numbers is the tail.
struct word {
  std::string head;
  std::vector<int> numbers;
  std::string tail;
};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

int take_number(std::string_view text, std::size_t& place) {
  int value = 0;
  for (; place < text.size() && is_digit(text[place]); ++place)
    value = std::min(value * 10 + (text[place] - '0'), 1 << 20);
  return value;
}

word split(std::string_view text) {
  word found;
  std::size_t place = 0;
  while (place < text.size() && !is_digit(text[place])) ++place;
  found.head = text.substr(0, place);
  while (place < text.size() && is_digit(text[place])) {
    found.numbers.push_back(take_number(text, place));
    const bool more = place + 1 < text.size() && text[place] == 'x' && is_digit(text[place + 1]);
    if (more)
      ++place;
    else
      break;
  }
  found.tail = text.substr(place);
  return found;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ' || c == '.')
      words.emplace_back();
    else
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  words.erase(std::remove(words.begin(), words.end(), std::string()), words.end());
  return words;
}

const network_shape* shape_called(const std::string& head) {
  using shape = network_shape;
  static const std::map<std::string, network_shape> shapes = {
      {"mesh", shape::mesh},
      {"torus", shape::torus},
      {"ring", shape::ring},
      {"chain", shape::chain},
      {"line", shape::chain},
      {"switch", shape::switched},
      {"crossbar", shape::switched},
      {"xbar", shape::switched},
      {"alltoall", shape::fully_connected},
      {"full", shape::fully_connected},
      {"fullyconnected", shape::fully_connected},
      {"fattree", shape::fat_tree}};
  const auto found = shapes.find(head);
  return found == shapes.end() ? nullptr : &found->second;
}

/// {arity, levels} of so many endpoints; 4 is the usual arity.
std::vector<int> fat_tree_of(int endpoints) {
  for (int i = 1; i <= endpoints; ++i) {
    const int arity = i == 1 ? 4 : i;
    std::int64_t size = arity;
    for (int levels = 1; size <= endpoints; ++levels, size *= arity)
      if (size == endpoints) return {arity, levels};
  }
  return {};
}

/// A grid's sizes from one number: a square number of members, else the side of a square.
std::vector<int> square_of(int number) {
  const int side = static_cast<int>(std::lround(std::sqrt(number)));
  if (side * side == number && side > 1) return {side, side};
  return {number, number};
}

std::string set_sizes(const std::vector<int>& numbers, network_level& level) {
  if (numbers.empty()) return "expected the network's size in its name, such as mesh8x8";
  if (*std::min_element(numbers.begin(), numbers.end()) < 1) return "expected sizes of 1 or more";
  const bool grid = level.shape == network_shape::mesh || level.shape == network_shape::torus;
  level.sizes = numbers;
  if (grid && numbers.size() == 1) level.sizes = square_of(numbers.front());
  if (level.shape == network_shape::fat_tree && numbers.size() == 1)
    level.sizes = fat_tree_of(numbers.front());
  if (members_of(level) < 1 || members_of(level) > (1 << 16))
    return fmt::format("expected sizes that fit a {}, of at most 65536 endpoints",
                       name_of(level.shape));
  return {};
}

std::string read_option(const std::string& text, network_level& level, bool& sized) {
  const word found = split(text);
  if (found.numbers.empty()) return {};  // says nothing about the network
  const int value = found.numbers.front();
  const std::string unit = found.head.empty() ? found.tail : found.head;
  const bool channels = unit == "v" || unit.find("vc") != std::string::npos;
  const bool buffer = unit == "b" || unit == "flits" || unit.find("buf") != std::string::npos;
  if (found.head == "k" && !found.tail.empty() && found.tail[0] == 'n') {
    const word levels = split(found.tail);
    if (levels.numbers.size() != 1) return fmt::format("expected kKnN, found '{}'", text);
    sized = true;
    if (level.shape == network_shape::fat_tree)
      return set_sizes({value, levels.numbers.front()}, level);
    return set_sizes(
        std::vector<int>(static_cast<std::size_t>(std::min(8, levels.numbers.front())), value),
        level);
  }
  if (channels && value >= 1 && value <= 64) {
    level.flits.virtual_channels = value;
  } else if (buffer && value >= 1 && value <= 1024) {
    level.flits.buffer_flits = value;
  } else {
    return fmt::format("expected vcN (1 to 64) or bufN (1 to 1024) after the network, found '{}'",
                       text);
  }
  return {};
}

}  // namespace

std::string read_noc_name(std::string_view name, network_level& level) {
  const std::vector<std::string> words = words_of(name);
  std::size_t next = 0;
  word first;
  const network_shape* shape = nullptr;
  for (; next < words.size() && shape == nullptr; ++next) {  // "fat_tree64", "booksim_mesh8x8"
    word part = split(words[next]);
    std::string joined = first.head + part.head;
    shape = shape_called(part.head);
    if (shape == nullptr) shape = shape_called(joined);
    if (shape == nullptr && !part.numbers.empty()) break;
    part.head = joined;
    first = part;
  }
  if (shape == nullptr)
    return "expected a network such as mesh8x8, torus4x4, ring8, switch8, alltoall8 or fattree64";
  level.shape = *shape;
  bool sized = !first.numbers.empty();
  if (sized)
    if (std::string wrong = set_sizes(first.numbers, level); !wrong.empty()) return wrong;
  if (!first.tail.empty())  // "mesh8x8vc1"
    if (std::string wrong = read_option(first.tail, level, sized); !wrong.empty()) return wrong;
  for (; next < words.size(); ++next) {
    const bool number = !sized && is_digit(words[next][0]);
    std::string wrong = number ? set_sizes(split(words[next]).numbers, level)
                               : read_option(words[next], level, sized);
    sized = sized || number;
    if (!wrong.empty()) return wrong;
  }
  return sized ? std::string() : set_sizes({}, level);
}

}  // namespace lamina::validation
