// SPDX-License-Identifier: Apache-2.0
// What is wrong with a file, where, and what to write instead: collected, so that all comes at
// once.
#pragma once

#include <string>
#include <vector>

namespace lamina::config {

struct location {
  std::string file;
  int line = 0;    ///< from 1; 0: the whole file, or a --set
  int column = 0;  ///< from 1
};

struct diagnostic {
  location where;
  std::string message;     ///< what is wrong
  std::string expected;    ///< what would be right; may be empty
  std::string suggestion;  ///< what to do; may be empty
  bool is_error = true;
};

/// Text of one diagnostic: `file:line:column: error: message; expected ...; suggestion`.
std::string to_text(const diagnostic& item);

class diagnostics {
 public:
  void add(diagnostic item);
  bool has_errors() const;
  /// In order of file, line and column.
  std::vector<diagnostic> sorted() const;

 private:
  std::vector<diagnostic> items_;
};

}  // namespace lamina::config
