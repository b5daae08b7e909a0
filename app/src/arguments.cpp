// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <charconv>

#include "spelling.h"

namespace lamina::app {
namespace {

namespace po = boost::program_options;

po::options_description described(const std::vector<option>& accepted) {
  po::options_description all("Options", 100, 60);
  for (const option& one : accepted) {
    if (one.value.empty()) {
      all.add_options()(one.name.c_str(), one.meaning.c_str());
    } else {
      all.add_options()(one.name.c_str(),
                        po::value<std::vector<std::string>>()->value_name(one.value)->composing(),
                        one.meaning.c_str());
    }
  }
  return all;
}

std::string unknown_option(const std::string& typed, const std::vector<option>& accepted) {
  std::string name = typed.substr(0, typed.find('='));
  name.erase(0, name.find_first_not_of('-'));
  std::vector<std::string> names;
  for (const option& one : accepted) names.push_back(one.name);
  const std::string near = nearest_word(name, names);
  std::string message = fmt::format("unknown option '{}'", typed.substr(0, 80));
  if (!near.empty()) message += fmt::format("; did you mean '--{}'?", near);
  return message;
}

const option* find(const std::string& name, const std::vector<option>& accepted) {
  for (const option& one : accepted) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

std::string value_missing(const option& one) {
  return fmt::format("--{} needs a value: --{} {}", one.name, one.name, one.value);
}

po::parsed_options parse_words(const std::vector<std::string>& words,
                               const std::vector<option>& accepted) {
  using namespace po::command_line_style;
  const po::options_description all = described(accepted);
  try {
    return po::command_line_parser(words)
        .options(all)
        .style(allow_long | long_allow_adjacent | long_allow_next | allow_short | short_allow_next |
               allow_dash_for_short)
        .allow_unregistered()
        .run();
  } catch (const po::invalid_command_line_syntax& error) {
    const std::string name = error.get_option_name();
    std::string bare = name;
    bare.erase(0, bare.find_first_not_of('-'));
    const option* known = find(bare.substr(0, bare.find('=')), accepted);
    if (known == nullptr) throw usage_error(unknown_option(name, accepted));
    throw usage_error(known->value.empty() ? fmt::format("--{} takes no value", known->name)
                                           : value_missing(*known));
  }
}

}  // namespace

std::vector<std::string> arguments::all(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? otherwise : found->second.back();
}

std::optional<std::uint64_t> arguments::whole(const std::string& name, std::uint64_t least,
                                              std::uint64_t most) const {
  if (!has(name)) return std::nullopt;
  const std::string typed = text(name);
  std::uint64_t value = 0;
  const char* end = typed.data() + typed.size();
  const auto [stopped, error] = std::from_chars(typed.data(), end, value);
  if (typed.empty() || error != std::errc() || stopped != end || value < least || value > most) {
    throw usage_error(fmt::format("--{}: expected a whole number from {} to {}, found '{}'", name,
                                  least, most, typed.substr(0, 80)));
  }
  return value;
}

arguments parse(const std::vector<std::string>& words, const std::vector<option>& accepted,
                bool takes_files) {
  arguments given;
  const po::parsed_options parsed = parse_words(words, accepted);
  for (const po::option& one : parsed.options) {
    if (one.position_key != -1 || one.string_key.empty()) {
      for (const std::string& value : one.value) {
        if (!takes_files) {
          throw usage_error(fmt::format("unexpected '{}': it takes options alone", value));
        }
        given.files_.push_back(value);
      }
      continue;
    }
    const option* known = one.unregistered ? nullptr : find(one.string_key, accepted);
    if (known == nullptr) {
      const std::string typed =
          one.original_tokens.empty() ? one.string_key : one.original_tokens.front();
      throw usage_error(unknown_option(typed, accepted));
    }
    if (one.original_tokens.size() > 1 && one.original_tokens[1].compare(0, 2, "--") == 0) {
      throw usage_error(value_missing(*known));
    }
    if (given.has(one.string_key) && !known->repeatable) {
      throw usage_error(fmt::format("--{} is given twice; once is enough", known->name));
    }
    std::vector<std::string>& values = given.values_[one.string_key];
    values.insert(values.end(), one.value.begin(), one.value.end());
  }
  return given;
}

std::string help_of(const std::vector<option>& accepted) {
  std::string text;
  for (const option& one : accepted) {
    const std::string left = "--" + one.name + (one.value.empty() ? "" : " " + one.value);
    std::string meaning;
    for (const char c : one.meaning) {
      meaning += c;
      if (c == '\n') meaning += std::string(30, ' ');
    }
    text += fmt::format("  {:<27} {}\n", left, meaning);
  }
  return text;
}

}  // namespace lamina::app
