// SPDX-License-Identifier: Apache-2.0
// A system that serves requests: what users and the owner see adds up.
#include "lamina/platforms/serving.h"

#include <gtest/gtest.h>

#include "lamina/config/system_platform.h"

namespace lamina::platforms {
namespace {

struct node {
  config::system_platform platform = *config::known_system("8xb200");
  analytical::llm_system system{platform.system()};
  language_model model = platform.workload.imported.model;
  mapping_spec mapping = platform.mapping.given;
  serving_result serving(const request_mix& mix, std::int64_t batch) {
    return serve(system, model, mix, batch, mapping);
  }
};

TEST(serving, long_answers_to_short_prompts_are_decoding) {
  node n;
  const request_mix mix = {{{1, 100000, 1}}, 0};
  const double step = n.system.step(n.model, decode(16, 50001), n.mapping).seconds;
  EXPECT_NEAR(n.serving(mix, 16).token_s, step, 1e-3 * step);
}

TEST(serving, every_request_gets_its_prompt_and_its_answer) {
  node n;
  const request_mix mix = {{{1000, 200, 1}, {3000, 400, 1}}, 512};
  const serving_result s = n.serving(mix, 32);
  EXPECT_FALSE(s.prompts_bound);
  EXPECT_DOUBLE_EQ(s.output_tokens_per_s, s.requests_per_s * 300);
  EXPECT_DOUBLE_EQ(s.prompt_tokens_per_s, s.requests_per_s * 2000);
  // Steps with prompts a second are the chunks of the requests that begin in it.
  EXPECT_NEAR(s.steps_with_prompts / s.token_s, s.requests_per_s * mix.mean_chunks(), 1e-9);
  EXPECT_GT(s.longest_token_s, s.token_s);
}

TEST(serving, prompts_that_take_all_steps_bound_the_batch) {
  node n;
  const request_mix mix = {{{8192, 64, 1}}, 512};  // 16 steps of prompts for 64 of an answer
  const serving_result s = n.serving(mix, 32);
  EXPECT_TRUE(s.prompts_bound);
  EXPECT_EQ(s.batch, 4);
  EXPECT_DOUBLE_EQ(s.steps_with_prompts, 1);
}

TEST(serving, smaller_chunks_delay_the_first_token_and_smooth_the_others) {
  node n;
  const serving_result large = n.serving({{{8192, 1024, 1}}, 4096}, 16);
  const serving_result small = n.serving({{{8192, 1024, 1}}, 512}, 16);
  EXPECT_GT(small.first_token_s, large.first_token_s);
  EXPECT_LT(small.longest_token_s, large.longest_token_s);
}

}  // namespace
}  // namespace lamina::platforms
