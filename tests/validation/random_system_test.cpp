// SPDX-License-Identifier: Apache-2.0
// Random systems: the same for the same seed, possible, and of every kind.
#include "lamina/validation/random_system.h"

#include <gtest/gtest.h>

#include <set>

#include "kinds.h"
#include "lamina/models/llm_system_step.h"
#include "lamina/models/network_graph.h"

namespace lamina::validation {
namespace {

TEST(random_system, is_the_same_for_the_same_seed_and_index) {
  const random_system_case a = draw_system_case(7, 3);
  const random_system_case b = draw_system_case(7, 3);
  EXPECT_EQ(name_of(a.mapping), name_of(b.mapping));
  EXPECT_EQ(a.model_name, b.model_name);
  EXPECT_EQ(endpoints_of(a.spec.network), endpoints_of(b.spec.network));
  EXPECT_EQ(a.spec.network.levels.front().latency, b.spec.network.levels.front().latency);
}

TEST(random_system, can_exist_and_covers_its_axes) {
  std::set<std::int64_t> chips;
  std::set<std::size_t> levels;
  bool tensor = false, pipeline = false, data = false, experts = false;
  bool sequence = false, context = false, weights = false;
  for (int index = 0; index < 60; ++index) {
    const random_system_case one = draw_system_case(1, index);
    const std::int64_t count = endpoints_of(one.spec.network);
    EXPECT_GE(count, 2);
    EXPECT_LE(count, 64);
    EXPECT_TRUE(check(one.spec).empty());
    EXPECT_TRUE(check(one.mapping, one.model, count).empty());
    EXPECT_LE(footprint_of(one.model, one.phase, one.mapping).total_bytes(),
              one.spec.memory_bytes());
    chips.insert(count);
    levels.insert(one.spec.network.levels.size());
    tensor = tensor || one.mapping.tensor > 1;
    pipeline = pipeline || one.mapping.pipeline > 1;
    data = data || one.mapping.data > 1;
    sequence = sequence || one.mapping.sequence > 1;
    context = context || one.mapping.context > 1;
    weights = weights || one.mapping.fsdp > 1;
    experts = experts || one.mapping.expert > 1;
  }
  EXPECT_EQ(chips.size(), 6U);
  EXPECT_EQ(levels.size(), 3U);
  EXPECT_TRUE(tensor && pipeline && data && experts);
  EXPECT_TRUE(sequence && context && weights);
}

TEST(random_system, one_case_is_answered_by_both_paths) {
  random_request request;
  request.seed = 1;
  request.only = 3;
  validation_context context;
  context.jobs = 1;
  const random_answer answer = system_component().run(request, context);
  ASSERT_EQ(answer.cases.size(), 1U);
  ASSERT_TRUE(answer.cases.front().error_analytical) << answer.cases.front().reason;
  EXPECT_FALSE(answer.configuration.empty());
}

}  // namespace
}  // namespace lamina::validation
