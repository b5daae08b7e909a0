// SPDX-License-Identifier: Apache-2.0
// Reads comma-separated reference files, and says where they are wrong.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lamina::validation {

/// Everything that is wrong with reference data: `file:line:column: text`, one to a string.
class reference_error : public std::runtime_error {
 public:
  explicit reference_error(std::vector<std::string> messages);
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  std::vector<std::string> messages_;
};

/// The whole file. Throws reference_error when it cannot be read.
std::string read_text(const std::string& path);

/// A file with a header line. Values keep their place, so that what is wrong with one can be said
/// exactly; all that is wrong with a file is collected and thrown at once by finish().
class csv_table {
 public:
  /// Throws reference_error for a file that cannot be read, has no header, lacks one of the
  /// `required` columns or has a row of another length.
  csv_table(const std::string& path, const std::vector<std::string>& required);
  /// The same from text that is in memory; `path` is only named in errors.
  static csv_table parse(const std::string& path, std::string text,
                         const std::vector<std::string>& required);

  std::size_t rows() const { return rows_.size(); }
  bool has(std::string_view column) const;
  const std::string& path() const { return path_; }

  std::string_view text(std::size_t row, std::string_view column) const;
  /// A whole number in [low, high]; anything else is noted and gives `low`.
  std::int64_t integer(std::size_t row, std::string_view column, std::int64_t low,
                       std::int64_t high);
  /// A finite number of at least `low`; anything else is noted and gives `low`.
  double number(std::size_t row, std::string_view column, double low);
  /// Notes that the value at this place is wrong.
  void complain(std::size_t row, std::string_view column, const std::string& what);
  /// Throws reference_error when anything was noted.
  void finish() const;

 private:
  struct cell {
    std::string text;
    int column = 1;
  };
  struct line {
    int number = 1;
    std::vector<cell> cells;
  };
  csv_table() = default;
  void read(const std::string& text, const std::vector<std::string>& required);
  std::size_t index_of(std::string_view column) const;
  const cell& at(std::size_t row, std::string_view column) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<line> rows_;
  std::vector<std::string> messages_;
};

}  // namespace lamina::validation
