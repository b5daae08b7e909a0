// SPDX-License-Identifier: Apache-2.0
// Shared by the files that list a step's operators: sizes of one rank, and one function a kind.
#pragma once

#include <cstdint>
#include <string_view>

#include "lamina/models/llm_operators.h"

namespace lamina::llm {

/// Appends operators of one layer group to a step.
class step_builder {
 public:
  step_builder(const language_model& model, const llm_phase& phase, const llm_step_options& options,
               llm_step& step);

  const language_model& model;
  const llm_phase& phase;
  const llm_step_options& options;
  double tokens;  ///< of the step, through the layers: this rank's share
  double hidden;
  head_share heads;            ///< of this rank
  head_share attention_heads;  ///< the same while attention runs

  void begin_group(int group, int layers);
  /// ceil(whole / parts): a rank's share, padded.
  static double share(std::int64_t whole, int parts);
  /// A rank's share of columns or vocabulary.
  double tensor_share(std::int64_t whole) const { return share(whole, options.sharding.tensor); }

  llm_operator& add(std::string_view name, operator_kind kind);
  /// Rows of `width` numbers, as the type between operators holds them.
  double activation_bytes(double rows, double width) const;

  /// m x k by k x n with a weight of `type`, of which `input` is the multiplied format.
  llm_operator& gemm(std::string_view name, const gemm_shape& shape, const data_type& type,
                     const data_type& input, bool bias);
  /// Converts rows to the format that the next product takes; nothing when they have it.
  void convert(double rows, double width, const data_type& input);
  /// Root mean square over each of rows: square, add, scale, weight.
  void norm(std::string_view name, double rows, double width, double weights);
  void residual(double rows, double width);
  /// gated: silu(a) * b; else silu(a).
  void activation(std::string_view name, double rows, double width, bool gated);
  void rope(double vectors, double width);
  /// Rows of the cache, from `width` numbers between operators.
  void kv_write(std::string_view name, double rows, double width, const data_type& type,
                bool index);

 private:
  llm_step& step_;
  int group_ = -1;
  int layers_ = 1;
};

void add_attention(step_builder& to, const decoder_layer& layer);
void add_grouped_attention(step_builder& to, const decoder_layer& layer);
void add_latent_attention(step_builder& to, const decoder_layer& layer);
void add_indexer(step_builder& to);
void add_feed_forward(step_builder& to, const decoder_layer& layer);

/// Fills shapes, FLOPs and softmax work of an attention operator from its shapes.
void finish_attention(llm_operator& op);

/// Whether a group's latent attention runs on the compressed rows, and not on keys of each head.
bool runs_absorbed(const sequence_group& group, const language_model& model,
                   const decoder_layer& layer);

/// Keys that a query keeps: the window's, or the best of the indexer; 0: all.
std::int64_t kept_keys(const language_model& model, const decoder_layer& layer);

}  // namespace lamina::llm
