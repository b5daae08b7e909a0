// SPDX-License-Identifier: Apache-2.0
// Memory that a language model takes on one rank, and whether a memory holds it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/llm_operators.h"

namespace lamina {

struct llm_footprint {
  double weight_bytes = 0;
  double gathered_bytes = 0;    ///< room for weights of other ranks: the layer in use and the next
  double kv_bytes = 0;          ///< all sequences, after the step
  double index_bytes = 0;       ///< keys of the indexer
  double activation_bytes = 0;  ///< residual stream and the operands of the largest operator
  double total_bytes() const {
    return weight_bytes + gathered_bytes + kv_bytes + index_bytes + activation_bytes;
  }
};

/// Weights of one rank in one layer, before they are shared out (llm_sharding::fsdp).
struct layer_weights {
  double common = 0;   ///< bytes of all but
  double experts = 0;  ///< the routed experts
};
/// By layer group of llm_step.
std::vector<layer_weights> layer_weights_of(const language_model& model, llm_step_options options);

/// Of one rank. Model, phase and options are in order (check()). A layer with a window keeps only
/// what its queries see.
llm_footprint footprint_of(const language_model& model, const llm_phase& phase,
                           const llm_step_options& options = {});

/// Sequences of `context` tokens that decode together in `capacity_bytes`; 0: not even one.
std::int64_t most_sequences(const language_model& model, std::int64_t context,
                            double capacity_bytes, const llm_step_options& options = {});

/// Most tokens in the cache of a single sequence that decodes in `capacity_bytes`, at most 2^40; 0:
/// no room for a cache.
std::int64_t longest_context(const language_model& model, double capacity_bytes,
                             const llm_step_options& options = {});

/// Empty when it fits, else what is missing, with the numbers.
std::string out_of_memory(const llm_footprint& footprint, double capacity_bytes);

}  // namespace lamina
