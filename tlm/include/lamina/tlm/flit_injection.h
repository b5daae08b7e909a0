// SPDX-License-Identifier: Apache-2.0
// Endless random traffic on one on-chip network, simulated flit by flit.
#pragma once

#include "lamina/models/interconnect.h"

namespace lamina::sysc {

/// Mean latency of the packets made in the measured clocks, after warming up; injection goes on
/// until the last of them is out. Unstable: what waits at the sources and in the network grew
/// through the measured clocks by more than a fiftieth of what was injected in them, or filled the
/// room for it. Depends on nothing but its arguments. Throws std::invalid_argument for a level or
/// workload that cannot be simulated.
injection_result simulate_injection(const network_level& level, const injection_workload& workload);

/// The largest stable load of such traffic in flits/endpoint/clock, by halving until the interval
/// is a share `precision` of it; `workload.flits_per_endpoint_clock` is not looked at.
double saturation_load(const network_level& level, const injection_workload& workload,
                       double precision = 0.01);

}  // namespace lamina::sysc
