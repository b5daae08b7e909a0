// SPDX-License-Identifier: Apache-2.0
#include "llm_step_builder.h"

#include <algorithm>

namespace lamina::llm {

step_builder::step_builder(const language_model& of, const llm_phase& asked,
                           const llm_step_options& chosen, llm_step& step)
    : model(of),
      phase(asked),
      options(chosen),
      tokens(share(asked.tokens(), chosen.sharding.token_shares())),
      hidden(of.hidden),
      heads(share_of_heads(heads_of(of.attention), chosen.sharding.tensor)),
      attention_heads(share_of_heads(heads, chosen.sharding.sequence)),
      step_(step) {}

void step_builder::begin_group(int group, int layers) {
  group_ = group;
  layers_ = layers;
}

double step_builder::share(std::int64_t whole, int parts) {
  return static_cast<double>((whole + parts - 1) / parts);
}

llm_operator& step_builder::add(std::string_view name, operator_kind kind) {
  llm_operator& op = step_.operators.emplace_back();
  op.name = name;
  op.kind = kind;
  op.group = group_;
  op.layers = layers_;
  op.weight_type = model.types.norm;
  op.input_type = model.types.activation;
  op.output_type = model.types.activation;
  return op;
}

double step_builder::activation_bytes(double rows, double width) const {
  return bytes_of(model.types.activation, rows, width);
}

llm_operator& step_builder::gemm(std::string_view name, const gemm_shape& shape,
                                 const data_type& type, const data_type& input, bool bias) {
  llm_operator& op =
      add(name, shape.count == 1 ? operator_kind::gemm : operator_kind::grouped_gemm);
  op.gemm = shape;
  op.weight_type = type;
  op.input_type = input;
  op.elements = shape.m * shape.n * shape.count;
  op.matrix_flops = 2 * op.elements * shape.k;
  op.bytes.weights = shape.count * bytes_of(type, shape.n, shape.k);
  op.bytes.activations_read = shape.count * bytes_of(input, shape.m, shape.k);
  op.bytes.activations_written = shape.count * activation_bytes(shape.m, shape.n);
  if (bias) {
    op.vector_ops = op.elements;
    op.bytes.weights += shape.count * bytes_of(model.types.norm, 1, shape.n);
  }
  return op;
}

void step_builder::convert(double rows, double width, const data_type& input) {
  if (input == model.types.activation) return;
  llm_operator& op = add("convert", operator_kind::elementwise);
  op.fusable = true;
  op.output_type = input;
  op.elements = rows * width;
  op.row = width;
  op.vector_ops = 3 * op.elements;  // magnitude, largest of the block, scale
  op.special_ops = input.scale_bits == 0 ? 0 : op.elements / input.block_columns;  // 1 / scale
  op.bytes.activations_read = activation_bytes(rows, width);
  op.bytes.activations_written = bytes_of(input, rows, width);
}

void step_builder::norm(std::string_view name, double rows, double width, double weights) {
  llm_operator& op = add(name, operator_kind::norm);
  op.fusable = true;
  op.elements = rows * width;
  op.row = width;
  op.vector_ops = 4 * op.elements;
  op.special_ops = rows;
  op.bytes.weights = bytes_of(model.types.norm, 1, weights);
  op.bytes.activations_read = op.bytes.activations_written = activation_bytes(rows, width);
}

void step_builder::residual(double rows, double width) {
  llm_operator& op = add("residual", operator_kind::elementwise);
  op.fusable = true;
  op.elements = rows * width;
  op.row = width;
  op.vector_ops = op.elements;
  op.bytes.activations_read = 2 * activation_bytes(rows, width);
  op.bytes.activations_written = activation_bytes(rows, width);
}

void step_builder::activation(std::string_view name, double rows, double width, bool gated) {
  llm_operator& op = add(name, operator_kind::elementwise);
  op.fusable = true;
  op.elements = rows * width;
  op.row = width;
  op.vector_ops = (gated ? 3 : 2) * op.elements;  // 1 + e^-a, a * that, and * b
  op.special_ops = 2 * op.elements;               // exponential, reciprocal
  op.bytes.activations_read = (gated ? 2 : 1) * activation_bytes(rows, width);
  op.bytes.activations_written = activation_bytes(rows, width);
}

void step_builder::rope(double vectors, double width) {
  if (vectors <= 0 || width <= 0) return;
  llm_operator& op = add("rope", operator_kind::rope);
  op.fusable = true;
  op.elements = vectors * width;
  op.row = width;
  op.vector_ops = 3 * op.elements;  // two products and a sum; sines come from a table
  op.bytes.activations_read = op.bytes.activations_written = activation_bytes(vectors, width);
}

void step_builder::kv_write(std::string_view name, double rows, double width, const data_type& type,
                            bool index) {
  llm_operator& op = add(name, operator_kind::kv_write);
  op.fusable = true;
  op.output_type = type;
  op.elements = rows * width;
  op.row = width;
  op.bytes.activations_read = activation_bytes(rows, width);
  (index ? op.bytes.index_written : op.bytes.kv_written) = rows * bytes_of(type, 1, width);
}

void finish_attention(llm_operator& op) {
  for (const attention_shape& s : op.attention) {
    const double scores = s.sequences * s.pairs * s.heads;
    op.matrix_flops += 2 * scores * (s.qk_dim + s.v_dim);
    op.elements += s.sequences * s.queries * s.heads * s.v_dim;
    // Softmax: scale, running maximum, subtract, sum for each score; one division a result.
    op.vector_ops += 4 * scores + s.sequences * s.queries * s.heads * s.v_dim;
    op.special_ops += scores + s.sequences * s.queries * s.heads;
  }
}

std::int64_t kept_keys(const language_model& model, const decoder_layer& layer) {
  const std::int64_t best = model.attention.index_topk;
  if (layer.window == 0) return best;
  return best == 0 ? layer.window : std::min<std::int64_t>(best, layer.window);
}

}  // namespace lamina::llm
