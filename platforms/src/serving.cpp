// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/serving.h"

#include <algorithm>
#include <cmath>

namespace lamina::platforms {
namespace {

void keep_larger(const llm_footprint& one, llm_footprint& most) {
  if (one.total_bytes() > most.total_bytes()) most = one;
}

}  // namespace

serving_result serve(analytical::llm_system& system, const language_model& model,
                     const request_mix& mix, std::int64_t batch, const mapping_spec& mapping,
                     const llm_step_options& options) {
  serving_result out;
  const std::int64_t places = std::int64_t{mapping.data} * mapping.parts();
  const double output = mix.mean_output();
  const double most = output * static_cast<double>(places) / mix.mean_chunks();
  out.prompts_bound = most < static_cast<double>(batch);
  out.batch = out.prompts_bound ? std::max<std::int64_t>(1, std::llround(std::floor(most))) : batch;
  const double sequences = static_cast<double>(out.batch);
  out.steps_with_prompts = std::min(1.0, sequences / most);

  const llm_phase tokens = mix.decoding(out.batch);
  const analytical::system_step_result plain = system.step(model, tokens, mapping, options);
  keep_larger(plain.footprint, out.footprint);
  double prompt = 0;
  double joules = 0;  // of a step that also takes prompts, in the mean
  for (std::size_t i = 0; i < mix.classes.size(); ++i) {
    const llm_phase both = mixed(mix.prompting(i, places), tokens);
    const analytical::system_step_result step = system.step(model, both, mapping, options);
    keep_larger(step.footprint, out.footprint);
    const double share = mix.share_of(i);
    const double chunks = static_cast<double>(mix.chunks_of(i));
    out.first_token_s += share * chunks * step.seconds;
    out.longest_token_s += share * chunks / mix.mean_chunks() * step.seconds;
    if (step.energy) joules += share * chunks / mix.mean_chunks() * step.energy->total_j();
    prompt += share * static_cast<double>(mix.classes[i].prompt);
  }
  out.token_s =
      out.steps_with_prompts * out.longest_token_s + (1 - out.steps_with_prompts) * plain.seconds;
  if (plain.energy) {
    out.joules_per_token =
        (out.steps_with_prompts * joules + (1 - out.steps_with_prompts) * plain.energy->total_j()) /
        sequences;
  }
  out.output_tokens_per_s = sequences / out.token_s;
  out.requests_per_s = out.output_tokens_per_s / output;
  out.prompt_tokens_per_s = out.requests_per_s * prompt;
  return out;
}

}  // namespace lamina::platforms
