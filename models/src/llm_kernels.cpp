// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_kernels.h"

#include <algorithm>
#include <cmath>

namespace lamina {
namespace {

std::int64_t whole(double size) { return std::max<std::int64_t>(1, std::llround(size)); }
double real(std::int64_t value) { return static_cast<double>(value); }

/// Bits of each of `elements` when all of them take `bytes`; kernels have no empty operands.
double bits_each(double bytes, double elements) {
  return std::max(1e-6, 8 * bytes / std::max(1.0, elements));
}

bool is_product(const llm_operator& op) {
  return op.kind == operator_kind::gemm || op.kind == operator_kind::grouped_gemm;
}
/// Can join the kernel before it: one result from one place of the operand.
bool joins(const llm_operator& op) {
  return op.fusable && (op.kind == operator_kind::rope || op.kind == operator_kind::kv_write ||
                        op.kind == operator_kind::elementwise);
}
bool takes_joiners(const llm_operator& op) {
  return op.kind != operator_kind::attention && op.kind != operator_kind::index_scores &&
         op.kind != operator_kind::top_k && op.kind != operator_kind::gather;
}

/// Adds an operator's work to a kernel. What it reads of the kernel's results is not moved.
void join(const llm_operator& op, int index, step_kernel& kernel) {
  kernel.operators.push_back(index);
  kernel.matrix_flops += op.matrix_flops;
  kernel.vector_ops += op.vector_ops;
  kernel.special_ops += op.special_ops;
  operator_bytes bytes = op.bytes;
  const double inside = std::min(kernel.bytes.activations_written, bytes.activations_read);
  bytes.activations_read -= inside;
  kernel.bytes.activations_written -= inside;
  kernel.bytes += bytes;
}

kernel_work product_work(const llm_operator& op, const step_kernel& kernel) {
  kernel_work w;
  w.kind = kernel_kind::gemm;
  w.m = whole(op.gemm.m);
  w.n = whole(op.gemm.n);
  w.k = whole(op.gemm.k);
  w.count = whole(op.gemm.count);
  const double count = real(w.count);
  const double results = real(w.m) * real(w.n) * count;
  // Rows that come from the cache, and are expanded, are rows of A.
  w.a_bits = bits_each(op.bytes.activations_read + op.bytes.kv_read, real(w.m) * real(w.k) * count);
  w.b_bits = bits_each(op.bytes.weights, real(w.k) * real(w.n) * count);
  w.c_bits = bits_each(kernel.bytes.written(), results);
  w.epilogue_operations = kernel.vector_ops / results;
  w.epilogue_special = kernel.special_ops / results;
  w.extra_read_bytes = std::max(0.0, kernel.bytes.read() - op.bytes.read());
  return w;
}

/// Every key of a sequence against the queries of all heads; scores are summed over heads.
kernel_work index_work(const step_kernel& kernel, const attention_shape& shape) {
  kernel_work w;
  w.kind = kernel_kind::gemm;
  w.m = whole(shape.queries * shape.heads);
  w.n = whole(shape.pairs / shape.queries);
  w.k = whole(shape.qk_dim);
  w.count = whole(shape.sequences);
  const double count = real(w.count);
  const double results = real(w.m) * real(w.n) * count;
  w.a_bits = bits_each(kernel.bytes.activations_read, real(w.m) * real(w.k) * count);
  w.b_bits = bits_each(kernel.bytes.index_read, real(w.k) * real(w.n) * count);
  w.c_bits = bits_each(kernel.bytes.written(), results);
  w.epilogue_operations = kernel.vector_ops / results;
  w.epilogue_special = kernel.special_ops / results;
  w.flops = kernel.matrix_flops;
  return w;
}

kernel_work row_work(const llm_operator& op, const step_kernel& kernel) {
  kernel_work w;
  w.kind = kernel_kind::elementwise;
  w.n = whole(op.row);
  w.m = whole(op.elements / op.row);
  const double elements = real(w.m) * real(w.n);
  w.a_bits = bits_each(kernel.bytes.read(), elements);
  w.c_bits = bits_each(kernel.bytes.written(), elements);
  w.operations_per_element = kernel.vector_ops / elements;
  w.special_per_element = kernel.special_ops / elements;
  return w;
}

/// What one of an operator's attention shapes has of its pairs, queries and cached rows.
struct shape_shares {
  double pairs, queries, rows;
};

/// Bytes of queries; the rest of the activations read are keys and values of expanded attention.
double query_bytes(const llm_operator& op) {
  double numbers = 0;
  for (const attention_shape& s : op.attention) {
    numbers += s.sequences * s.queries * s.heads * s.qk_dim;
  }
  return std::min(op.bytes.activations_read, numbers * bits_of(op.input_type.format) / 8);
}

kernel_work attention_work(const llm_operator& op, const attention_shape& shape,
                           const operator_bytes& bytes, const shape_shares& share) {
  kernel_work w;
  w.kind = shape.queries == 1 ? kernel_kind::attention_decode : kernel_kind::attention_prefill;
  w.batch = whole(shape.sequences);
  w.heads = whole(shape.heads);
  w.kv_heads = whole(shape.kv_heads);
  w.seqlen = whole(std::ceil(shape.rows));
  w.head_dim = whole(shape.qk_dim);
  w.value_dim = whole(shape.v_dim);
  if (w.kind == kernel_kind::attention_prefill) {
    w.queries = std::min(w.seqlen, whole(shape.queries));
    w.pairs = std::min(shape.pairs, real(w.queries) * real(w.seqlen));
  }
  const double queries = shape.sequences * shape.queries * shape.heads;
  const double dims = shape.qk_dim + shape.v_dim;
  const double asked = share.queries * query_bytes(op);
  w.a_bits = bits_each(asked, queries * shape.qk_dim);
  w.b_bits =
      bits_each(bytes.read() - asked, real(w.batch) * real(w.kv_heads) * real(w.seqlen) * dims);
  w.c_bits = bits_each(bytes.written(), queries * shape.v_dim);
  w.matrix_bits = bits_of(matrix_format(op));
  w.flops = 2 * shape.sequences * shape.pairs * shape.heads * dims;
  return w;
}

/// All groups that decode as one, with the mean of their rows.
std::vector<attention_shape> merged(const std::vector<attention_shape>& shapes) {
  std::vector<attention_shape> out;
  attention_shape decoding;
  double rows = 0;
  for (const attention_shape& s : shapes) {
    if (s.queries != 1) {
      out.push_back(s);
      continue;
    }
    const double before = decoding.sequences;
    decoding = s;
    decoding.sequences += before;
    rows += s.sequences * s.rows;
  }
  if (decoding.sequences > 0) {
    decoding.rows = decoding.pairs = rows / decoding.sequences;
    out.push_back(decoding);
  }
  return out;
}

void add_attention(const llm_operator& op, const step_kernel& first,
                   std::vector<step_kernel>& kernels) {
  const std::vector<attention_shape> shapes = merged(op.attention);
  shape_shares all{0, 0, 0};
  for (const attention_shape& s : shapes) {
    all.pairs += s.sequences * s.pairs;
    all.queries += s.sequences * s.queries;
    all.rows += s.sequences * s.rows;
  }
  for (const attention_shape& s : shapes) {
    const shape_shares share{s.sequences * s.pairs / all.pairs,
                             s.sequences * s.queries / all.queries,
                             s.sequences * s.rows / all.rows};
    step_kernel kernel = first;
    for (double* part : {&kernel.matrix_flops, &kernel.vector_ops, &kernel.special_ops}) {
      *part *= share.pairs;
    }
    operator_bytes& b = kernel.bytes;
    for (double* part : {&b.weights, &b.kv_read, &b.index_read}) *part *= share.rows;
    const bool scores = op.kind == operator_kind::index_scores;
    const double asked = scores ? op.bytes.activations_read : query_bytes(op);
    b.activations_read = share.queries * asked + share.rows * (op.bytes.activations_read - asked);
    b.activations_written *= scores ? share.pairs : share.queries;
    kernel.work = scores ? index_work(kernel, s) : attention_work(op, s, b, share);
    kernels.push_back(std::move(kernel));
  }
}

}  // namespace

std::vector<step_kernel> kernels_of(const llm_step& step, const fusion_spec& fusion) {
  return kernels_of(step, fusion, {});
}

std::vector<step_kernel> kernels_of(const llm_step& step, const fusion_spec& fusion,
                                    const std::vector<std::string_view>& alone) {
  std::vector<step_kernel> kernels;
  kernels.reserve(step.operators.size());
  for (std::size_t i = 0; i < step.operators.size();) {
    const llm_operator& op = step.operators[i];
    step_kernel kernel;
    kernel.name = op.name;
    kernel.layers = op.layers;
    kernel.operators.reserve(4);
    join(op, static_cast<int>(i), kernel);
    for (++i; fusion.elementwise && takes_joiners(op) && i < step.operators.size(); ++i) {
      const llm_operator& next = step.operators[i];
      if (!joins(next) || next.group != op.group) break;
      if (std::find(alone.begin(), alone.end(), next.name) != alone.end()) break;
      join(next, static_cast<int>(i), kernel);
    }
    if (op.kind == operator_kind::attention || op.kind == operator_kind::index_scores) {
      add_attention(op, kernel, kernels);
      continue;
    }
    kernel.work = is_product(op) ? product_work(op, kernel) : row_work(op, kernel);
    if (is_product(op)) {
      kernel.work.matrix_bits = bits_of(matrix_format(op));
      kernel.work.flops = op.matrix_flops;
    }
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

}  // namespace lamina
