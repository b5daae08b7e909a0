// SPDX-License-Identifier: Apache-2.0
// Models written down by hand for the tests of steps, one of each kind of attention.
#pragma once

#include "lamina/models/language_model.h"

namespace lamina::llm_models {

inline language_model llama_8b() {
  language_model model;
  model.name = "Llama-3.1-8B";
  model.hidden = 4096;
  model.vocabulary = 128256;
  model.context_limit = 131072;
  model.attention.heads = 32;
  model.attention.kv_heads = 8;
  model.attention.head_dim = 128;
  model.feed_forward.intermediate = 14336;
  model.layers.assign(32, {});
  return model;
}

inline language_model mixtral() {
  language_model model = llama_8b();
  model.name = "Mixtral-8x7B";
  model.vocabulary = 32000;
  model.experts.experts = 8;
  model.experts.per_token = 2;
  model.experts.intermediate = 14336;
  model.layers.assign(32, {0, true});
  return model;
}

/// Alternating windows, biases, sinks, experts in mxfp4.
inline language_model gpt_oss() {
  language_model model;
  model.name = "GPT-OSS-120B";
  model.hidden = 2880;
  model.vocabulary = 201088;
  model.attention.heads = 64;
  model.attention.kv_heads = 8;
  model.attention.head_dim = 64;
  model.attention.qkv_bias = model.attention.output_bias = model.attention.sinks = true;
  model.experts.experts = 128;
  model.experts.per_token = 4;
  model.experts.intermediate = 2880;
  model.experts.bias = model.experts.router_bias = true;
  for (int i = 0; i < 36; ++i) model.layers.push_back({i % 2 == 0 ? 128 : 0, true});
  model.types.experts = mxfp4();
  return model;
}

inline language_model deepseek_v3() {
  language_model model;
  model.name = "DeepSeek-V3";
  model.hidden = 7168;
  model.vocabulary = 129280;
  attention_spec& a = model.attention;
  a.kind = attention_kind::latent;
  a.heads = 128;
  a.q_lora_rank = 1536;
  a.kv_lora_rank = 512;
  a.qk_nope_head_dim = 128;
  a.qk_rope_head_dim = 64;
  a.v_head_dim = 128;
  model.feed_forward.intermediate = 18432;
  model.experts.experts = 256;
  model.experts.per_token = 8;
  model.experts.intermediate = 2048;
  model.experts.shared = 1;
  model.experts.shared_intermediate = 2048;
  for (int i = 0; i < 61; ++i) model.layers.push_back({0, i >= 3});
  model_data_types& t = model.types;
  t.attention = t.indexer = t.dense = t.experts = fp8_blocks(128, 128);
  t.gemm_input = t.expert_input = fp8_blocks(1, 128);
  return model;
}

/// With the indexer of sparse attention.
inline language_model deepseek_v32() {
  language_model model = deepseek_v3();
  model.name = "DeepSeek-V3.2";
  model.attention.index_heads = 64;
  model.attention.index_head_dim = 128;
  model.attention.index_topk = 2048;
  model.types.index_cache = fp8_blocks(1, 128);
  return model;
}

inline language_model llama_70b() {
  language_model model = llama_8b();
  model.name = "Llama-3.3-70B";
  model.hidden = 8192;
  model.attention.heads = 64;
  model.feed_forward.intermediate = 28672;
  model.layers.assign(80, {});
  return model;
}

}  // namespace lamina::llm_models
