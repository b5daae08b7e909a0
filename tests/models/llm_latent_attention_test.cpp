// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lamina/models/llm_operators.h"
#include "llm_models.h"

namespace lamina {
namespace {

/// Sum over the operators of a name in the layers with experts.
double flops_of(const llm_step& step, std::string_view name) {
  double sum = 0;
  for (const llm_operator& op : step.operators) {
    if (op.name == name && op.group == 1) sum += op.matrix_flops;
  }
  return sum;
}

bool has(const llm_step& step, std::string_view name) { return flops_of(step, name) > 0; }

TEST(latent_attention, decode_runs_absorbed_against_compressed_rows) {
  const llm_step step = operators_of(llm_models::deepseek_v3(), decode(2, 999));
  // 128 heads against rows of 512 + 64, and values of 512, for 1000 keys of each sequence.
  EXPECT_DOUBLE_EQ(flops_of(step, "attention"), 2 * 2.0 * 128 * 1000 * (576 + 512));
  EXPECT_DOUBLE_EQ(flops_of(step, "query_absorption"), 2 * 2.0 * 128 * 128 * 512);
  EXPECT_DOUBLE_EQ(flops_of(step, "value_expansion"), 2 * 2.0 * 128 * 128 * 512);
  EXPECT_FALSE(has(step, "key_value_expansion"));
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 61 * 2 * 1000.0 * 576 * 2);
  EXPECT_DOUBLE_EQ(step.bytes().kv_written, 61 * 2 * 576.0 * 2);
}

TEST(latent_attention, prefill_expands_keys_and_values) {
  const llm_step step = operators_of(llm_models::deepseek_v3(), prefill(1, 1000));
  EXPECT_DOUBLE_EQ(flops_of(step, "attention"), 2.0 * 128 * 500'500 * (192 + 128));
  EXPECT_DOUBLE_EQ(flops_of(step, "key_value_expansion"), 2.0 * 1000 * 512 * 128 * 256);
  EXPECT_FALSE(has(step, "query_absorption"));
  // Once for the expansion (512), once for the rotated part (64).
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 61 * 1000.0 * 576 * 2);
}

TEST(latent_attention, a_short_chunk_on_a_long_context_takes_the_cheaper_way) {
  const language_model model = llm_models::deepseek_v3();
  const auto chunk = [](std::int64_t fresh) { return llm_phase{{{1, 30'000, fresh, true}}}; };
  EXPECT_TRUE(has(operators_of(model, chunk(8)), "query_absorption"));
  EXPECT_TRUE(has(operators_of(model, chunk(512)), "key_value_expansion"));
  // Around the change of way the FLOPs do not jump by more than the token that is added.
  double last = 0;
  bool absorbed = true;
  for (std::int64_t fresh = 100; fresh < 300; ++fresh) {
    const llm_step step = operators_of(model, chunk(fresh));
    const bool now = has(step, "query_absorption");
    if (absorbed && !now && fresh > 100) {
      EXPECT_LT(step.matrix_flops(),
                last * static_cast<double>(fresh + 1) / static_cast<double>(fresh - 1));
    }
    EXPECT_FALSE(!absorbed && now) << fresh;
    absorbed = now;
    last = step.matrix_flops();
  }
  EXPECT_FALSE(absorbed);
}

TEST(latent_attention, a_mixed_step_runs_both_ways) {
  const llm_step step =
      operators_of(llm_models::deepseek_v3(), mixed(prefill(1, 512), decode(8, 2000)));
  EXPECT_TRUE(has(step, "query_absorption"));
  EXPECT_TRUE(has(step, "key_value_expansion"));
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 61 * 1152.0 * (512 + 8 * 2001));
}

TEST(sparse_attention, attends_to_the_best_keys_and_scores_all) {
  const language_model model = llm_models::deepseek_v32();
  const llm_step step = operators_of(model, decode(4, 9'999));
  EXPECT_DOUBLE_EQ(flops_of(step, "attention"), 4 * 2.0 * 128 * 2048 * (576 + 512));
  EXPECT_DOUBLE_EQ(flops_of(step, "index_scores"), 4 * 2.0 * 64 * 128 * 10'000);
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 61 * 4 * 2048.0 * 1152);
  EXPECT_DOUBLE_EQ(step.bytes().index_read, 61 * 4 * 10'000.0 * 132);
  EXPECT_DOUBLE_EQ(step.bytes().index_written, 61 * 4 * 132.0);
}

TEST(sparse_attention, is_dense_while_the_context_is_short) {
  const llm_step sparse = operators_of(llm_models::deepseek_v32(), decode(4, 1000));
  const llm_step dense = operators_of(llm_models::deepseek_v3(), decode(4, 1000));
  EXPECT_DOUBLE_EQ(flops_of(sparse, "attention"), flops_of(dense, "attention"));
  EXPECT_DOUBLE_EQ(sparse.bytes().kv_read, dense.bytes().kv_read);
}

TEST(sparse_attention, prefill_runs_absorbed_with_the_kept_pairs) {
  const llm_step step = operators_of(llm_models::deepseek_v32(), prefill(1, 4096));
  const double pairs = 2048.0 * 2049 / 2 + 2048.0 * 2048;
  EXPECT_DOUBLE_EQ(flops_of(step, "attention"), 2.0 * 128 * pairs * (576 + 512));
  EXPECT_FALSE(has(step, "key_value_expansion"));
}

}  // namespace
}  // namespace lamina
