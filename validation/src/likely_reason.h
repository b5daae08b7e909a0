// SPDX-License-Identifier: Apache-2.0
// Why the closed form of a memory is off, as far as two results can tell.
#pragma once

#include <string>

#include "lamina/models/memory.h"
#include "lamina/validation/random_dram_stack.h"

namespace lamina::validation {

/// One line: what binds in each fidelity, how near the runner-up is, and what else is unusual.
std::string likely_reason(const random_dram_case& drawn, const memory_result& analytical,
                          const memory_result& tlm);

}  // namespace lamina::validation
