// SPDX-License-Identifier: Apache-2.0
// Collectives and transfers that share the network, each at the pace that the others leave it.
#pragma once

#include "lamina/models/interconnect.h"
#include "routed_step.h"

namespace lamina::analytical {

/// Everything starts at time zero; no collective's algorithm is `best`.
network_result carry_concurrently(const network_graph& graph, const link_classes& links,
                                  const network_workload& workload);
/// The same of work whose time is known.
network_result carry_for(double elapsed_fs, const network_graph& graph, const link_classes& links,
                         const network_workload& workload);

/// Its elapsed time alone, in femtoseconds.
double time_of_work(const network_graph& graph, const link_classes& links,
                    const network_workload& workload);

}  // namespace lamina::analytical
