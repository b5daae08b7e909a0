// SPDX-License-Identifier: Apache-2.0
#include "hugging_face_families.h"

#include <fmt/format.h>

#include <algorithm>

namespace lamina::config {
namespace {

void read_grouped(key_reader& keys, imported_model& into, std::optional<int> head_dim = {}) {
  language_model& model = into.model;
  attention_spec& a = model.attention;
  a.heads = keys.integer("num_attention_heads", "attention.heads");
  const auto kv_heads = keys.optional_integer("num_key_value_heads", "attention.kv_heads");
  if (!kv_heads) {
    into.assumed.push_back({"num_key_value_heads", "not given: a key and value for each head"});
  }
  a.kv_heads = kv_heads.value_or(a.heads);
  const auto given = keys.optional_integer("head_dim", "attention.head_dim");
  if (given || head_dim) {
    a.head_dim = given ? *given : *head_dim;
  } else if (a.heads > 0 && model.hidden % a.heads == 0) {
    a.head_dim = model.hidden / a.heads;
  } else if (a.heads > 0) {
    keys.problem("num_attention_heads",
                 fmt::format("hidden_size {} does not divide by {} heads", model.hidden, a.heads),
                 "give head_dim when heads have a size of their own");
  }
}

void read_dense(key_reader& keys, imported_model& into) {
  into.model.feed_forward.intermediate =
      keys.integer("intermediate_size", "feed_forward.intermediate");
}

/// Windows as a list of layer types, one a layer. False without a list.
bool read_layer_types(key_reader& keys, imported_model& into, int window) {
  const std::vector<std::string> types = keys.texts("layer_types");
  if (!keys.has("layer_types")) return false;
  std::vector<decoder_layer>& layers = into.model.layers;
  if (types.size() != layers.size()) {
    keys.problem("layer_types", fmt::format("{} layers; expected {}, as num_hidden_layers says",
                                            types.size(), layers.size()));
    return true;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == "sliding_attention") {
      if (window < 1) {
        keys.problem("layer_types", "sliding_attention without a sliding_window");
        return true;
      }
      layers[i].window = window;
    } else if (types[i] != "full_attention") {
      keys.problem("layer_types",
                   in_quotes(types[i]) + "; expected full_attention or sliding_attention");
      return true;
    }
  }
  return true;
}

void set_windows(imported_model& into, std::size_t first, int window) {
  std::vector<decoder_layer>& layers = into.model.layers;
  for (std::size_t i = first; i < layers.size(); ++i) layers[i].window = window;
}

void read_llama(key_reader& keys, imported_model& into) {
  read_grouped(keys, into);
  read_dense(keys, into);
  attention_spec& a = into.model.attention;
  a.qkv_bias = a.output_bias = keys.flag_or("attention_bias", false);
  into.model.feed_forward.bias = keys.flag_or("mlp_bias", false);
}

void read_mistral(key_reader& keys, imported_model& into) {
  read_grouped(keys, into);
  read_dense(keys, into);
  set_windows(into, 0, keys.integer_or("sliding_window", 0, "layers.window"));
}

void read_mixtral(key_reader& keys, imported_model& into) {
  read_grouped(keys, into);
  expert_spec& e = into.model.experts;
  e.intermediate = keys.integer("intermediate_size", "experts.intermediate");
  e.experts = keys.integer("num_local_experts", "experts.experts");
  e.per_token = keys.integer("num_experts_per_tok", "experts.per_token");
  set_windows(into, 0, keys.integer_or("sliding_window", 0, "layers.window"));
  for (decoder_layer& layer : into.model.layers) layer.experts = true;
}

void read_qwen_windows(key_reader& keys, imported_model& into) {
  const bool used = keys.flag_or("use_sliding_window", false);
  const int window = used ? keys.integer("sliding_window", "layers.window") : 0;
  if (read_layer_types(keys, into, window) || !used) return;
  const int first = keys.integer("max_window_layers");
  set_windows(into, static_cast<std::size_t>(first), window);
}

void read_qwen2(key_reader& keys, imported_model& into) {
  read_grouped(keys, into);
  into.model.attention.qkv_bias = true;  // the architecture has no key for it
  read_qwen_windows(keys, into);
}

void read_qwen3(key_reader& keys, imported_model& into) {
  constexpr int head_dim_without_key = 128;
  read_grouped(keys, into, head_dim_without_key);
  attention_spec& a = into.model.attention;
  a.qk_norm = true;
  a.qkv_bias = a.output_bias = keys.flag_or("attention_bias", false);
  read_qwen_windows(keys, into);
}

void read_qwen_experts(key_reader& keys, imported_model& into) {
  read_dense(keys, into);
  language_model& model = into.model;
  expert_spec& e = model.experts;
  e.experts = keys.integer("num_experts", "experts.experts");
  e.per_token = keys.integer("num_experts_per_tok", "experts.per_token");
  e.intermediate = keys.integer("moe_intermediate_size", "experts.intermediate");
  const int step = keys.integer_or("decoder_sparse_step", 1);
  if (step < 1) keys.problem("decoder_sparse_step", "expected at least 1");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    model.layers[i].experts = step > 0 && (i + 1) % static_cast<std::size_t>(step) == 0;
  }
  for (const std::int64_t dense : keys.integers("mlp_only_layers")) {
    if (dense >= static_cast<std::int64_t>(model.layers.size())) {
      keys.problem("mlp_only_layers", fmt::format("there is no layer {}", dense));
      break;
    }
    model.layers[static_cast<std::size_t>(dense)].experts = false;
  }
}

