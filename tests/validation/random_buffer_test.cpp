// SPDX-License-Identifier: Apache-2.0
// The random buffers: drawn the same again, able to exist, and over the whole range of each axis.
#include "lamina/validation/random_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace lamina::validation {
namespace {

TEST(random_buffer, draws_the_same_case_again_whatever_else_was_drawn) {
  const random_buffer_case first = draw_buffer_case(7, 3);
  draw_buffer_case(7, 2);
  const random_buffer_case again = draw_buffer_case(7, 3);
  EXPECT_EQ(first.spec.capacity_bytes, again.spec.capacity_bytes);
  EXPECT_EQ(first.workload.seed, again.workload.seed);
  EXPECT_NE(first.workload.seed, draw_buffer_case(8, 3).workload.seed);
}

TEST(random_buffer, draws_what_can_exist_over_the_whole_range_of_each_axis) {
  std::set<int> banks, ports, words, depths;
  std::set<std::string> groups;
  int most_in_flight = 0;
  std::uint32_t least_block = ~0U, most_block = 0;
  for (int index = 0; index < 500; ++index) {
    const random_buffer_case drawn = draw_buffer_case(1, index);
    ASSERT_TRUE(check(drawn.spec).empty());
    ASSERT_TRUE(check(drawn.workload, drawn.spec).empty());
    banks.insert(drawn.spec.banks);
    ports.insert(drawn.spec.ports);
    words.insert(drawn.spec.bank_bytes);
    depths.insert(drawn.spec.depth);
    groups.insert(drawn.group);
    most_in_flight = std::max(most_in_flight, drawn.spec.in_flight);
    least_block = std::min(least_block, drawn.workload.block_bytes);
    most_block = std::max(most_block, drawn.workload.block_bytes);
  }
  EXPECT_EQ(*banks.begin(), 1);
  EXPECT_EQ(*banks.rbegin(), 64);
  EXPECT_EQ(ports.size(), 16U);
  EXPECT_EQ(words, (std::set<int>{4, 8, 16, 32, 64, 128}));
  EXPECT_EQ(depths.size(), 8U);
  EXPECT_EQ(groups.size(), 6U);
  EXPECT_GT(most_in_flight, 900);
  EXPECT_EQ(least_block, 4U);
  EXPECT_GT(most_block, 60'000U);
}

}  // namespace
}  // namespace lamina::validation
