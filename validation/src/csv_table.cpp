// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/csv_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "lamina/config/document.h"

namespace lamina::validation {
namespace {

constexpr std::size_t most_messages = 20;  // of one file; more would bury the first

std::string joined(const std::vector<std::string>& messages) {
  return fmt::format("{}", fmt::join(messages, "\n"));
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

reference_error::reference_error(std::vector<std::string> messages)
    : std::runtime_error(joined(messages)), messages_(std::move(messages)) {}

std::string read_text(const std::string& path) {
  if (auto text = config::read_file(path)) return *std::move(text);
  const auto [why, suggestion] = config::why_unread(path);
  throw reference_error({fmt::format("{}: cannot be read: {}{}{}", path, why,
                                     suggestion.empty() ? "" : "\n    ", suggestion)});
}

csv_table::csv_table(const std::string& path, const std::vector<std::string>& required)
    : path_(path) {
  read(read_text(path), required);
}

csv_table csv_table::parse(const std::string& path, std::string text,
                           const std::vector<std::string>& required) {
  csv_table table;
  table.path_ = path;
  table.read(text, required);
  return table;
}

void csv_table::read(const std::string& text, const std::vector<std::string>& required) {
  int number = 0;
  std::size_t begin = 0;
  bool header = true;
  while (begin < text.size()) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view content(text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    if (!content.empty() && content.back() == '\r') content.remove_suffix(1);
    if (trimmed(content).empty()) continue;
    line read_line{number, {}};
    for (std::size_t place = 0;;) {
      const std::size_t comma = std::min(content.find(',', place), content.size());
      read_line.cells.push_back({std::string(trimmed(content.substr(place, comma - place))),
                                 static_cast<int>(place) + 1});
      if (comma == content.size()) break;
      place = comma + 1;
    }
    if (header) {
      for (const cell& name : read_line.cells) columns_.push_back(name.text);
      header = false;
    } else if (read_line.cells.size() != columns_.size()) {
      messages_.push_back(fmt::format("{}:{}:1: expected {} values as in the header, found {}",
                                      path_, number, columns_.size(), read_line.cells.size()));
    } else {
      rows_.push_back(std::move(read_line));
    }
  }
  if (header)
    throw reference_error({fmt::format("{}:1:1: expected a header line, found none", path_)});
  for (const std::string& column : required)
    if (!has(column))
      messages_.push_back(fmt::format("{}:1:1: expected a column '{}'; the header has {}", path_,
                                      column, fmt::join(columns_, ", ")));
  finish();
}

bool csv_table::has(std::string_view column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::size_t csv_table::index_of(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end())
    throw reference_error({fmt::format("{}:1:1: expected a column '{}'", path_, column)});
  return static_cast<std::size_t>(found - columns_.begin());
}

const csv_table::cell& csv_table::at(std::size_t row, std::string_view column) const {
  return rows_.at(row).cells[index_of(column)];
}

std::string_view csv_table::text(std::size_t row, std::string_view column) const {
  return at(row, column).text;
}

std::int64_t csv_table::integer(std::size_t row, std::string_view column, std::int64_t low,
                                std::int64_t high) {
  const std::string& text = at(row, column).text;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status == std::errc{} && stop == end && value >= low && value <= high) return value;
  complain(row, column,
           fmt::format("expected a whole number from {} to {}, found '{}'", low, high, text));
  return low;
}

double csv_table::number(std::size_t row, std::string_view column, double low) {
  const std::string& text = at(row, column).text;
  char* stop = nullptr;
  const double value = std::strtod(text.c_str(), &stop);
  const bool whole = !text.empty() && stop == text.c_str() + text.size();
  if (whole && std::isfinite(value) && value >= low) return value;
  complain(row, column, fmt::format("expected a number of at least {}, found '{}'", low, text));
  return low;
}

void csv_table::complain(std::size_t row, std::string_view column, const std::string& what) {
  if (messages_.size() > most_messages) return;
  if (messages_.size() == most_messages) {
    messages_.push_back(fmt::format("{}: and more of the kind", path_));
    return;
  }
  messages_.push_back(fmt::format("{}:{}:{}: column '{}': {}", path_, rows_.at(row).number,
                                  at(row, column).column, column, what));
}

void csv_table::finish() const {
  if (!messages_.empty()) throw reference_error(messages_);
}

}  // namespace lamina::validation
