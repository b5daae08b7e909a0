// SPDX-License-Identifier: Apache-2.0
// Runs one interconnect with its work in SystemC, once in the life of a process.
#pragma once

#include "lamina/models/interconnect.h"
#include "lamina/tlm/packet_network.h"

namespace lamina::sysc {

/// Elaborates the network and the ranks of all collectives, and runs until everything is done. The
/// SystemC kernel is global state, so this may be called once in a process: evaluate several cases
/// in child processes. No collective's algorithm may be `best`. Throws std::invalid_argument for a
/// spec or a workload that does not hold together.
network_result simulate(const interconnect_spec& spec, const network_workload& workload,
                        const packet_network_options& options = {});

}  // namespace lamina::sysc
