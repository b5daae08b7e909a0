// SPDX-License-Identifier: Apache-2.0
#include "system_stages.h"

#include <algorithm>
#include <numeric>

#include "lamina/models/mapping_choices.h"

namespace lamina::analytical {
namespace {

/// Seconds of each stage, from what each part takes in its layers.
std::vector<double> stage_seconds(const llm_system_step& step,
                                  const std::vector<system_part>& parts) {
  std::vector<double> seconds(step.stages.size(), 0);
  for (const system_part& part : parts) {
    const double each = to_seconds(part.elapsed - part.hidden);
    if (part.group >= 0) {
      for (std::size_t s = 0; s < seconds.size(); ++s) {
        seconds[s] += each * step.stages[s][static_cast<std::size_t>(part.group)];
      }
    } else if (part.name == "stage_send") {
      for (std::size_t s = 0; s + 1 < seconds.size(); ++s) seconds[s] += each;
    } else {
      const bool first = part.name == "embedding" || part.name == "embedding_reduce";
      (first ? seconds.front() : seconds.back()) += each;
    }
  }
  return seconds;
}

}  // namespace

int rounds_of(const llm_phase& phase, const mapping_spec& mapping) {
  return is_decode(phase) ? std::max(mapping.parts(), mapping.pipeline)
                          : mapping.parts() + mapping.pipeline - 1;
}

void add_times(const llm_system_step& step, const llm_phase& phase, const mapping_spec& mapping,
               system_step_result& out) {
  // Each stage has its share of a micro-batch's way, for every micro-batch.
  const double passes = static_cast<double>(mapping.parts()) / mapping.pipeline;
  for (const system_part& part : out.parts) {
    (part.communication ? out.communication_seconds : out.kernel_seconds) +=
        passes * part.seconds();
  }
  const std::vector<double> stages = stage_seconds(step, out.parts);
  const double slowest = *std::max_element(stages.begin(), stages.end());
  const double all = std::accumulate(stages.begin(), stages.end(), 0.0);
  const int rounds = rounds_of(phase, mapping);
  if (mapping.pipeline > 1) {
    out.stage_wait_seconds = std::max(0.0, mapping.parts() * slowest - passes * all);
  }
  out.bubble_seconds = (rounds - mapping.parts()) * slowest;
  out.seconds = rounds * slowest + out.host_seconds;
}

}  // namespace lamina::analytical
