// SPDX-License-Identifier: Apache-2.0
// Smallest legal distances of pairs of commands, asked of the TLM's own timing state.
#pragma once

#include <string>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/validation/validation_case.h"

namespace lamina::validation {

/// One case for each row of a consensus file where both simulators agree on a distance above 0.
void add_pair_cases(const std::string& file, const dram_stack_spec& spec,
                    std::vector<validation_case>& cases);

}  // namespace lamina::validation