void read_qwen2_dense(key_reader& keys, imported_model& into) {
  read_qwen2(keys, into);
  read_dense(keys, into);
}

void read_qwen3_dense(key_reader& keys, imported_model& into) {
  read_qwen3(keys, into);
  read_dense(keys, into);
}

void read_qwen2_moe(key_reader& keys, imported_model& into) {
  read_qwen2(keys, into);
  read_qwen_experts(keys, into);
  expert_spec& e = into.model.experts;
  e.shared = 1;
  e.shared_intermediate =
      keys.integer("shared_expert_intermediate_size", "experts.shared_intermediate");
  e.shared_gate = true;
}

void read_qwen3_moe(key_reader& keys, imported_model& into) {
  read_qwen3(keys, into);
  read_qwen_experts(keys, into);
}

void read_latent(key_reader& keys, imported_model& into) {
  attention_spec& a = into.model.attention;
  a.kind = attention_kind::latent;
  a.heads = keys.integer("num_attention_heads", "attention.heads");
  a.q_lora_rank = keys.integer_or("q_lora_rank", 0, "attention.q_lora_rank");
  a.kv_lora_rank = keys.integer("kv_lora_rank", "attention.kv_lora_rank");
  a.qk_nope_head_dim = keys.integer("qk_nope_head_dim", "attention.qk_nope_head_dim");
  a.qk_rope_head_dim = keys.integer("qk_rope_head_dim", "attention.qk_rope_head_dim");
  a.v_head_dim = keys.integer("v_head_dim", "attention.v_head_dim");
  const int kv_heads = keys.integer_or("num_key_value_heads", a.heads);
  if (kv_heads != a.heads) {
    keys.problem(
        "num_key_value_heads",
        fmt::format("{} with latent attention of {} heads; expected the same", kv_heads, a.heads));
  }
  if (keys.flag_or("attention_bias", false)) {
    keys.problem("attention_bias", "latent attention with biases is not understood");
  }
  for (const char* derived : {"head_dim", "qk_head_dim"}) {
    const std::int64_t query = std::int64_t{a.qk_nope_head_dim} + a.qk_rope_head_dim;
    const std::int64_t given = keys.long_integer_or(derived, query);
    if (given != query && given != a.qk_rope_head_dim) {
      keys.problem(derived, fmt::format("{}; expected qk_nope_head_dim + qk_rope_head_dim = {}, or "
                                        "the rotated part of it",
                                        given, query));
    }
  }
}

