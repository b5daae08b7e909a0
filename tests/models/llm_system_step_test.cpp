// SPDX-License-Identifier: Apache-2.0
// Steps under a mapping: what ranks tell each other, and the memory that they need.
#include "lamina/models/llm_system_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "llm_models.h"
#include "mapping_sizes.h"

namespace lamina {
namespace {

using llm_models::deepseek_v3;
using llm_models::llama_70b;
using tests::mapping_of;

TEST(system_step, heads_are_exchanged_for_tokens) {
  mapping_spec m;
  m.sequence = 4;
  const llm_system_step step = system_step_of(llama_70b(), prefill(1, 4096), m);
  ASSERT_EQ(step.communications.size(), 2U);
  EXPECT_EQ(step.communications[0].name, "heads_exchange");
  // 1024 tokens of 16 query, 2 key and 2 value heads to each peer, and 16 heads back.
  EXPECT_EQ(step.communications[0].bytes, 1024.0 * (16 + 4) * 128 * 2);
  EXPECT_EQ(step.communications[1].name, "tokens_exchange");
  EXPECT_EQ(step.communications[1].bytes, 1024.0 * 16 * 128 * 2);
  const std::size_t after = static_cast<std::size_t>(step.communications[1].after);
  EXPECT_EQ(step.work.operators[after + 1].name, "output_projection");
}

TEST(system_step, keys_pass_a_prompts_queries_and_decoding_queries_pass_the_keys) {
  mapping_spec m;
  m.context = 4;
  const llm_system_step prompt = system_step_of(llama_70b(), prefill(1, 4096), m);
  ASSERT_EQ(prompt.communications.size(), 1U);
  EXPECT_EQ(prompt.communications[0].kind, collective_kind::all_gather);
  EXPECT_EQ(prompt.communications[0].bytes, 1024.0 * 2 * 8 * 128 * 2);
  const llm_system_step next = system_step_of(llama_70b(), decode(8, 4095), m);
  ASSERT_EQ(next.communications.size(), 2U);
  EXPECT_EQ(next.communications[0].bytes, 2.0 * 8192 * 2);  // of 2 sequences
  EXPECT_EQ(next.communications[1].kind, collective_kind::reduce_scatter);
  EXPECT_EQ(next.communications[1].bytes, 8.0 * 8192 * 2);
}

TEST(system_step, a_layer_gathers_the_weights_of_the_next) {
  const language_model model = deepseek_v3();
  mapping_spec m = mapping_of(1, 1, 8, 2);
  m.fsdp = 8;
  llm_step_options options;
  options.experts = expert_share::mean;
  options.sharding = m.sharding();
  const auto weights = layer_weights_of(model, options);
  const llm_system_step step = system_step_of(model, decode(64, 100), m, options);
  double gathered = 0;
  for (const llm_communication& c : step.communications) {
    if (!c.gathers_weights()) continue;
    EXPECT_EQ(c.kind, collective_kind::all_gather);
    const bool experts = c.group == communication_group::expert_weights;
    EXPECT_EQ(c.layers, c.after < 40 && !experts ? c.layers : 58);
    gathered += c.bytes * c.layers * (experts ? 4 : 8);
  }
  // All weights of all layers, of which a rank holds half of the experts.
  double all = 0;
  all += 3 * weights[0].common + 58 * (weights[1].common + weights[1].experts);
  EXPECT_NEAR(gathered / all, 1, 1e-9);
  EXPECT_NEAR(58 * weights[1].experts / 653.9e9 * 2, 1, 0.01);  // 256 x 3 x 7168 x 2048 fp8 each
}

TEST(system_step, weights_that_nobody_shares_stay) {
  for (const llm_communication& c :
       system_step_of(llama_70b(), decode(64, 100), mapping_of(2, 1, 4, 1)).communications) {
    EXPECT_FALSE(c.gathers_weights());
  }
}

TEST(system_step, latent_rows_are_decoded_in_parts) {
  mapping_spec m;
  m.context = 4;
  const language_model model = deepseek_v3();
  llm_step_options options;
  options.experts = expert_share::mean;
  const llm_system_step step = system_step_of(model, decode(8, 4095), m, options);
  ASSERT_GE(step.communications.size(), 2U);
  // Of 2 sequences, 128 heads with a query of 512 + 64 numbers, and sums of 512 for all 8.
  EXPECT_EQ(step.communications[0].name, "queries_gather");
  EXPECT_EQ(step.communications[0].bytes, 2.0 * 128 * (512 + 64) * 2);
  EXPECT_EQ(step.communications[1].name, "parts_reduce");
  EXPECT_EQ(step.communications[1].bytes, 8.0 * 128 * 512 * 2);
  const auto named = [&](std::string_view name) {
    return *std::find_if(step.work.operators.begin(), step.work.operators.end(),
                         [&](const llm_operator& op) { return op.name == name; });
  };
  EXPECT_EQ(named("query_absorption").gemm.m, 2);
  EXPECT_EQ(named("attention").attention[0].rows, 1024);
  EXPECT_EQ(named("attention").attention[0].sequences, 8);
  EXPECT_EQ(named("value_expansion").gemm.m, 2);
}

TEST(system_step, expanded_keys_of_a_latent_prompt_pass_all_ranks) {
  mapping_spec m;
  m.context = 4;
  const llm_system_step step = system_step_of(deepseek_v3(), prefill(1, 4096), m);
  const llm_communication& ring = step.communications[0];
  EXPECT_EQ(ring.name, "keys_ring");
  EXPECT_EQ(step.work.operators[static_cast<std::size_t>(ring.after)].name, "key_value_expansion");
  EXPECT_EQ(step.work.operators[static_cast<std::size_t>(ring.after)].gemm.m, 1024);
  EXPECT_EQ(ring.bytes, 1024.0 * (128 * (128 + 128) + 64) * 2);
}

TEST(system_step, an_indexers_keys_and_choices_are_told_to_ranks_with_other_tokens) {
  mapping_spec m;
  m.sequence = 4;
  const llm_system_step step = system_step_of(llm_models::deepseek_v32(), decode(8, 4095), m);
  std::vector<std::string_view> names;
  for (const llm_communication& c : step.communications) names.push_back(c.name);
  ASSERT_GE(names.size(), 4U);
  EXPECT_EQ(names[1], "index_keys_gather");
  EXPECT_EQ(names[2], "selection_gather");
  EXPECT_EQ(step.communications[2].bytes, 2.0 * 2048 * 4);  // positions of 2 tokens
}

TEST(system_footprint, shared_weights_leave_room_for_two_layers) {
  const language_model model = llama_70b();
  const llm_phase phase = decode(8, 1024);
  mapping_spec m = mapping_of(1, 1, 8, 1);
  const llm_footprint whole = footprint_of(model, phase, m);
  m.fsdp = 8;
  const llm_footprint shared = footprint_of(model, phase, m);
  const double outer = 2.0 * 128256 * 8192 * 2;
  const double layers = whole.weight_bytes - outer;
  EXPECT_NEAR(shared.weight_bytes, outer + layers / 8, 1e6);
  EXPECT_NEAR(shared.gathered_bytes, 2 * layers / 80 * 7 / 8, 1e6);
  EXPECT_EQ(whole.gathered_bytes, 0);
  EXPECT_EQ(shared.kv_bytes, whole.kv_bytes);
  EXPECT_NE(out_of_memory(shared, 1e9).find("gathered weights"), std::string::npos);
}

TEST(system_footprint, parts_of_the_cache_are_smaller) {
  mapping_spec one;
  one.data = 1;
  mapping_spec four;
  four.context = 4;
  const llm_phase phase = decode(8, 4095);
  const double whole = footprint_of(llama_70b(), phase, one).kv_bytes;
  EXPECT_DOUBLE_EQ(footprint_of(llama_70b(), phase, four).kv_bytes, whole / 4);
  four.context = 1;
  four.sequence = 4;
  EXPECT_DOUBLE_EQ(footprint_of(llama_70b(), phase, four).kv_bytes, whole / 4);
}

TEST(system_step, communication_of_a_tensor_parallel_layer) {
  const llm_system_step step = system_step_of(llama_70b(), decode(16, 100), mapping_of(8, 1, 1, 1));
  ASSERT_EQ(step.communications.size(), 4U);
  EXPECT_EQ(step.communications[0].name, "embedding_reduce");
  for (const std::size_t i : {1U, 2U}) {
    const llm_communication& c = step.communications[i];
    EXPECT_EQ(c.kind, collective_kind::all_reduce);
    EXPECT_EQ(c.bytes, 16 * 8192 * 2);
    EXPECT_EQ(c.layers, 80);
  }
  EXPECT_EQ(step.communications[3].kind, collective_kind::all_gather);
  EXPECT_EQ(step.communications[3].bytes, 16.0 * 128256 / 8 * 2);
}

TEST(system_step, tokens_travel_to_experts_of_other_replicas) {
  llm_step_options options;
  options.experts = expert_share::mean;
  const language_model model = deepseek_v3();
  const llm_system_step step =
      system_step_of(model, decode(256, 100), mapping_of(1, 1, 8, 8), options);
  EXPECT_EQ(step.phase.tokens(), 32);
  std::vector<const llm_communication*> there;
  for (const llm_communication& c : step.communications) there.push_back(&c);
  ASSERT_EQ(there.size(), 2U);
  EXPECT_EQ(there[0]->name, "dispatch");
  EXPECT_EQ(there[1]->name, "combine");
  // 1 - C(224, 8) / C(256, 8) of 32 tokens meet an expert of each of 8 ranks.
  double none = 1;
  for (int i = 0; i < 8; ++i) none *= (224.0 - i) / (256 - i);
  EXPECT_NEAR(there[1]->bytes, 32 * (1 - none) * 7168 * 2, 1e-6);
  // fp8 with a scale for 128 values on the way there.
  EXPECT_NEAR(there[0]->bytes, 32 * (1 - none) * (7168 + 7168 / 128 * 4), 1e-6);
}

TEST(system_step, stages_share_the_layers) {
  const llm_system_step step =
      system_step_of(deepseek_v3(), decode(64, 100), mapping_of(1, 4, 1, 1));
  int dense = 0;
  int sparse = 0;
  for (const std::vector<int>& stage : step.stages) {
    dense += stage[0];
    sparse += stage[1];
    EXPECT_LE(stage[0] + stage[1], 16);
    EXPECT_GE(stage[0] + stage[1], 15);
  }
  EXPECT_EQ(dense, 3);
  EXPECT_EQ(sparse, 58);
  EXPECT_EQ(step.phase.tokens(), 16);
  EXPECT_EQ(step.communications.back().kind, collective_kind::send_receive);
  EXPECT_EQ(step.communications.back().layers, 3);
}

TEST(system_footprint, stages_and_ranks_divide_the_weights) {
  const language_model model = llama_70b();
  const llm_phase phase = decode(8, 1024);
  const double whole = parameters_of(model).bytes;
  const double eighth = footprint_of(model, phase, mapping_of(8, 1, 1, 1)).weight_bytes;
  EXPECT_NEAR(eighth / (whole / 8), 1, 0.001);  // norms are on every rank
  const double quarter = footprint_of(model, phase, mapping_of(1, 4, 1, 1)).weight_bytes;
  EXPECT_GT(quarter, whole / 4);
  EXPECT_LT(quarter, whole / 4 + 128256.0 * 8192 * 2);
}

}  // namespace
}  // namespace lamina
