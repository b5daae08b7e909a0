// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "lamina/models/language_model.h"

namespace lamina {
namespace {

using std::to_string;

/// No model is near these; they keep products of sizes within 64 bits.
constexpr std::int64_t most_width = 1 << 22;
constexpr std::int64_t most_heads = 1 << 14;
constexpr std::int64_t most_experts = 1 << 12;
constexpr std::size_t most_layers = 1 << 12;

class finder {
 public:
  std::vector<spec_problem> found;

  void within(const std::string& path, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value >= least && value <= most) return;
    add(path,
        to_string(value) + " is out of range; expected " + to_string(least) + " to " +
            to_string(most),
        "");
  }
  void add(const std::string& path, std::string message, std::string suggestion) {
    found.push_back({path, std::move(message), std::move(suggestion)});
  }
};

void check_grouped(const attention_spec& a, finder& problems) {
  problems.within("attention.kv_heads", a.kv_heads, 1, most_heads);
  problems.within("attention.head_dim", a.head_dim, 1, most_width);
  if (a.kv_heads > 0 && a.heads > 0 && a.heads % a.kv_heads != 0) {
    problems.add("attention.kv_heads",
                 to_string(a.heads) + " heads do not divide into " + to_string(a.kv_heads) +
                     " groups that share keys and values",
                 "make the number of heads a multiple of kv_heads");
  }
}

void check_latent(const attention_spec& a, finder& problems) {
  problems.within("attention.q_lora_rank", a.q_lora_rank, 0, most_width);
  problems.within("attention.kv_lora_rank", a.kv_lora_rank, 1, most_width);
  problems.within("attention.qk_nope_head_dim", a.qk_nope_head_dim, 1, most_width);
  problems.within("attention.qk_rope_head_dim", a.qk_rope_head_dim, 0, most_width);
  problems.within("attention.v_head_dim", a.v_head_dim, 1, most_width);
}

void check_experts(const expert_spec& e, finder& problems) {
  problems.within("experts.experts", e.experts, 1, most_experts);
  problems.within("experts.intermediate", e.intermediate, 1, most_width);
  problems.within("experts.shared_intermediate", e.shared_intermediate, 0, most_width);
  if (e.per_token < 1 || e.per_token > e.experts) {
    problems.add("experts.per_token",
                 "a token visits " + to_string(e.per_token) + " experts; expected 1 to " +
                     to_string(e.experts) + ", as many as there are",
                 "");
  }
}

void check_type(const char* name, const data_type& type, finder& problems) {
  const std::string path = std::string("types.") + name;
  problems.within(path + ".scale_bits", type.scale_bits, 0, 64);
  problems.within(path + ".block_rows", type.block_rows, 1, most_width);
  problems.within(path + ".block_columns", type.block_columns, 1, most_width);
}

void check_types(const model_data_types& t, finder& problems) {
  check_type("attention", t.attention, problems);
  check_type("indexer", t.indexer, problems);
  check_type("dense", t.dense, problems);
  check_type("experts", t.experts, problems);
  check_type("router", t.router, problems);
  check_type("embedding", t.embedding, problems);
  check_type("norm", t.norm, problems);
  check_type("activation", t.activation, problems);
  check_type("gemm_input", t.gemm_input, problems);
  check_type("expert_input", t.expert_input, problems);
  check_type("kv_cache", t.kv_cache, problems);
  check_type("index_cache", t.index_cache, problems);
}

}  // namespace

std::vector<spec_problem> check(const language_model& model) {
  finder problems;
  problems.within("hidden", model.hidden, 1, most_width);
  problems.within("vocabulary", model.vocabulary, 1, 1 << 26);
  if (model.layers.empty() || model.layers.size() > most_layers) {
    problems.add(
        "layers",
        to_string(model.layers.size()) + " layers; expected 1 to " + to_string(most_layers), "");
  }
  const attention_spec& a = model.attention;
  problems.within("attention.heads", a.heads, 1, most_heads);
  if (a.latent()) {
    check_latent(a, problems);
  } else {
    check_grouped(a, problems);
  }
  problems.within("attention.index_topk", a.index_topk, 0, 1 << 30);
  if (a.sparse()) {
    problems.within("attention.index_heads", a.index_heads, 1, most_heads);
    problems.within("attention.index_head_dim", a.index_head_dim, 1, most_width);
  }
  bool dense = false;
  bool routed = false;
  for (const decoder_layer& layer : model.layers) {
    (layer.experts ? routed : dense) = true;
    if (layer.window < 0) problems.within("layers.window", layer.window, 0, 1 << 30);
  }
  if (dense) {
    problems.within("feed_forward.intermediate", model.feed_forward.intermediate, 1, most_width);
  }
  if (routed) check_experts(model.experts, problems);
  check_types(model.types, problems);
  return problems.found;
}

}  // namespace lamina
