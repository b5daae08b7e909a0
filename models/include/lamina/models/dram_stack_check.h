// SPDX-License-Identifier: Apache-2.0
// Whether a DRAM stack and its work hold together: contradictions that no single value shows.
#pragma once

#include <vector>

#include "lamina/models/access_stream.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

/// All that is wrong with a stack; empty when nothing is. Takes any values without overflow.
std::vector<spec_problem> check(const dram_stack_spec& stack);

/// All that is wrong with a workload on a stack that is itself in order; paths begin with
/// "streams".
std::vector<spec_problem> check(const memory_workload& workload, const dram_stack_spec& stack);

}  // namespace lamina
