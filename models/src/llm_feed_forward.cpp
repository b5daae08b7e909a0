// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "llm_step_builder.h"

namespace lamina::llm {
namespace {

struct up_down {
  std::string_view up;
  std::string_view activation;
  std::string_view down;
};
constexpr up_down dense_names = {"up_projection", "activation", "down_projection"};
constexpr up_down shared_names = {"shared_up", "shared_activation", "shared_down"};

/// Dense or shared: every token visits it. `columns` are the intermediate ones of this rank.
void add_dense(step_builder& to, const up_down& names, double columns, bool gated, bool bias) {
  const model_data_types& t = to.model.types;
  const double up = gated ? 2 : 1;
  to.convert(to.tokens, to.hidden, t.gemm_input);
  llm_operator& first =
      to.gemm(names.up, {to.tokens, up * columns, to.hidden, 1}, t.dense, t.gemm_input, bias);
  first.bytes.weights +=
      up * bytes_of(t.dense, columns, to.hidden) - bytes_of(t.dense, up * columns, to.hidden);
  to.activation(names.activation, to.tokens, columns, gated);
  to.convert(to.tokens, columns, t.gemm_input);
  to.gemm(names.down, {to.tokens, to.hidden, columns, 1}, t.dense, t.gemm_input, bias);
}

void add_router(step_builder& to) {
  const expert_spec& e = to.model.experts;
  const double experts = e.experts;
  to.gemm("router", {to.tokens, experts, to.hidden, 1}, to.model.types.router,
          to.model.types.activation, e.router_bias);
  llm_operator& choice = to.add("expert_choice", operator_kind::top_k);
  choice.fusable = true;
  choice.elements = to.tokens * e.per_token;
  choice.row = e.per_token;
  // Of each score: sigmoid or a share of the softmax, and a comparison with the best so far.
  choice.special_ops = to.tokens * experts;
  choice.vector_ops = 3 * to.tokens * experts;
  choice.bytes.activations_read = to.activation_bytes(to.tokens, experts);
  choice.bytes.activations_written = (4 + 4) * choice.elements;  // expert and its weight
}

/// A copy of rows in another order.
void add_gather(step_builder& to, std::string_view name, double rows, double width,
                double rows_read) {
  llm_operator& op = to.add(name, operator_kind::gather);
  op.fusable = true;
  op.elements = rows * width;
  op.row = width;
  op.bytes.activations_read = to.activation_bytes(rows_read, width);
  op.bytes.activations_written = to.activation_bytes(rows, width);
}

/// Experts that run on the busiest rank, and the (token, expert) pairs that they get.
busiest_rank experts_of_rank(const step_builder& to) {
  const expert_spec& e = to.model.experts;
  const expert_routing routing = {e.experts, e.per_token, to.options.routing_skew};
  const llm_sharding& sharding = to.options.sharding;
  const std::int64_t tokens = std::llround(to.tokens) * sharding.replicas;
  if (to.options.experts == expert_share::busiest) {
    if (to.options.busiest) return *to.options.busiest;
    return expected_busiest_rank(routing, tokens, sharding.expert);
  }
  const auto all = static_cast<double>(tokens);
  return {expected_active_experts(routing, all) / sharding.expert,
          all * e.per_token / sharding.expert};
}

void add_experts(step_builder& to) {
  const expert_spec& e = to.model.experts;
  const model_data_types& t = to.model.types;
  const llm_sharding& sharding = to.options.sharding;
  const busiest_rank work = experts_of_rank(to);
  const double columns =
      step_builder::share(e.intermediate, std::max(1, sharding.tensor / sharding.expert));
  const double each = work.visits / work.active_experts;  // rows of an expert that runs
  const double up = e.gated ? 2 : 1;
  add_gather(to, "expert_dispatch", work.visits, to.hidden, std::min(work.visits, to.tokens));
  to.convert(work.visits, to.hidden, t.expert_input);
  llm_operator& first = to.gemm("expert_up", {each, up * columns, to.hidden, work.active_experts},
                                t.experts, t.expert_input, e.bias);
  first.kind = operator_kind::grouped_gemm;
  first.bytes.weights += work.active_experts * (up * bytes_of(t.experts, columns, to.hidden) -
                                                bytes_of(t.experts, up * columns, to.hidden));
  to.activation("expert_activation", work.visits, columns, e.gated);
  to.convert(work.visits, columns, t.expert_input);
  to.gemm("expert_down", {each, to.hidden, columns, work.active_experts}, t.experts, t.expert_input,
          e.bias)
      .kind = operator_kind::grouped_gemm;
  llm_operator& combine = to.add("expert_combine", operator_kind::gather);
  combine.fusable = true;
  combine.elements = to.tokens * to.hidden;
  combine.row = to.hidden;
  combine.vector_ops = 2 * work.visits * to.hidden;  // weighted, summed
  combine.bytes.activations_read = to.activation_bytes(work.visits, to.hidden);
  combine.bytes.activations_written = to.activation_bytes(to.tokens, to.hidden);
}

void add_shared_experts(step_builder& to) {
  const expert_spec& e = to.model.experts;
  if (e.shared_intermediate == 0) return;
  add_dense(to, shared_names, to.tensor_share(e.shared_intermediate), e.gated, false);
  if (e.shared_gate) {
    to.gemm("shared_gate", {to.tokens, 1, to.hidden, 1}, to.model.types.router,
            to.model.types.activation, false);
    llm_operator& op = to.add("shared_weighting", operator_kind::elementwise);
    op.fusable = true;
    op.elements = op.vector_ops = to.tokens * to.hidden;
    op.row = to.hidden;
    op.special_ops = 2 * to.tokens;  // sigmoid
    op.bytes.activations_read = to.activation_bytes(to.tokens, to.hidden + 1);
    op.bytes.activations_written = to.activation_bytes(to.tokens, to.hidden);
  }
  to.residual(to.tokens, to.hidden);
}

}  // namespace

void add_feed_forward(step_builder& to, const decoder_layer& layer) {
  to.norm("feed_forward_norm", to.tokens, to.hidden, to.hidden);
  if (layer.experts) {
    add_router(to);
    add_experts(to);
    add_shared_experts(to);
  } else {
    const feed_forward_spec& f = to.model.feed_forward;
    add_dense(to, dense_names, to.tensor_share(f.intermediate), f.gated, f.bias);
  }
  to.residual(to.tokens, to.hidden);
}

}  // namespace lamina::llm
