// SPDX-License-Identifier: Apache-2.0
// A memory pipeline in either fidelity, or with a fidelity for each stage.
#pragma once

#include "lamina/models/memory_pipeline.h"
#include "lamina/platforms/evaluate.h"

namespace lamina::platforms {

struct pipeline_fidelity {
  fidelity buffer = fidelity::analytical;
  fidelity network = fidelity::analytical;
  fidelity dram_stack = fidelity::analytical;
};

/// With every stage analytical, the closed form. Else a simulation, in a child process, in which
/// analytical stages are servers with the rate and latency of their closed form. The limits are the
/// closed form's in any case. Throws std::runtime_error when there is no result, with the reason.
pipeline_result evaluate(const memory_pipeline_spec& spec, const memory_workload& workload,
                         const pipeline_fidelity& how);

}  // namespace lamina::platforms
