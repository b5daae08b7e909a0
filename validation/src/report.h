// SPDX-License-Identifier: Apache-2.0
// What `lamina validate` prints: JSON for programs, a summary for people.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "lamina/validation/validate.h"
#include "lamina/validation/validation_case.h"

namespace lamina::validation {

struct validation_report {
  std::vector<validation_case> cases;
  std::vector<std::string> broken;  ///< sentences about tolerances
  std::string configuration;        ///< YAML of a single random case
};

void print_json(const validation_report& report, const validate_options& options,
                std::ostream& out);
void print_text(const validation_report& report, const validate_options& options,
                std::ostream& out);

}  // namespace lamina::validation
