// SPDX-License-Identifier: Apache-2.0
// Buffer, network and DRAM stack in a row, in closed form.
#pragma once

#include "lamina/models/memory_pipeline.h"

namespace lamina::analytical {

/// What one stage alone does with a pipeline's work.
struct stage_answer {
  double bytes_per_s = 0;   ///< with any number of requests in flight; infinity: no limit
  femtoseconds latency{0};  ///< of a request that is alone
};

/// The network under the requests and answers of all streams, which go to the stack's endpoints in
/// equal parts: the busiest link's rate, and the mean way there and back.
stage_answer network_alone(const memory_pipeline_spec& spec, const memory_workload& workload);
/// The buffer that all data passes twice.
stage_answer buffer_alone(const memory_pipeline_spec& spec, const memory_workload& workload);
/// The stack, from its own answer to the workload.
stage_answer stack_alone(const memory_result& answer, const memory_workload& workload);

/// The row: no quicker than its slowest stage, and by Little's law no quicker than the requests in
/// flight over the sum of the latencies. Left out: that queues in one stage keep another busy.
pipeline_result combine(const memory_workload& workload, const memory_result& stack,
                        const stage_answer& stack_stage, const stage_answer& network,
                        const stage_answer& buffer);

/// All of it. Throws std::invalid_argument for a spec that does not hold together.
pipeline_result serve(const memory_pipeline_spec& spec, const memory_workload& workload);

}  // namespace lamina::analytical
