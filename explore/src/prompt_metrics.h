// SPDX-License-Identifier: Apache-2.0
// What prompts make of a point: time to first token, and steady state of requests.
#pragma once

#include "lamina/analytical/system.h"
#include "lamina/config/system_platform.h"

namespace lamina::explore {

/// Of the platform's requests, with its given mapping.
struct serving_values {
  double token_s = 0;           ///< between two tokens of a sequence
  double tokens_per_s = 0;      ///< that come out of the system
  double first_token_s = 0;     ///< mean over requests
  double joules_per_token = 0;  ///< NaN where the chip does not state what its parts take
  double memory = 0;            ///< fraction of the fullest chip's, in the step that takes most
};
serving_values values_of_serving(analytical::llm_system& system,
                                 const config::system_platform& platform);

/// Of a workload without requests, whose steps take `seconds`. Prompts, alone or mixed: those.
/// Decoding: a step with one prompt of `context` tokens (chunk by chunk, as the workload says) in
/// every replica and micro-batch, nothing beside it.
double first_token_seconds(analytical::llm_system& system, const config::system_platform& platform,
                           double seconds);

}  // namespace lamina::explore
