// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "llm_step_builder.h"

namespace lamina::llm {
namespace {

/// What one of `parts` ranks with a part of the keys each has of a shape.
void take_part(attention_shape& shape, int parts) {
  if (parts == 1) return;
  shape.pairs /= parts;
  if (shape.queries == 1) {
    shape.rows = std::ceil(shape.rows / parts);
  } else {
    shape.queries = std::ceil(shape.queries / parts);
  }
}

/// Queries whose projections are this rank's: of those that decode, which meet the keys of every
/// rank, a share.
double own_queries(const attention_shape& shape, int parts) {
  if (shape.queries == 1) return std::ceil(shape.sequences / parts);
  return shape.sequences * shape.queries;
}

double own_queries(const std::vector<attention_shape>& shapes, int parts) {
  double queries = 0;
  for (const attention_shape& shape : shapes) queries += own_queries(shape, parts);
  return queries;
}

double queries_of(const std::vector<attention_shape>& shapes) {
  double queries = 0;
  for (const attention_shape& shape : shapes) queries += shape.sequences * shape.queries;
  return queries;
}

attention_shape shape_of(const sequence_group& group, const language_model& model,
                         const decoder_layer& layer) {
  const std::int64_t kept = kept_keys(model, layer);
  attention_shape shape;
  shape.sequences = static_cast<double>(group.count);
  shape.queries = static_cast<double>(group.new_tokens);
  shape.pairs = attended_pairs(group, kept);
  shape.rows = attended_rows(group, layer.window);
  // The best keys of different queries may lie anywhere in the context.
  if (model.attention.sparse()) shape.rows = std::min(shape.rows, shape.pairs);
  return shape;
}

/// FLOPs of one sequence with expanded keys and values, less those with absorbed projections.
double expansion_excess(const language_model& model, const attention_shape& shape) {
  const attention_spec& a = model.attention;
  const double latent = a.kv_lora_rank;
  const double nope = a.qk_nope_head_dim;
  const double rotated = a.qk_rope_head_dim;
  const double value = a.v_head_dim;
  const double projections = latent * (nope + value);
  return (shape.rows - shape.queries) * projections +
         shape.pairs * (nope + rotated + value - 2 * latent - rotated);
}

/// Rows of the cache that a group's sequences see.
double cached_rows(const attention_shape& shape) { return shape.sequences * shape.rows; }

/// Queries against compressed rows: every head sees the same key of latent + rope numbers, of which
/// the latent ones are also its value.
void add_absorbed(step_builder& to, const std::vector<attention_shape>& shapes, double heads) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  const double queries = queries_of(shapes);
  const double own = own_queries(shapes, to.options.sharding.context);
  const double latent = a.kv_lora_rank;
  const double nope = a.qk_nope_head_dim;
  llm_operator& query =
      to.gemm("query_absorption", {own, latent, nope, heads}, t.attention, t.activation, false);
  // Stored as key expansion: rows are the key's features.
  query.bytes.weights = heads * bytes_of(t.attention, nope, latent);
  llm_operator& op = to.add("attention", operator_kind::attention);
  for (attention_shape shape : shapes) {
    shape.heads = heads;
    shape.kv_heads = 1;
    shape.qk_dim = latent + a.qk_rope_head_dim;
    shape.v_dim = latent;
    op.attention.push_back(shape);
    op.bytes.kv_read += cached_rows(shape) * bytes_of(t.kv_cache, 1, shape.qk_dim);
  }
  op.weight_type = t.kv_cache;
  op.bytes.activations_read = to.activation_bytes(queries, heads * (latent + a.qk_rope_head_dim));
  op.bytes.activations_written = to.activation_bytes(queries, heads * latent);
  finish_attention(op);
  to.gemm("value_expansion", {own, static_cast<double>(a.v_head_dim), latent, heads}, t.attention,
          t.activation, false);
}

/// Keys and values of all heads from the rows of the cache (of this rank's part, which then passes
/// the others), then attention as if they had been there.
void add_expanded(step_builder& to, const std::vector<attention_shape>& shapes, double heads) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  const double nope = a.qk_nope_head_dim;
  const double rotated = a.qk_rope_head_dim;
  const double value = a.v_head_dim;
  const double latent = a.kv_lora_rank;
  double rows = 0;
  double own = 0;  // rows
  double queries = 0;
  for (const attention_shape& shape : shapes) {
    rows += cached_rows(shape);
    own += shape.sequences * std::ceil(shape.rows / to.options.sharding.context);
    queries += shape.sequences * shape.queries;
  }
  llm_operator& expand = to.gemm("key_value_expansion", {own, heads * (nope + value), latent, 1},
                                 t.attention, t.gemm_input, false);
  expand.bytes.weights =
      heads * (bytes_of(t.attention, nope, latent) + bytes_of(t.attention, value, latent));
  expand.bytes.activations_read = 0;
  expand.bytes.kv_read = own * bytes_of(t.kv_cache, 1, latent);
  llm_operator& op = to.add("attention", operator_kind::attention);
  for (attention_shape shape : shapes) {
    shape.heads = shape.kv_heads = heads;
    shape.qk_dim = nope + rotated;
    shape.v_dim = value;
    op.attention.push_back(shape);
  }
  // Rotated parts of keys are shared by the heads and come from the cache.
  op.bytes.kv_read = rows * bytes_of(t.kv_cache, 1, rotated);
  op.bytes.activations_read = to.activation_bytes(queries, heads * (nope + rotated)) +
                              to.activation_bytes(rows, heads * (nope + value));
  op.bytes.activations_written = to.activation_bytes(queries, heads * value);
  finish_attention(op);
}

}  // namespace

