// SPDX-License-Identifier: Apache-2.0
// Answers rows of network references in both paths and holds the answers against them.
#pragma once

#include <string>
#include <vector>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/network_reference.h"
#include "lamina/validation/reference_kind.h"

namespace lamina::validation {

struct wanted_paths {
  bool analytical = true;
  bool tlm = true;
};

/// One case of metric `time` for each row; simulations run in child processes.
std::vector<validation_case> compare_networks(const std::string& kind,
                                              const std::vector<network_reference_row>& rows,
                                              wanted_paths wanted,
                                              const validation_context& context);

/// Complains about the rows (one for each of the table's) whose network or work check() refuses,
/// naming `column`. Rows without a level have been complained about before.
void refuse_impossible(csv_table& table, const char* column,
                       const std::vector<network_reference_row>& rows);

}  // namespace lamina::validation
