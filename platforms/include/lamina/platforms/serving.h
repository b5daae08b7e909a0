// SPDX-License-Identifier: Apache-2.0
// A system that serves a mix of requests: what users and the owner see.
#pragma once

#include <cstdint>
#include <optional>

#include "lamina/analytical/system.h"
#include "lamina/models/request_mix.h"

namespace lamina::platforms {

struct serving_result {
  std::int64_t batch = 0;          ///< sequences that decode at a time
  double first_token_s = 0;        ///< mean over requests, from a prompt's first chunk on
  double token_s = 0;              ///< mean between two tokens of a sequence
  double longest_token_s = 0;      ///< the same in steps that also take prompts
  double steps_with_prompts = 0;   ///< share of all steps
  double output_tokens_per_s = 0;  ///< of the system
  double prompt_tokens_per_s = 0;  ///< of the system
  double requests_per_s = 0;
  llm_footprint footprint;                 ///< of the step that takes most
  std::optional<double> joules_per_token;  ///< of output; where the chip states what its parts take
  bool prompts_bound = false;              ///< prompts cannot keep the batch that was asked for
  double user_tokens_per_s() const { return token_s > 0 ? 1 / token_s : 0; }
};

/// Steady state of `batch` decoding sequences. In each step B / output requests end, in the mean,
/// and as many prompts must pass: every replica and micro-batch takes one chunk in a step that also
/// decodes. So a share
///
///     f = B / output x chunks / (replicas x micro-batches)
///
/// of the steps takes prompts, and where that is more than all, B is what makes it all. A token
/// takes f of such a step and 1 - f of one that only decodes. Left out: waiting for a place, steps
/// in which only some replicas have a prompt, and lengths that vary within a class.
serving_result serve(analytical::llm_system& system, const language_model& model,
                     const request_mix& mix, std::int64_t batch, const mapping_spec& mapping,
                     const llm_step_options& options = {});

}  // namespace lamina::platforms
