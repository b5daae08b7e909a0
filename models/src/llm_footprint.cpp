// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_footprint.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "llm_step_builder.h"

namespace lamina {
namespace {

/// A decode step reads every weight of a rank once, but for the embedding table, of which it reads
/// a row, and the experts that nobody visits.
double weight_bytes(const language_model& model, llm_step_options options) {
  double bytes = 0;
  options.experts = expert_share::mean;  // bytes of one expert are the same
  for (const llm_operator& op : operators_of(model, decode(1, 0), options).operators) {
    double factor = op.layers;
    if (op.name == "embedding") continue;
    if (op.name == "expert_up" || op.name == "expert_down") {
      factor *=
          llm::step_builder::share(model.experts.experts, options.sharding.expert) / op.gemm.count;
    }
    bytes += factor * op.bytes.weights;
  }
  if (model.tied_embeddings) return bytes;
  const double words = llm::step_builder::share(model.vocabulary, options.sharding.tensor);
  return bytes + bytes_of(model.types.embedding, words, model.hidden);
}

double kv_bytes_of_rank(const language_model& model, const llm_sharding& sharding) {
  const attention_spec& a = model.attention;
  if (a.latent()) return kv_bytes_per_token_and_layer(model);
  const double heads = llm::step_builder::share(a.kv_heads, sharding.tensor * sharding.sequence);
  return bytes_of(model.types.kv_cache, 1, 2 * heads * a.head_dim);
}

std::string in_gib(double bytes) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(3);
  text << bytes / (1 << 30) << " GiB";
  return text.str();
}

}  // namespace

llm_footprint footprint_of(const language_model& model, const llm_phase& phase,
                           const llm_step_options& options) {
  llm_footprint footprint;
  footprint.weight_bytes = weight_bytes(model, options);
  const double row = kv_bytes_of_rank(model, options.sharding);
  const double index_row = index_bytes_per_token_and_layer(model);
  for (const decoder_layer& layer : model.layers) {
    for (const sequence_group& group : phase.groups) {
      const auto sequences = static_cast<double>(group.count);
      footprint.kv_bytes +=
          sequences * std::ceil(attended_rows(group, layer.window) / options.sharding.context) *
          row;
      footprint.index_bytes += sequences * attended_rows(group, 0) * index_row;
    }
  }
  for (const llm_operator& op : operators_of(model, phase, options).operators) {
    footprint.activation_bytes = std::max(footprint.activation_bytes,
                                          op.bytes.activations_read + op.bytes.activations_written);
  }
  footprint.activation_bytes +=
      bytes_of(model.types.activation, static_cast<double>(phase.tokens()), model.hidden);
  return footprint;
}

std::int64_t most_sequences(const language_model& model, std::int64_t context,
                            double capacity_bytes, const llm_step_options& options) {
  const auto fits = [&](std::int64_t batch) {
    return footprint_of(model, decode(batch, context), options).total_bytes() <= capacity_bytes;
  };
  constexpr std::int64_t most = 1 << 24;
  std::int64_t good = 0;
  std::int64_t bad = 1;
  for (; bad <= most && fits(bad); bad *= 2) good = bad;
  while (good + 1 < bad) {
    const std::int64_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

std::string out_of_memory(const llm_footprint& f, double capacity_bytes) {
  if (f.total_bytes() <= capacity_bytes) return {};
  std::string text =
      "out of memory: weights " + in_gib(f.weight_bytes) + ", KV cache " + in_gib(f.kv_bytes);
  if (f.index_bytes > 0) text += ", index cache " + in_gib(f.index_bytes);
  return text + ", activations " + in_gib(f.activation_bytes) + "; together " +
         in_gib(f.total_bytes()) + ", of which " + in_gib(capacity_bytes) +
         " fit: " + in_gib(f.total_bytes() - capacity_bytes) + " are missing";
}

}  // namespace lamina