bool runs_absorbed(const sequence_group& group, const language_model& model,
                   const decoder_layer& layer) {
  if (group.new_tokens == 1 || model.attention.sparse()) return true;
  return expansion_excess(model, shape_of(group, model, layer)) > 0;
}

void add_grouped_attention(step_builder& to, const decoder_layer& layer) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  const double dim = a.head_dim;
  const auto heads = static_cast<double>(to.heads.heads);
  const auto kv_heads = static_cast<double>(to.heads.kv_heads);
  to.convert(to.tokens, to.hidden, t.gemm_input);
  to.gemm("qkv_projection", {to.tokens, (heads + 2 * kv_heads) * dim, to.hidden, 1}, t.attention,
          t.gemm_input, a.qkv_bias);
  if (a.qk_norm) to.norm("qk_norm", to.tokens * (heads + kv_heads), dim, 2 * dim);
  to.rope(to.tokens * (heads + kv_heads), dim);
  if (a.sparse()) add_indexer(to);
  const llm_sharding& sharding = to.options.sharding;
  const auto own_heads = static_cast<double>(to.attention_heads.heads);
  const auto own_kv_heads = static_cast<double>(to.attention_heads.kv_heads);
  to.kv_write("kv_write", to.tokens * sharding.sequence, 2 * own_kv_heads * dim, t.kv_cache, false);
  llm_operator& op = to.add("attention", operator_kind::attention);
  for (const sequence_group& group : to.phase.groups) {
    attention_shape shape = shape_of(group, to.model, layer);
    take_part(shape, sharding.context);
    shape.heads = own_heads;
    shape.kv_heads = own_kv_heads;
    shape.qk_dim = shape.v_dim = dim;
    op.attention.push_back(shape);
    op.bytes.kv_read += cached_rows(shape) * bytes_of(t.kv_cache, 1, 2 * own_kv_heads * dim);
  }
  op.weight_type = t.kv_cache;
  op.bytes.activations_read = op.bytes.activations_written =
      to.activation_bytes(queries_of(op.attention), own_heads * dim);
  if (a.sinks) op.bytes.weights = bytes_of(t.norm, 1, own_heads);
  finish_attention(op);
}

void add_latent_attention(step_builder& to, const decoder_layer& layer) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  const auto heads = static_cast<double>(to.heads.heads);
  const double queries = heads * (static_cast<double>(a.qk_nope_head_dim) + a.qk_rope_head_dim);
  const double first = a.q_lora_rank > 0 ? a.q_lora_rank : queries;
  const double cached = static_cast<double>(a.kv_lora_rank) + a.qk_rope_head_dim;
  to.convert(to.tokens, to.hidden, t.gemm_input);
  llm_operator& down = to.gemm("latent_projection", {to.tokens, first + cached, to.hidden, 1},
                               t.attention, t.gemm_input, false);
  down.bytes.weights =
      bytes_of(t.attention, first, to.hidden) + bytes_of(t.attention, cached, to.hidden);
  const double normed = static_cast<double>(a.q_lora_rank) + a.kv_lora_rank;
  to.norm("latent_norm", to.tokens, normed, normed);
  if (a.q_lora_rank > 0) {
    to.convert(to.tokens, a.q_lora_rank, t.gemm_input);
    to.gemm("query_projection", {to.tokens, queries, static_cast<double>(a.q_lora_rank), 1},
            t.attention, t.gemm_input, false);
  }
  to.rope(to.tokens * (heads + 1), a.qk_rope_head_dim);
  to.kv_write("kv_write", to.tokens * to.options.sharding.sequence, cached, t.kv_cache, false);
  if (a.sparse()) add_indexer(to);
  std::vector<attention_shape> absorbed;
  std::vector<attention_shape> expanded;
  for (const sequence_group& group : to.phase.groups) {
    attention_shape shape = shape_of(group, to.model, layer);
    take_part(shape, to.options.sharding.context);
    (runs_absorbed(group, to.model, layer) ? absorbed : expanded).push_back(shape);
  }
  const auto own_heads = static_cast<double>(to.attention_heads.heads);
  if (!absorbed.empty()) add_absorbed(to, absorbed, own_heads);
  if (!expanded.empty()) add_expanded(to, expanded, own_heads);
}

