// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_phase.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "llm_models.h"

namespace lamina {
namespace {

TEST(llm_phase, pairs_and_rows_are_those_counted_one_by_one) {
  for (std::int64_t context = 0; context <= 12; ++context) {
    for (std::int64_t fresh = 1; fresh <= 9; ++fresh) {
      for (std::int64_t window = 0; window <= 14; ++window) {
        double pairs = 0;
        std::set<std::int64_t> rows;
        for (std::int64_t query = context; query < context + fresh; ++query) {
          const std::int64_t first =
              window == 0 ? 0 : std::max<std::int64_t>(0, query + 1 - window);
          for (std::int64_t key = first; key <= query; ++key) {
            ++pairs;
            rows.insert(key);
          }
        }
        const sequence_group group = {1, context, fresh, true};
        EXPECT_DOUBLE_EQ(attended_pairs(group, window), pairs)
            << context << '+' << fresh << ", window " << window;
        EXPECT_DOUBLE_EQ(attended_rows(group, window), static_cast<double>(rows.size()))
            << context << '+' << fresh << ", window " << window;
      }
    }
  }
}

TEST(llm_phase, chunks_make_up_the_prompt_and_only_the_last_one_samples) {
  double pairs = 0;
  std::int64_t tokens = 0;
  std::int64_t sampled = 0;
  for (int i = 0; i < 4; ++i) {
    const llm_phase chunk = chunk_of_prefill(3, 1000, 300, i);
    pairs += attended_pairs(chunk.groups[0], 0);
    tokens += chunk.tokens();
    sampled += chunk.sampled();
  }
  EXPECT_DOUBLE_EQ(pairs, attended_pairs(prefill(3, 1000).groups[0], 0));
  EXPECT_EQ(tokens, 3000);
  EXPECT_EQ(sampled, 3);
}

TEST(llm_phase, mixed_steps_hold_contexts_of_different_length) {
  const llm_phase step =
      mixed(mixed(decode(4, 100), decode(2, 5000)), chunk_of_prefill(1, 512, 256, 0));
  EXPECT_EQ(step.sequences(), 7);
  EXPECT_EQ(step.tokens(), 4 + 2 + 256);
  EXPECT_EQ(step.sampled(), 6);
  EXPECT_EQ(step.longest(), 5001);
}

TEST(llm_phase, empty_batches_and_steps_are_errors) {
  EXPECT_EQ(check(decode(0, 10)).at(0).path, "groups.0.count");
  EXPECT_EQ(check(prefill(1, 0)).at(0).path, "groups.0.new_tokens");
  EXPECT_EQ(check(decode(1, -1)).at(0).path, "groups.0.context");
  EXPECT_EQ(check(llm_phase{}).at(0).path, "groups");
  EXPECT_EQ(check(decode(std::int64_t{1} << 31, std::int64_t{1} << 31)).size(), 1U);
  EXPECT_TRUE(check(decode(1024, 131072)).empty());
}

TEST(llm_phase, a_context_beyond_the_limit_is_a_warning) {
  const language_model model = llm_models::llama_8b();
  EXPECT_TRUE(warnings(decode(1, 131071), model).empty());
  const auto found = warnings(decode(1, 131072), model);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].message.find("131073 tokens is beyond the 131072"), std::string::npos);
}

}  // namespace
}  // namespace lamina
