// SPDX-License-Identifier: Apache-2.0
// Turns the rows of measured serving throughput into models, phases and mappings.
#pragma once

#include <string>
#include <vector>

#include "lamina/models/mapping_spec.h"

namespace lamina::validation {

/// Decoding that somebody has measured: a static batch, whose context grows from the prompt to
/// prompt + output.
struct serving_reference_row {
  std::string name;
  std::string group;  ///< system/model
  std::string system;
  std::string model;
  int devices = 1;
  std::string weight_type;  ///< as in the file: bf16, fp8, ...
  mapping_spec mapping;
  std::int64_t batch = 1;
  std::int64_t prompt = 1;
  std::int64_t output = 1;
  double tokens_per_s = 0;

  /// Tokens in the cache before a step, in the mean over all steps.
  std::int64_t mean_context() const { return prompt + (output - 1) / 2; }
};

/// Columns system, devices, model, weight_dtype, tensor_parallel, expert_parallel, prompt_tokens,
/// output_tokens, batch, decode_tokens_per_s. Throws reference_error.
std::vector<serving_reference_row> read_serving(const std::string& path);

}  // namespace lamina::validation
