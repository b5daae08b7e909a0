// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/memory_pipeline.h"

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "lamina/analytical/dram_stack.h"
#include "lamina/analytical/memory_pipeline.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/pipeline_simulation.h"

namespace lamina::platforms {

namespace {

static_assert(std::is_trivially_copyable_v<pipeline_result>);  // it crosses a pipe as bytes

sysc::known_stage known(const analytical::stage_answer& answer) {
  // A stage without a limit of its own passes a byte in no time.
  const double rate = std::isfinite(answer.bytes_per_s) ? answer.bytes_per_s : 1e30;
  return {rate, answer.latency};
}

sysc::pipeline_stages stages_of(const memory_pipeline_spec& spec, const memory_workload& workload,
                                const pipeline_fidelity& how) {
  sysc::pipeline_stages out;
  if (spec.buffer && how.buffer == fidelity::analytical) {
    out.buffer = known(analytical::buffer_alone(spec, workload));
  }
  if (spec.network && how.network == fidelity::analytical) {
    out.network = known(analytical::network_alone(spec, workload));
  }
  if (how.dram_stack == fidelity::analytical) {
    const memory_result stack = analytical::dram_stack(spec.dram_stack).serve(workload);
    out.dram_stack = known(analytical::stack_alone(stack, workload));
  }
  return out;
}

}  // namespace

pipeline_result evaluate(const memory_pipeline_spec& spec, const memory_workload& workload,
                         const pipeline_fidelity& how) {
  const pipeline_result closed = analytical::serve(spec, workload);
  const bool simulates = (spec.buffer && how.buffer == fidelity::tlm) ||
                         (spec.network && how.network == fidelity::tlm) ||
                         how.dram_stack == fidelity::tlm;
  if (!simulates) return closed;
  const sysc::pipeline_stages stages = stages_of(spec, workload, how);
  const std::vector<process_outcome> outcomes = run_in_processes({[&] {
    const pipeline_result answer = sysc::simulate(spec, workload, stages);
    return std::string(reinterpret_cast<const char*>(&answer), sizeof answer);
  }});
  const process_outcome& outcome = outcomes.front();
  if (!outcome.ok() || outcome.bytes.size() != sizeof(pipeline_result)) {
    throw std::runtime_error("memory pipeline: " + outcome.error);
  }
  pipeline_result result;
  std::memcpy(&result, outcome.bytes.data(), sizeof result);
  result.limits = closed.limits;
  result.bound_by = closed.bound_by;
  return result;
}

}  // namespace lamina::platforms