namespace {

/// The tokens that one of `parts` ranks has of a group, which meet all keys.
void take_tokens(attention_shape& shape, int parts) {
  if (parts == 1) return;
  if (shape.queries == 1) {
    shape.sequences = std::ceil(shape.sequences / parts);
    return;
  }
  shape.queries = std::ceil(shape.queries / parts);
  shape.pairs /= parts;
}

}  // namespace

/// Not split over tensor ranks: every rank needs the same keys. Ranks that exchange heads for
/// tokens keep all keys, too, and select for their own tokens.
void add_indexer(step_builder& to) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  const double heads = a.index_heads;
  const double dim = a.index_head_dim;
  const double from = a.q_lora_rank > 0 ? a.q_lora_rank : to.hidden;
  to.gemm("index_query_projection", {to.tokens, heads * dim, from, 1}, t.indexer, t.gemm_input,
          false);
  to.gemm("index_key_projection", {to.tokens, dim, to.hidden, 1}, t.indexer, t.gemm_input, false);
  to.gemm("index_head_weights", {to.tokens, heads, to.hidden, 1}, t.router, t.activation, false);
  to.norm("index_norm", to.tokens, dim, 2 * dim);
  to.rope(to.tokens * (heads + 1), std::min<double>(a.qk_rope_head_dim, dim));
  to.convert(to.tokens * (heads + 1), dim, t.index_cache);
  const int parts = to.options.sharding.sequence;
  to.kv_write("index_write", to.tokens * parts, dim, t.index_cache, true);
  llm_operator& scores = to.add("index_scores", operator_kind::index_scores);
  llm_operator choice;
  for (const sequence_group& group : to.phase.groups) {
    attention_shape shape;
    shape.sequences = static_cast<double>(group.count);
    shape.queries = static_cast<double>(group.new_tokens);
    shape.rows = attended_rows(group, 0);
    shape.pairs = attended_pairs(group, 0);
    shape.heads = heads;
    shape.kv_heads = 1;
    shape.qk_dim = dim;
    take_tokens(shape, parts);
    scores.attention.push_back(shape);
    const double pairs = shape.sequences * shape.pairs;
    scores.elements += pairs;
    scores.matrix_flops += 2 * pairs * heads * dim;
    scores.vector_ops += 3 * pairs * heads;  // above zero, weighted, summed over heads
    scores.bytes.index_read += cached_rows(shape) * bytes_of(t.index_cache, 1, dim);
    choice.elements +=
        pairs * attended_pairs(group, a.index_topk) / std::max(1.0, attended_pairs(group, 0));
  }
  scores.input_type = t.index_cache;
  scores.weight_type = t.index_cache;
  scores.output_type = plain(number_format::fp32);
  scores.bytes.activations_read = bytes_of(t.index_cache, to.tokens * heads, dim) +
                                  bytes_of(plain(number_format::fp32), to.tokens, heads);
  const double pairs = scores.elements;
  scores.bytes.activations_written = bytes_of(plain(number_format::fp32), 1, pairs);
  llm_operator& best = to.add("index_top_k", operator_kind::top_k);
  best.elements = choice.elements;
  best.vector_ops = 2 * pairs;  // a histogram of the scores, then a comparison with its threshold
  best.bytes.activations_read = bytes_of(plain(number_format::fp32), 1, pairs);
  best.bytes.activations_written = 4 * choice.elements;  // 32-bit positions
}

void add_attention(step_builder& to, const decoder_layer& layer) {
  const attention_spec& a = to.model.attention;
  const model_data_types& t = to.model.types;
  to.norm("attention_norm", to.tokens, to.hidden, to.hidden);
  if (a.latent()) {
    add_latent_attention(to, layer);
  } else {
    add_grouped_attention(to, layer);
  }
  const double width =
      static_cast<double>(to.heads.heads) * static_cast<double>(a.output_width()) / a.heads;
  to.convert(to.tokens, width, t.gemm_input);
  to.gemm("output_projection", {to.tokens, to.hidden, width, 1}, t.attention, t.gemm_input,
          a.output_bias);
  to.residual(to.tokens, to.hidden);
}

}  // namespace lamina::llm
