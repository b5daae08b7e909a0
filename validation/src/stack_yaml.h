// SPDX-License-Identifier: Apache-2.0
// A stack and its traffic as a configuration that `lamina run` reads.
#pragma once

#include <string>

#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina::validation {

std::string stack_yaml(const dram_stack_spec& spec, const memory_workload& workload);

}  // namespace lamina::validation
