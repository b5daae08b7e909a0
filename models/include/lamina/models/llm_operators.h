// SPDX-License-Identifier: Apache-2.0
// The operators that one step of a language model consists of, with their work and their bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lamina/models/expert_routing.h"
#include "lamina/models/language_model.h"
#include "lamina/models/llm_phase.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

enum class operator_kind : std::uint8_t {
  gather,  ///< rows by index: embedding, dispatch to experts and back
  norm,
  gemm,          ///< one C[m,n] = A[m,k] B[k,n] + bias
  grouped_gemm,  ///< `count` such products with weights of their own: experts, absorbed projections
  rope,
  kv_write,      ///< rows into a cache
  attention,     ///< scores, softmax, weighted sum, without scores in memory
  index_scores,  ///< the indexer's scores of all keys
  top_k,
  elementwise  ///< activation, residual, conversion of formats
};
std::string_view name_of(operator_kind kind);

/// `count` products of m x k by k x n. Expectations (rows of an expert, active experts) need not be
/// whole.
struct gemm_shape {
  double m = 0;
  double n = 0;
  double k = 0;
  double count = 0;
};

/// Attention of alike sequences. Query heads share kv_heads; a head's score takes qk_dim
/// multiplications and its output v_dim.
struct attention_shape {
  double sequences = 0;
  double queries = 0;  ///< new tokens of a sequence
  double rows = 0;     ///< different keys that they see together
  double pairs = 0;    ///< query-key pairs of a sequence, causal
  double heads = 0;
  double kv_heads = 0;
  double qk_dim = 0;
  double v_dim = 0;
};

/// Bytes that an operator must move when it fits nothing between its parts and others: each
/// operand once. What a tile schedule reads again is the mapper's.
struct operator_bytes {
  double weights = 0;
  double activations_read = 0;
  double activations_written = 0;
  double kv_read = 0;
  double kv_written = 0;
  double index_read = 0;  ///< keys of the indexer
  double index_written = 0;

  double read() const { return weights + activations_read + kv_read + index_read; }
  double written() const { return activations_written + kv_written + index_written; }
  double total() const { return read() + written(); }
  operator_bytes& operator+=(const operator_bytes& other);
};

struct llm_operator {
  std::string_view name;  ///< such as "qkv_projection"
  operator_kind kind = operator_kind::elementwise;
  int group = -1;        ///< index into llm_step::layer_groups; -1: outside the layers
  int layers = 1;        ///< times that it runs: layers of its group
  bool fusable = false;  ///< can join the operator before or after it: element by element, or rows
  gemm_shape gemm;       ///< of gemm and grouped_gemm
  std::vector<attention_shape> attention;  ///< of attention and index_scores: one for each group
  double elements = 0;                     ///< results of other kinds
  double row = 1;                          ///< of those, results that belong together

  // Of one layer:
  double matrix_flops = 0;  ///< 2 for a multiplication and addition on the matrix unit
  double vector_ops = 0;    ///< additions, multiplications, comparisons on the vector unit
  double special_ops = 0;   ///< exponentials, reciprocals, roots, sines
  operator_bytes bytes;

  data_type weight_type;
  data_type input_type;  ///< as the matrix unit takes it
  data_type output_type;

  double flops() const { return matrix_flops + vector_ops + special_ops; }
};

/// Format that the matrix unit multiplies in: the wider of its operands'.
inline number_format matrix_format(const llm_operator& op) {
  return bits_of(op.input_type.format) >= bits_of(op.weight_type.format) ? op.input_type.format
                                                                         : op.weight_type.format;
}

/// Layers that are equal, and so listed once. Their order in the model is not kept: the time of a
/// layer does not depend on it.
struct layer_group {
  decoder_layer layer;
  int layers = 0;
};

struct llm_step {
  std::vector<layer_group> layer_groups;  ///< in order of first appearance
  std::vector<llm_operator> operators;    ///< embedding, each group's layer, final norm, head

  // Of the whole step, all layers:
  double matrix_flops() const;
  double vector_ops() const;
  double special_ops() const;
  operator_bytes bytes() const;
};

/// How one rank shares the work: heads (share_of_heads()), feed-forward columns and vocabulary over
/// `tensor` ranks, experts over `expert` of them. What does not divide is padded. `expert` divides
/// `tensor`; the rest of tensor splits each expert. With more than one replica, each with a phase
/// like this one, their tokens meet the same experts, and `expert` is tensor x replicas.
struct llm_sharding {
  int tensor = 1;
  int expert = 1;
  int replicas = 1;
  /// Tokens are shared out over sequence x context ranks, whose weights are the same. For
  /// attention, `sequence` ranks exchange heads for tokens (Ulysses), so that each has some heads
  /// of all tokens; of `context` ranks each keeps a part of the keys: a prompt's queries are shared
  /// out, too, and meet all keys as they pass (ring), a decoding query meets each part where it is.
  int sequence = 1;
  int context = 1;
  /// Of a layer's weights a rank keeps one of so many parts, and gathers the others before use
  /// (FSDP); of its experts' one of `fsdp_of_experts`.
  int fsdp = 1;
  int fsdp_of_experts = 1;
  int token_shares() const { return sequence * context; }
};

/// Heads of queries, and those of keys and values that they need.
struct head_share {
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  ///< divides heads
};
/// All heads of a model; of latent attention each has keys and values of its own.
head_share heads_of(const attention_spec& attention);
/// The most that one of `ranks` ranks has of `all`: ceil(kv_heads / ranks) heads of keys and values
/// with all queries that share them. Of more ranks than heads of keys and values, floor(ranks /
/// kv_heads) or one more keep the same one, and share its queries out. Ranks that are left over
/// are padding.
head_share share_of_heads(const head_share& all, int ranks);

/// What a rank gets of the experts' work.
enum class expert_share : std::uint8_t {
  busiest,  ///< expectation of the most that any rank has: the step waits for it
  mean      ///< all of it over the number of ranks
};

struct llm_step_options {
  double routing_skew = 0;  ///< Zipf exponent of the experts' popularity
  llm_sharding sharding;    ///< 1, 1: the whole model
  expert_share experts = expert_share::busiest;
  /// expected_busiest_rank() of all tokens that meet the experts, where the caller has kept it.
  std::optional<busiest_rank> busiest;
};
std::vector<spec_problem> check(const llm_step_options& options, const language_model& model);

/// The operators of one step on one rank (the busiest in experts). Model, phase and options are in
/// order (check()). Of latent attention, decode runs absorbed (queries against the compressed
/// rows); a group of more new tokens runs the way that takes fewer FLOPs; sparse attention always
/// runs absorbed. Communication between ranks is not listed.
llm_step operators_of(const language_model& model, const llm_phase& phase,
                      const llm_step_options& options = {});

}  // namespace lamina
