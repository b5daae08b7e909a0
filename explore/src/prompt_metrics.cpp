// SPDX-License-Identifier: Apache-2.0
#include "prompt_metrics.h"

#include <algorithm>
#include <limits>

#include "lamina/platforms/serving.h"

namespace lamina::explore {

serving_values values_of_serving(analytical::llm_system& system,
                                 const config::system_platform& platform) {
  const config::llm_workload& workload = platform.workload;
  llm_step_options options;
  options.routing_skew = workload.routing_skew;
  const platforms::serving_result served =
      platforms::serve(system, config::model_of(workload), config::mix_of(workload), workload.batch,
                       platform.mapping.given, options);
  return {served.token_s, served.output_tokens_per_s, served.first_token_s,
          served.joules_per_token.value_or(std::numeric_limits<double>::quiet_NaN()),
          served.footprint.total_bytes() / system.spec().memory_bytes()};
}

double first_token_seconds(analytical::llm_system& system, const config::system_platform& platform,
                           double seconds) {
  if (platform.workload.phase != config::llm_phase_kind::decode) return seconds;
  const mapping_spec& mapping = platform.mapping.given;
  config::llm_workload prompts = platform.workload;
  prompts.phase = config::llm_phase_kind::prefill;
  prompts.batch = std::int64_t{mapping.data} * mapping.parts();
  prompts.context = std::max<std::int64_t>(1, prompts.context);
  llm_step_options options;
  options.routing_skew = prompts.routing_skew;
  const language_model model = config::model_of(prompts);
  double sum = 0;
  for (const llm_phase& step : config::steps_of(prompts)) {
    sum += system.step(model, step, mapping, options).seconds;
  }
  return sum;
}

}  // namespace lamina::explore
