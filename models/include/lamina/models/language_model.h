// SPDX-License-Identifier: Apache-2.0
// A transformer language model: the sizes of its tensors and the data types that hold them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/spec_problem.h"

namespace lamina {

enum class number_format : std::uint8_t { fp32, bf16, fp16, fp8, fp4 };
std::string_view name_of(number_format format);
int bits_of(number_format format);

/// Numbers of one format, with a scale for each block of `block_rows` x `block_columns` of them. A
/// row of a weight is an output feature, a row of activations or cache is a token.
struct data_type {
  number_format format = number_format::bf16;
  int scale_bits = 0;  ///< of a block's scale; 0: no scales
  int block_rows = 1;
  int block_columns = 1;
};
inline data_type plain(number_format format) { return {format, 0, 1, 1}; }
/// fp8 with an fp32 scale for each block, as DeepSeek-V3 publishes its weights.
inline data_type fp8_blocks(int rows, int columns) {
  return {number_format::fp8, 32, rows, columns};
}
/// OCP microscaling fp4: an 8-bit scale for 32 numbers of a row.
inline data_type mxfp4() { return {number_format::fp4, 8, 1, 32}; }
bool operator==(const data_type& a, const data_type& b);
/// "bf16", "mxfp4", "fp8[128x128]": the format, and the block that shares an fp32 scale.
std::string name_of(const data_type& type);
/// The type of such a name; nothing for others.
std::optional<data_type> data_type_named(std::string_view name);

/// Bytes of a rows x columns tensor; a cut block at an edge has a whole scale.
double bytes_of(const data_type& type, double rows, double columns);

/// Each class of tensors has its own type.
struct model_data_types {
  data_type attention;     ///< weights of the projections
  data_type indexer;       ///< weights of the sparse attention's indexer, without its head weights
  data_type dense;         ///< weights of dense and shared feed-forward
  data_type experts;       ///< weights of routed experts
  data_type router;        ///< router and the indexer's head weights
  data_type embedding;     ///< embedding table and language-model head
  data_type norm;          ///< norm weights and biases
  data_type activation;    ///< between operators
  data_type gemm_input;    ///< activations as `attention`, `indexer` and `dense` multiply them
  data_type expert_input;  ///< activations as `experts` multiply them
  data_type kv_cache;
  data_type index_cache;  ///< keys of the indexer
};

enum class attention_kind : std::uint8_t {
  grouped,  ///< heads share keys and values in groups; one group a head is MHA, one group is MQA
  latent    ///< MLA: keys and values of all heads from one compressed row
};
std::string_view name_of(attention_kind kind);

struct attention_spec {
  attention_kind kind = attention_kind::grouped;
  int heads = 32;
  // grouped
  int kv_heads = 8;
  int head_dim = 128;
  bool qkv_bias = false;
  bool output_bias = false;
  bool qk_norm = false;  ///< a norm over each head's query and key
  bool sinks = false;    ///< one learned logit a head
  // latent
  int q_lora_rank = 0;  ///< 0: queries straight from the hidden state
  int kv_lora_rank = 0;
  int qk_nope_head_dim = 0;
  int qk_rope_head_dim = 0;
  int v_head_dim = 0;
  // sparse: each query attends to the `index_topk` keys that score best; 0: to all
  int index_topk = 0;
  int index_heads = 0;
  int index_head_dim = 0;

  bool latent() const { return kind == attention_kind::latent; }
  bool sparse() const { return index_topk > 0; }
  std::int64_t query_width() const;   ///< of all heads
  std::int64_t output_width() const;  ///< of all heads, into the output projection
};

struct feed_forward_spec {
  int intermediate = 0;
  bool gated = true;  ///< two matrices up, their product down
  bool bias = false;
};

struct expert_spec {
  int experts = 0;  ///< routed; 0: the model has none
  int per_token = 0;
  int intermediate = 0;
  bool gated = true;
  bool bias = false;
  bool router_bias = false;     ///< a bias or correction for each expert
  int shared = 0;               ///< experts that every token visits
  int shared_intermediate = 0;  ///< of all shared experts together
  bool shared_gate = false;     ///< the shared output is weighted by a gate of its own
};

/// One transformer layer, where models differ from layer to layer.
struct decoder_layer {
  int window = 0;        ///< keys that a query sees, itself included; 0: all
  bool experts = false;  ///< routed experts in place of the dense feed-forward
};
inline bool operator==(const decoder_layer& a, const decoder_layer& b) {
  return a.window == b.window && a.experts == b.experts;
}

struct language_model {
  std::string name;
  int hidden = 0;
  int vocabulary = 0;
  std::int64_t context_limit = 0;  ///< tokens that it was made for; 0: unknown
  bool tied_embeddings = false;    ///< the head is the embedding table
  attention_spec attention;
  feed_forward_spec feed_forward;
  expert_spec experts;
  std::vector<decoder_layer> layers;  ///< in order
  model_data_types types;
};

/// All that is wrong with a model; empty when nothing is. Takes any values without overflow.
std::vector<spec_problem> check(const language_model& model);

/// One weight: `count` matrices of rows x columns. Norms and biases are one row.
struct weight_tensor {
  std::string_view name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t count = 1;
  data_type type;
  bool routed = false;  ///< of routed experts: a token uses per_token of them
  double numbers() const;
  double bytes() const;
};
/// Weights of one layer, each once.
std::vector<weight_tensor> weights_of(const language_model& model, const decoder_layer& layer);
/// Embedding, final norm, head.
std::vector<weight_tensor> outer_weights_of(const language_model& model);

struct parameter_counts {
  double total = 0;
  double embedding = 0;  ///< the input table
  double active = 0;     ///< multiplied for each token: without the input table unless it is tied
  double bytes = 0;      ///< of all, in their types
};
/// From the shapes, exactly.
parameter_counts parameters_of(const language_model& model);

/// Cache of one token in one layer.
double kv_bytes_per_token_and_layer(const language_model& model);
double index_bytes_per_token_and_layer(const language_model& model);
/// Cache of one more token in all layers, as long as no window is full.
double kv_bytes_per_token(const language_model& model);

}  // namespace lamina
