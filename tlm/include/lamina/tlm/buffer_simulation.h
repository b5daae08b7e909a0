// SPDX-License-Identifier: Apache-2.0
// Simulates a buffer under a workload from time zero to the last completion.
#pragma once

#include "lamina/models/buffer.h"

namespace lamina::sysc {

struct buffer_simulation_options {
  /// Wall-clock seconds after which the simulation stops and reports what it has; 0: no limit.
  double time_limit_s = 0;
  /// Issue words ahead of the kernel, which changes no answer.
  bool run_ahead = true;
};

/// Elaborates the buffer and one initiator a requester, and runs until all blocks are moved. The
/// SystemC kernel is global state, so this may be called once in a process. Throws
/// std::invalid_argument for a specification or a workload that does not hold together.
buffer_result simulate(const buffer_spec& spec, const buffer_workload& workload,
                       const buffer_simulation_options& options = {});

}  // namespace lamina::sysc
