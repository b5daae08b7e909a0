// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/language_model.h"

namespace lamina {

std::string_view name_of(attention_kind kind) {
  return kind == attention_kind::latent ? "latent" : "grouped";
}

std::int64_t attention_spec::query_width() const {
  const std::int64_t head = latent() ? std::int64_t{qk_nope_head_dim} + qk_rope_head_dim : head_dim;
  return heads * head;
}

std::int64_t attention_spec::output_width() const {
  return std::int64_t{heads} * (latent() ? v_head_dim : head_dim);
}

double weight_tensor::numbers() const {
  return static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(count);
}

double weight_tensor::bytes() const {
  return static_cast<double>(count) *
         bytes_of(type, static_cast<double>(rows), static_cast<double>(columns));
}

namespace {

void add_grouped(const language_model& model, std::vector<weight_tensor>& out) {
  const attention_spec& a = model.attention;
  const model_data_types& t = model.types;
  const std::int64_t hidden = model.hidden;
  const std::int64_t qkv = a.query_width() + 2 * std::int64_t{a.kv_heads} * a.head_dim;
  out.push_back({"qkv_projection", qkv, hidden, 1, t.attention});
  if (a.qkv_bias) out.push_back({"qkv_bias", 1, qkv, 1, t.norm});
  if (a.qk_norm) out.push_back({"qk_norm", 2, a.head_dim, 1, t.norm});
  if (a.sinks) out.push_back({"sinks", 1, a.heads, 1, t.norm});
}

void add_latent(const language_model& model, std::vector<weight_tensor>& out) {
  const attention_spec& a = model.attention;
  const model_data_types& t = model.types;
  const std::int64_t hidden = model.hidden;
  const std::int64_t queries = a.q_lora_rank > 0 ? a.q_lora_rank : a.query_width();
  const std::int64_t cached = std::int64_t{a.kv_lora_rank} + a.qk_rope_head_dim;
  // Two matrices of their own blocks, which one operator multiplies.
  out.push_back({"query_latent_projection", queries, hidden, 1, t.attention});
  out.push_back({"kv_latent_projection", cached, hidden, 1, t.attention});
  out.push_back({"latent_norm", 1, std::int64_t{a.q_lora_rank} + a.kv_lora_rank, 1, t.norm});
  if (a.q_lora_rank > 0) {
    out.push_back({"query_projection", a.query_width(), a.q_lora_rank, 1, t.attention});
  }
  out.push_back({"key_expansion", a.qk_nope_head_dim, a.kv_lora_rank, a.heads, t.attention});
  out.push_back({"value_expansion", a.v_head_dim, a.kv_lora_rank, a.heads, t.attention});
}

void add_indexer(const language_model& model, std::vector<weight_tensor>& out) {
  const attention_spec& a = model.attention;
  const model_data_types& t = model.types;
  const std::int64_t from = a.q_lora_rank > 0 ? a.q_lora_rank : model.hidden;
  const std::int64_t queries = std::int64_t{a.index_heads} * a.index_head_dim;
  out.push_back({"index_query_projection", queries, from, 1, t.indexer});
  out.push_back({"index_key_projection", a.index_head_dim, model.hidden, 1, t.indexer});
  out.push_back({"index_head_weights", a.index_heads, model.hidden, 1, t.router});
  out.push_back({"index_norm", 2, a.index_head_dim, 1, t.norm});
}

void add_feed_forward(const std::int64_t hidden, const std::int64_t intermediate, bool gated,
                      const data_type& type, std::vector<weight_tensor>& out) {
  out.push_back({"up_projection", intermediate, hidden, gated ? 2 : 1, type});
  out.push_back({"down_projection", hidden, intermediate, 1, type});
}

void add_experts(const language_model& model, std::vector<weight_tensor>& out) {
  const expert_spec& e = model.experts;
  const model_data_types& t = model.types;
  const std::int64_t hidden = model.hidden;
  const std::int64_t up = e.gated ? 2 : 1;
  out.push_back({"router", e.experts, hidden, 1, t.router});
  if (e.router_bias) out.push_back({"router_bias", 1, e.experts, 1, t.norm});
  out.push_back({"expert_up", e.intermediate, hidden, up * e.experts, t.experts, true});
  out.push_back({"expert_down", hidden, e.intermediate, e.experts, t.experts, true});
  if (e.bias) {
    out.push_back({"expert_up_bias", 1, up * e.intermediate, e.experts, t.norm, true});
    out.push_back({"expert_down_bias", 1, hidden, e.experts, t.norm, true});
  }
  if (e.shared_intermediate > 0) {
    add_feed_forward(hidden, e.shared_intermediate, e.gated, t.dense, out);
  }
  if (e.shared_gate) out.push_back({"shared_gate", 1, hidden, 1, t.router});
}

}  // namespace

std::vector<weight_tensor> weights_of(const language_model& model, const decoder_layer& layer) {
  std::vector<weight_tensor> out;
  const attention_spec& a = model.attention;
  const std::int64_t hidden = model.hidden;
  out.push_back({"layer_norms", 2, hidden, 1, model.types.norm});
  if (a.latent()) {
    add_latent(model, out);
  } else {
    add_grouped(model, out);
  }
  if (a.sparse()) add_indexer(model, out);
  out.push_back({"output_projection", hidden, a.output_width(), 1, model.types.attention});
  if (a.output_bias) out.push_back({"output_bias", 1, hidden, 1, model.types.norm});
  if (layer.experts) {
    add_experts(model, out);
    return out;
  }
  const feed_forward_spec& f = model.feed_forward;
  add_feed_forward(hidden, f.intermediate, f.gated, model.types.dense, out);
  if (f.bias) {
    out.push_back({"up_bias", f.gated ? 2 : 1, f.intermediate, 1, model.types.norm});
    out.push_back({"down_bias", 1, hidden, 1, model.types.norm});
  }
  return out;
}

std::vector<weight_tensor> outer_weights_of(const language_model& model) {
  std::vector<weight_tensor> out;
  out.push_back({"embedding", model.vocabulary, model.hidden, 1, model.types.embedding});
  out.push_back({"final_norm", 1, model.hidden, 1, model.types.norm});
  if (!model.tied_embeddings) {
    out.push_back({"head", model.vocabulary, model.hidden, 1, model.types.embedding});
  }
  return out;
}

parameter_counts parameters_of(const language_model& model) {
  parameter_counts counts;
  const double visited = model.experts.experts > 0
                             ? static_cast<double>(model.experts.per_token) / model.experts.experts
                             : 0;
  const auto add = [&](const weight_tensor& w, double layers) {
    counts.total += layers * w.numbers();
    counts.active += layers * w.numbers() * (w.routed ? visited : 1);
    counts.bytes += layers * w.bytes();
  };
  for (const weight_tensor& w : outer_weights_of(model)) add(w, 1);
  counts.embedding = static_cast<double>(model.vocabulary) * model.hidden;
  if (!model.tied_embeddings) counts.active -= counts.embedding;
  for (const bool with_experts : {false, true}) {
    double layers = 0;
    for (const decoder_layer& layer : model.layers) layers += layer.experts == with_experts;
    if (layers == 0) continue;
    for (const weight_tensor& w : weights_of(model, {0, with_experts})) add(w, layers);
  }
  return counts;
}

double kv_bytes_per_token_and_layer(const language_model& model) {
  const attention_spec& a = model.attention;
  const double numbers = a.latent() ? static_cast<double>(a.kv_lora_rank) + a.qk_rope_head_dim
                                    : 2.0 * a.kv_heads * a.head_dim;
  return bytes_of(model.types.kv_cache, 1, numbers);
}

double index_bytes_per_token_and_layer(const language_model& model) {
  if (!model.attention.sparse()) return 0;
  return bytes_of(model.types.index_cache, 1, model.attention.index_head_dim);
}

double kv_bytes_per_token(const language_model& model) {
  return static_cast<double>(model.layers.size()) *
         (kv_bytes_per_token_and_layer(model) + index_bytes_per_token_and_layer(model));
}

}  // namespace lamina
