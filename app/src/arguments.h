// SPDX-License-Identifier: Apache-2.0
// The command line: what a command accepts, and what it was given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lamina::app {

enum exit_code { exit_fine = 0, exit_outside = 1, exit_bad_input = 2, exit_internal = 3 };

/// Something typed wrongly, in a sentence for the person who typed it.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct option {
  std::string name;
  std::string value;  ///< what its value is called in the help; empty: it takes none
  std::string meaning;
  bool repeatable = false;
};

class arguments {
 public:
  bool has(const std::string& name) const { return values_.count(name) != 0; }
  /// The option's values in order; empty when it was not given.
  std::vector<std::string> all(const std::string& name) const;
  std::string text(const std::string& name, const std::string& otherwise = {}) const;
  /// A whole number of at least `least`. Throws usage_error for anything else.
  std::optional<std::uint64_t> whole(const std::string& name, std::uint64_t least,
                                     std::uint64_t most) const;
  const std::vector<std::string>& files() const { return files_; }

 private:
  friend arguments parse(const std::vector<std::string>&, const std::vector<option>&, bool);
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> files_;
};

/// Options are spelt out in full. Throws usage_error for unknown ones, missing values and options
/// given twice that are not repeatable.
arguments parse(const std::vector<std::string>& words, const std::vector<option>& accepted,
                bool takes_files);

/// The options one below the other, as for --help.
std::string help_of(const std::vector<option>& accepted);

/// One word of the program, such as `run`.
struct command {
  std::string name;
  std::string usage;    ///< what follows the name
  std::string summary;  ///< one line
  std::string about;    ///< the rest of its help
  std::vector<option> options;
  bool takes_files = false;
  int (*run)(const arguments& given);
};

command check_command();
command describe_command();
command explore_command();
command merge_command();
command run_command();
command validate_command();

}  // namespace lamina::app
