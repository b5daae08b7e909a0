// SPDX-License-Identifier: Apache-2.0
// Whether an interconnect and its work hold together: contradictions that no single value shows.
#pragma once

#include <vector>

#include "lamina/models/interconnect.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

/// All that is wrong with an interconnect; empty when nothing is. Takes any values without
/// overflow. Every link must have a bandwidth, every member must reach every other.
std::vector<spec_problem> check(const interconnect_spec& spec);

/// All that is wrong with a workload on an interconnect that is itself in order; paths begin with
/// "collectives" or "transfers".
std::vector<spec_problem> check(const network_workload& workload, const interconnect_spec& spec);

}  // namespace lamina
