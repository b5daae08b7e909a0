// SPDX-License-Identifier: Apache-2.0
// The `workload:` of a language model: which model, which phase, which sequences; as parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/hugging_face.h"
#include "lamina/config/mapping.h"
#include "lamina/models/llm_operators.h"
#include "lamina/models/llm_phase.h"
#include "lamina/models/request_mix.h"

namespace lamina::config {

enum class llm_phase_kind : std::uint8_t { prefill, decode, mixed };

struct llm_workload {
  std::string model_file;  ///< as read, relative paths resolved
  imported_model imported;
  llm_phase_kind phase = llm_phase_kind::decode;
  std::int64_t batch = 1;
  std::int64_t context = 4096;         ///< decode: tokens before the new one; prefill: of a prompt
  std::int64_t chunk = 0;              ///< tokens of a prompt in one step; 0: all of them
  std::vector<sequence_group> groups;  ///< one step of these instead of phase, batch and context
  /// Served without end with `batch` of them decoding, instead of phase and context.
  std::vector<request_class> requests;
  double routing_skew = 0;
  // Instead of what the model's file says:
  std::optional<data_type> weights;  ///< of projections, feed-forward, experts and indexer
  std::optional<data_type> inputs;   ///< activations as these weights multiply them
  std::optional<data_type> kv_cache;
};

mapping declare(sequence_group& group);
mapping declare(request_class& requests);
mapping declare(llm_workload& workload);

/// The model with the data types that the workload asks for.
language_model model_of(const llm_workload& workload);

/// Of the requests, when there are any.
request_mix mix_of(const llm_workload& workload);

/// The steps that the workload consists of: one of decode, also of a mix of requests; of prefill
/// one for each chunk; mixed: one for each chunk of one prompt, with `batch` sequences decoding in
/// each.
std::vector<llm_phase> steps_of(const llm_workload& workload);

/// All that is wrong with a workload; paths begin at its own keys. Empty when nothing is.
std::vector<spec_problem> check(const llm_workload& workload);
/// What works but may surprise: a context beyond the model's limit.
std::vector<spec_problem> warnings(const llm_workload& workload);

}  // namespace lamina::config
