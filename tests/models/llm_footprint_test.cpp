// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_footprint.h"

#include <gtest/gtest.h>

#include "llm_models.h"

namespace lamina {
namespace {

constexpr double gib = 1 << 30;

TEST(llm_footprint, weights_are_all_parameters) {
  for (const language_model& model :
       {llm_models::llama_8b(), llm_models::mixtral(), llm_models::gpt_oss(),
        llm_models::deepseek_v3(), llm_models::deepseek_v32()}) {
    const double bytes = parameters_of(model).bytes;
    EXPECT_NEAR(footprint_of(model, decode(5, 100)).weight_bytes, bytes, 1e-9 * bytes)
        << model.name;
    language_model tied = model;
    tied.tied_embeddings = true;
    const double fewer = parameters_of(tied).bytes;
    EXPECT_NEAR(footprint_of(tied, decode(5, 100)).weight_bytes, fewer, 1e-9 * fewer);
  }
}

TEST(llm_footprint, cache_holds_every_sequence_after_the_step) {
  const llm_phase phase = mixed(decode(8, 4095), prefill(1, 1000));
  const llm_footprint f = footprint_of(llm_models::llama_8b(), phase);
  EXPECT_DOUBLE_EQ(f.kv_bytes, 131072.0 * (8 * 4096 + 1000));
  EXPECT_DOUBLE_EQ(f.index_bytes, 0);
  const llm_footprint sparse = footprint_of(llm_models::deepseek_v32(), decode(1, 9));
  EXPECT_DOUBLE_EQ(sparse.kv_bytes, 10 * 61 * 1152.0);
  EXPECT_DOUBLE_EQ(sparse.index_bytes, 10 * 61 * 132.0);
}

TEST(llm_footprint, layers_with_a_window_keep_no_more) {
  const llm_footprint f = footprint_of(llm_models::gpt_oss(), decode(1, 9999));
  EXPECT_DOUBLE_EQ(f.kv_bytes, 18 * 2048.0 * (128 + 10'000));
}

TEST(llm_footprint, activations_hold_the_largest_operator) {
  const llm_footprint f = footprint_of(llm_models::llama_8b(), prefill(1, 1000));
  // Residual stream; both halves of the gated product in, one out.
  EXPECT_DOUBLE_EQ(f.activation_bytes, 1000 * 2.0 * (4096 + 3 * 14336));
}

TEST(llm_footprint, tensor_ranks_share_weights_and_cache) {
  llm_step_options options;
  options.sharding = {8, 8};
  const language_model model = llm_models::mixtral();
  const llm_footprint whole = footprint_of(model, decode(8, 1000));
  const llm_footprint rank = footprint_of(model, decode(8, 1000), options);
  EXPECT_DOUBLE_EQ(8 * rank.kv_bytes, whole.kv_bytes);
  // Norms and router are on every rank.
  const double everywhere = 32 * (2 + 8) * 4096 * 2.0 + 4096 * 2;
  EXPECT_NEAR(8 * rank.weight_bytes, whole.weight_bytes + 7 * everywhere, 1);
}

TEST(llm_footprint, out_of_memory_tells_the_numbers) {
  const llm_footprint f = footprint_of(llm_models::llama_8b(), decode(64, 8191));
  EXPECT_EQ(out_of_memory(f, 64 * gib),
            "out of memory: weights 14.958 GiB, KV cache 64.000 GiB, "
            "activations 0.016 GiB; together 78.974 GiB, of which "
            "64.000 GiB fit: 14.974 GiB are missing");
  EXPECT_EQ(out_of_memory(f, 79 * gib), "");
}

TEST(llm_footprint, most_sequences_is_the_last_that_fits) {
  const language_model model = llm_models::llama_8b();
  const std::int64_t most = most_sequences(model, 4095, 24 * gib);
  EXPECT_EQ(most, 18);  // 9.04 GiB beside the weights, half a GiB each
  EXPECT_LE(footprint_of(model, decode(most, 4095)).total_bytes(), 24 * gib);
  EXPECT_GT(footprint_of(model, decode(most + 1, 4095)).total_bytes(), 24 * gib);
  EXPECT_EQ(most_sequences(model, 4095, 10 * gib), 0);
}

TEST(llm_footprint, longest_context_is_the_last_that_fits) {
  const language_model model = llm_models::llama_8b();
  const std::int64_t longest = longest_context(model, 24 * gib);
  EXPECT_LE(footprint_of(model, decode(1, longest)).total_bytes(), 24 * gib);
  EXPECT_GT(footprint_of(model, decode(1, longest + 1)).total_bytes(), 24 * gib);
  EXPECT_EQ(longest_context(model, 10 * gib), 0);
}

}  // namespace
}  // namespace lamina
