// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file, where, and what to write instead: collected, so that all comes at
// once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamina::config {

struct location {
  std::string file;  ///< or the option that the text came from
  int line = 0;      ///< from 1; 0: the whole file, or a --set
  int column = 0;    ///< from 1
};

/// What is wrong with a value, before anybody knows where it stands.
struct complaint {
  std::string message;     ///< what is wrong, and what was expected
  std::string suggestion;  ///< what to write instead; may be empty
};

struct diagnostic {
  location where;
  std::string message;     ///< what is wrong, and what was expected
  std::string suggestion;  ///< what to do; may be empty
};

/// Text of one diagnostic: `file:line:column: error: message`, and below it the suggestion.
std::string to_text(const diagnostic& item, std::string_view severity = "error");

class diagnostics {
 public:
  void add(diagnostic item) { items_.push_back(std::move(item)); }
  void add(location where, std::string message, std::string suggestion) {
    items_.push_back({std::move(where), std::move(message), std::move(suggestion)});
  }
  bool has_errors() const { return !items_.empty(); }
  std::size_t size() const { return items_.size(); }
  /// File by file in order of appearance, by line and column; repeated ones once.
  std::vector<diagnostic> sorted() const;
  /// All of them, a line or two each.
  std::string text() const;

 private:
  std::vector<diagnostic> items_;
};

/// The candidate that a misspelt word most probably meant; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// A text from outside, fit for a message: in quotes, cut when long, without control characters.
std::string in_quotes(std::string_view text);

}  // namespace lamina::config