void read_deepseek(key_reader& keys, imported_model& into) {
  read_latent(keys, into);
  language_model& model = into.model;
  expert_spec& e = model.experts;
  const auto routed = keys.optional_integer("n_routed_experts", "experts.experts");
  const auto dense_layers = static_cast<std::size_t>(keys.integer_or("first_k_dense_replace", 0));
  const int every = keys.integer_or("moe_layer_freq", 1);
  if (every < 1) keys.problem("moe_layer_freq", "expected at least 1");
  const bool dense = dense_layers > 0 || every != 1 || !routed;
  if (dense || keys.has("intermediate_size")) read_dense(keys, into);
  const std::string method = keys.text("topk_method").value_or("");
  if (!routed) return;
  e.experts = *routed;
  e.per_token = keys.integer("num_experts_per_tok", "experts.per_token");
  e.intermediate = keys.integer("moe_intermediate_size", "experts.intermediate");
  e.shared = keys.integer_or("n_shared_experts", 0);
  const std::int64_t together = std::int64_t{e.shared} * e.intermediate;
  if (together > (1 << 22)) {
    keys.problem("n_shared_experts", fmt::format("{} is out of range", e.shared));
  } else {
    e.shared_intermediate = static_cast<int>(together);
  }
  e.router_bias = method == "noaux_tc";  // a correction for each expert
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    model.layers[i].experts =
        i >= dense_layers && every > 0 && i % static_cast<std::size_t>(every) == 0;
  }
}

void read_deepseek_v32(key_reader& keys, imported_model& into) {
  read_deepseek(keys, into);
  attention_spec& a = into.model.attention;
  a.index_heads = keys.integer("index_n_heads", "attention.index_heads");
  a.index_head_dim = keys.integer("index_head_dim", "attention.index_head_dim");
  a.index_topk = keys.integer("index_topk", "attention.index_topk");
  if (a.index_topk == 0) keys.problem("index_topk", "expected at least 1");
  if (a.index_head_dim < 1) return;
  // As in the code that DeepSeek published with the model; the file does not say.
  into.model.types.index_cache = fp8_blocks(1, a.index_head_dim);
  into.assumed.push_back({"index_head_dim", "keys of the indexer are kept in fp8, a scale each"});
}

void read_gpt_oss(key_reader& keys, imported_model& into) {
  constexpr int head_dim_without_key = 64;
  read_grouped(keys, into, head_dim_without_key);
  language_model& model = into.model;
  attention_spec& a = model.attention;
  a.qkv_bias = a.output_bias = keys.flag_or("attention_bias", true);
  a.sinks = true;
  expert_spec& e = model.experts;
  e.intermediate = keys.integer("intermediate_size", "experts.intermediate");
  e.experts = keys.integer("num_local_experts", "experts.experts");
  e.per_token = keys.integer("num_experts_per_tok", "experts.per_token");
  if (keys.integer_or("experts_per_token", e.per_token) != e.per_token) {
    keys.problem("experts_per_token",
                 fmt::format("expected {}, as num_experts_per_tok says", e.per_token));
  }
  e.bias = e.router_bias = true;
  for (decoder_layer& layer : model.layers) layer.experts = true;
  const int window = keys.integer("sliding_window", "layers.window");
  if (read_layer_types(keys, into, window)) return;
  into.assumed.push_back({"layer_types", "not given: every other layer, the first one, slides"});
  for (std::size_t i = 0; i < model.layers.size(); i += 2) model.layers[i].window = window;
}

}  // namespace

const std::vector<model_family>& model_families() {
  static const std::vector<model_family> families = {
      {"llama", "LlamaForCausalLM", read_llama},
      {"mistral", "MistralForCausalLM", read_mistral},
      {"mixtral", "MixtralForCausalLM", read_mixtral},
      {"qwen2", "Qwen2ForCausalLM", read_qwen2_dense},
      {"qwen2_moe", "Qwen2MoeForCausalLM", read_qwen2_moe},
      {"qwen3", "Qwen3ForCausalLM", read_qwen3_dense},
      {"qwen3_moe", "Qwen3MoeForCausalLM", read_qwen3_moe},
      {"deepseek_v2", "DeepseekV2ForCausalLM", read_deepseek},
      {"deepseek_v3", "DeepseekV3ForCausalLM", read_deepseek},
      {"deepseek_v32", "DeepseekV32ForCausalLM", read_deepseek_v32},
      {"gpt_oss", "GptOssForCausalLM", read_gpt_oss},
  };
  return families;
}

}  // namespace lamina::config
