// SPDX-License-Identifier: Apache-2.0
// A mix of requests: what stays in a step, and how prompts are cut.
#include "lamina/models/request_mix.h"

#include <gtest/gtest.h>

namespace lamina {
namespace {

const request_mix mix = {{{1000, 300, 3}, {5000, 100, 1}}, 2000};

TEST(request_mix, sequences_decode_as_often_as_their_answers_are_long) {
  const llm_phase phase = mix.decoding(100);
  ASSERT_EQ(phase.groups.size(), 2U);
  EXPECT_EQ(phase.groups[0].count, 90);  // 3 x 300 of 1000 tokens
  EXPECT_EQ(phase.groups[1].count, 10);
  EXPECT_EQ(phase.groups[0].context, 1150);
  EXPECT_DOUBLE_EQ(mix.mean_output(), 250);
}

TEST(request_mix, every_batch_is_dealt_out_whole) {
  for (std::int64_t batch = 1; batch < 40; ++batch) {
    EXPECT_EQ(mix.decoding(batch).sequences(), batch);
  }
}

TEST(request_mix, prompts_are_cut_into_equal_chunks) {
  EXPECT_EQ(mix.chunks_of(0), 1);
  EXPECT_EQ(mix.chunks_of(1), 3);
  EXPECT_DOUBLE_EQ(mix.mean_chunks(), 1.5);
  const llm_phase chunk = mix.prompting(1, 4);
  EXPECT_EQ(chunk.groups[0].count, 4);
  EXPECT_EQ(chunk.groups[0].new_tokens, 1667);
  EXPECT_EQ(chunk.groups[0].context, 1667);  // of 0, 1667, 3334 in the mean
}

}  // namespace
}  // namespace lamina
