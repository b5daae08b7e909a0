// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_footprint.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "llm_step_builder.h"

namespace lamina {
namespace {

bool is_expert(const llm_operator& op) {
  return op.name == "expert_up" || op.name == "expert_down";
}

/// A decode step reads every weight of a rank once, but for the embedding table, of which it reads
/// a row, and the experts that nobody visits.
llm_step step_of_weights(const language_model& model, llm_step_options options) {
  options.experts = expert_share::mean;  // bytes of one expert are the same
  return operators_of(model, decode(1, 0), options);
}

std::vector<layer_weights> layer_weights_of(const llm_step& step, const language_model& model,
                                            const llm_sharding& sharding) {
  std::vector<layer_weights> layers(step.layer_groups.size());
  for (const llm_operator& op : step.operators) {
    if (op.group < 0) continue;
    layer_weights& layer = layers[static_cast<std::size_t>(op.group)];
    if (is_expert(op)) {
      const double held = llm::step_builder::share(model.experts.experts, sharding.expert);
      layer.experts += held / op.gemm.count * op.bytes.weights;
    } else {
      layer.common += op.bytes.weights;
    }
  }
  return layers;
}

/// Weights that a rank keeps, and room for those that it gathers: a layer in use and the next.
void add_weights(const language_model& model, const llm_step_options& options,
                 llm_footprint& footprint) {
  const llm_step step = step_of_weights(model, options);
  const llm_sharding& s = options.sharding;
  const std::vector<layer_weights> layers = layer_weights_of(step, model, s);
  double most = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const double kept = layers[i].common / s.fsdp + layers[i].experts / s.fsdp_of_experts;
    footprint.weight_bytes += step.layer_groups[i].layers * kept;
    most = std::max(most, layers[i].common + layers[i].experts - kept);
  }
  const auto at_once = std::min<double>(2, static_cast<double>(model.layers.size()));
  footprint.gathered_bytes = at_once * most;
  for (const llm_operator& op : step.operators) {
    if (op.group < 0 && op.name != "embedding") footprint.weight_bytes += op.bytes.weights;
  }
  if (model.tied_embeddings) return;
  const double words = llm::step_builder::share(model.vocabulary, s.tensor);
  footprint.weight_bytes += bytes_of(model.types.embedding, words, model.hidden);
}

double kv_bytes_of_rank(const language_model& model, const llm_sharding& sharding) {
  const attention_spec& a = model.attention;
  if (a.latent()) return kv_bytes_per_token_and_layer(model);
  const head_share own =
      share_of_heads(share_of_heads(heads_of(a), sharding.tensor), sharding.sequence);
  const auto heads = static_cast<double>(own.kv_heads);
  return bytes_of(model.types.kv_cache, 1, 2 * heads * a.head_dim);
}

/// The largest of 1 to `most` that fits, where smaller ones do, too; 0: none.
template <typename Fits>
std::int64_t last_that_fits(std::int64_t most, const Fits& fits) {
  std::int64_t good = 0;
  std::int64_t bad = 1;
  for (; bad <= most && fits(bad); bad *= 2) good = bad;
  while (good + 1 < bad) {
    const std::int64_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

std::string in_gib(double bytes) {
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(3);
  text << bytes / (1 << 30) << " GiB";
  return text.str();
}

}  // namespace

std::vector<layer_weights> layer_weights_of(const language_model& model, llm_step_options options) {
  return layer_weights_of(step_of_weights(model, options), model, options.sharding);
}

llm_footprint footprint_of(const language_model& model, const llm_phase& phase,
                           const llm_step_options& options) {
  llm_footprint footprint;
  add_weights(model, options, footprint);
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
  return last_that_fits(1 << 24, [&](std::int64_t batch) {
    return footprint_of(model, decode(batch, context), options).total_bytes() <= capacity_bytes;
  });
}

std::int64_t longest_context(const language_model& model, double capacity_bytes,
                             const llm_step_options& options) {
  return last_that_fits(std::int64_t{1} << 40, [&](std::int64_t context) {
    return footprint_of(model, decode(1, context), options).total_bytes() <= capacity_bytes;
  });
}

std::string out_of_memory(const llm_footprint& f, double capacity_bytes) {
  if (f.total_bytes() <= capacity_bytes) return {};
  std::string text =
      "out of memory: weights " + in_gib(f.weight_bytes) + ", KV cache " + in_gib(f.kv_bytes);
  if (f.gathered_bytes > 0) text += ", gathered weights " + in_gib(f.gathered_bytes);
  if (f.index_bytes > 0) text += ", index cache " + in_gib(f.index_bytes);
  return text + ", activations " + in_gib(f.activation_bytes) + "; together " +
         in_gib(f.total_bytes()) + ", of which " + in_gib(capacity_bytes) +
         " fit: " + in_gib(f.total_bytes() - capacity_bytes) + " are missing";
}

}  // namespace lamina
