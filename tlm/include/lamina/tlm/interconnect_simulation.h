// SPDX-License-Identifier: Apache-2.0
// Runs one interconnect with its work in SystemC, once in the life of a process.
#pragma once

#include <cstdint>

#include "lamina/models/interconnect.h"

namespace lamina::sysc {

struct interconnect_options {
  /// Work with more packets x hops than this has its packets travel in trains, as short as keep to
  /// it: about 3 seconds. Every packet travels alone in less work.
  std::int64_t most_train_hops = 4'000'000;
};

/// Elaborates the network and the ranks of all collectives, and runs until everything is done. The
/// SystemC kernel is global state, so this may be called once in a process: evaluate several cases
/// in child processes. No collective's algorithm may be `best`. Throws std::invalid_argument for a
/// spec or a workload that does not hold together, or that takes more than an hour of the network's
/// time.
network_result simulate(const interconnect_spec& spec, const network_workload& workload,
                        const interconnect_options& options = {});

}  // namespace lamina::sysc
