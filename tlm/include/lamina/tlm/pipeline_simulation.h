// SPDX-License-Identifier: Apache-2.0
// Runs a memory pipeline in SystemC, once in the life of a process, each stage in its fidelity.
#pragma once

#include <optional>

#include "lamina/models/memory_pipeline.h"

namespace lamina::sysc {

/// What stands for a stage that is not simulated: the rate and the unloaded latency that its closed
/// form gives. Nothing: the stage's own module is simulated.
struct known_stage {
  double bytes_per_s = 0;
  femtoseconds latency{0};
};
struct pipeline_stages {
  std::optional<known_stage> buffer;
  std::optional<known_stage> network;
  std::optional<known_stage> dram_stack;
};

/// Requesters -> buffer -> network -> stack; parts that the spec leaves out are not there. One
/// requester for each stream. Limits are left empty: they are the closed form's. Throws
/// std::invalid_argument for a spec or a workload that does not hold together. The SystemC kernel
/// is global state: once in a process.
pipeline_result simulate(const memory_pipeline_spec& spec, const memory_workload& workload,
                         const pipeline_stages& known = {});

}  // namespace lamina::sysc
