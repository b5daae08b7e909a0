// SPDX-License-Identifier: Apache-2.0
// From how long each link was busy to utilisation and the limits of a result, for both fidelities.
#pragma once

#include <vector>

#include "lamina/models/network_graph.h"

namespace lamina {

/// Fills utilisation, busiest, limits_s and bound_by of a result whose elapsed time is there.
/// `busy_fs`: by edge, the time that packets held it. The other limits are those of the longest
/// chain of steps on an idle network, in each part alone: latencies and forwarding, ways back of
/// acknowledgements, overheads. Throws std::invalid_argument for an algorithm that does not fit.
void name_limits(const network_graph& graph, const network_workload& workload,
                 const std::vector<double>& busy_fs, network_result& result);

}  // namespace lamina
