// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_operators.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "llm_step_builder.h"

namespace lamina {

std::string_view name_of(operator_kind kind) {
  switch (kind) {
    case operator_kind::gather:
      return "gather";
    case operator_kind::norm:
      return "norm";
    case operator_kind::gemm:
      return "gemm";
    case operator_kind::grouped_gemm:
      return "grouped_gemm";
    case operator_kind::rope:
      return "rope";
    case operator_kind::kv_write:
      return "kv_write";
    case operator_kind::attention:
      return "attention";
    case operator_kind::index_scores:
      return "index_scores";
    case operator_kind::top_k:
      return "top_k";
    case operator_kind::elementwise:
      return "elementwise";
  }
  return "unknown";
}

operator_bytes& operator_bytes::operator+=(const operator_bytes& other) {
  weights += other.weights;
  activations_read += other.activations_read;
  activations_written += other.activations_written;
  kv_read += other.kv_read;
  kv_written += other.kv_written;
  index_read += other.index_read;
  index_written += other.index_written;
  return *this;
}

namespace {

operator_bytes times(operator_bytes bytes, double factor) {
  bytes.weights *= factor;
  bytes.activations_read *= factor;
  bytes.activations_written *= factor;
  bytes.kv_read *= factor;
  bytes.kv_written *= factor;
  bytes.index_read *= factor;
  bytes.index_written *= factor;
  return bytes;
}

double sum(const llm_step& step, double llm_operator::*field) {
  double all = 0;
  for (const llm_operator& op : step.operators) all += op.layers * (op.*field);
  return all;
}

std::vector<layer_group> groups_of(const language_model& model) {
  std::vector<layer_group> groups;
  for (const decoder_layer& layer : model.layers) {
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const layer_group& g) { return g.layer == layer; });
    if (same == groups.end()) {
      groups.push_back({layer, 1});
    } else {
      ++same->layers;
    }
  }
  return groups;
}

void add_embedding(llm::step_builder& to) {
  llm_operator& op = to.add("embedding", operator_kind::gather);
  op.elements = to.tokens * to.hidden;
  op.row = to.hidden;
  op.weight_type = to.model.types.embedding;
  op.bytes.weights = bytes_of(op.weight_type, to.tokens, to.hidden);
  op.bytes.activations_read = 4 * to.tokens;  // 32-bit token numbers
  op.bytes.activations_written = to.activation_bytes(to.tokens, to.hidden);
}

void add_head(llm::step_builder& to) {
  const double sampled =
      llm::step_builder::share(to.phase.sampled(), to.options.sharding.token_shares());
  if (sampled == 0) return;
  const model_data_types& t = to.model.types;
  to.norm("final_norm", sampled, to.hidden, to.hidden);
  const double words = to.tensor_share(to.model.vocabulary);
  to.gemm("head", {sampled, words, to.hidden, 1}, t.embedding, t.activation, false);
}

}  // namespace

head_share heads_of(const attention_spec& attention) {
  return {attention.heads, attention.latent() ? attention.heads : attention.kv_heads};
}

head_share share_of_heads(const head_share& all, int ranks) {
  const auto divide_up = [](std::int64_t whole, std::int64_t parts) {
    return (whole + parts - 1) / parts;
  };
  const std::int64_t group = all.heads / all.kv_heads;
  const std::int64_t holders = std::max<std::int64_t>(1, ranks / all.kv_heads);
  const std::int64_t kv_heads = divide_up(all.kv_heads, ranks);
  return {kv_heads * divide_up(group, holders), kv_heads};
}

double llm_step::matrix_flops() const { return sum(*this, &llm_operator::matrix_flops); }
double llm_step::vector_ops() const { return sum(*this, &llm_operator::vector_ops); }
double llm_step::special_ops() const { return sum(*this, &llm_operator::special_ops); }

operator_bytes llm_step::bytes() const {
  operator_bytes all;
  for (const llm_operator& op : operators) all += times(op.bytes, op.layers);
  return all;
}

std::vector<spec_problem> check(const llm_step_options& options, const language_model& model) {
  constexpr int most_ranks = 1 << 16;
  std::vector<spec_problem> found;
  const llm_sharding& s = options.sharding;
  if (!(options.routing_skew >= 0 && options.routing_skew <= 10)) {
    found.push_back({"routing_skew", "out of range; expected 0 (uniform) to 10", ""});
  }
  if (s.tensor < 1 || s.tensor > most_ranks) {
    found.push_back(
        {"sharding.tensor", std::to_string(s.tensor) + " ranks; expected 1 to 65536", ""});
  } else if (s.sequence < 1 || s.sequence > most_ranks || s.context < 1 || s.context > most_ranks) {
    found.push_back({"sharding.sequence", "out of range; expected 1 to 65536", ""});
  } else if (s.fsdp < 1 || s.fsdp_of_experts < 1) {
    found.push_back({"sharding.fsdp", "expected at least one part of the weights", ""});
  } else if (s.replicas < 1 || s.replicas > most_ranks) {
    found.push_back(
        {"sharding.replicas", std::to_string(s.replicas) + " replicas; expected 1 to 65536", ""});
  } else if (s.replicas > 1 && s.expert != std::int64_t{s.tensor} * s.replicas) {
    found.push_back({"sharding.expert",
                     std::to_string(s.expert) + " is not the product of " +
                         std::to_string(s.tensor) + " tensor ranks and " +
                         std::to_string(s.replicas) + " replicas",
                     ""});
  } else if (s.expert < 1 || (s.replicas == 1 && s.tensor % s.expert != 0)) {
    found.push_back({"sharding.expert",
                     std::to_string(s.expert) + " does not divide the " + std::to_string(s.tensor) +
                         " tensor ranks",
                     ""});
  } else if (s.expert > 1 && s.expert > model.experts.experts) {
    found.push_back({"sharding.expert",
                     std::to_string(s.expert) + " ranks for " +
                         std::to_string(model.experts.experts) + " experts",
                     "use at most one rank for each expert"});
  }
  return found;
}

llm_step operators_of(const language_model& model, const llm_phase& phase,
                      const llm_step_options& options) {
  llm_step step;
  step.layer_groups = groups_of(model);
  step.operators.reserve(4 + 32 * step.layer_groups.size());
  llm::step_builder to(model, phase, options, step);
  add_embedding(to);
  for (std::size_t i = 0; i < step.layer_groups.size(); ++i) {
    const layer_group& group = step.layer_groups[i];
    to.begin_group(static_cast<int>(i), group.layers);
    llm::add_attention(to, group.layer);
    llm::add_feed_forward(to, group.layer);
  }
  to.begin_group(-1, 1);
  add_head(to);
  return step;
}

}  // namespace lamina
