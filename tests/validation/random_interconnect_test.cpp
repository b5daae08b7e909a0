// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_interconnect.h"

#include <gtest/gtest.h>

#include <set>

#include "lamina/models/interconnect_check.h"

namespace lamina::validation {
namespace {

TEST(random_interconnect, draws_hold_together_and_are_the_same_again) {
  for (int index = 0; index < 200; ++index) {
    const random_network_case drawn = draw_network_case(5, index);
    EXPECT_TRUE(check(drawn.spec).empty()) << index;
    EXPECT_TRUE(check(drawn.workload, drawn.spec).empty()) << index;
    EXPECT_LE(endpoints_of(drawn.spec), 256);
    const random_network_case again = draw_network_case(5, index);
    EXPECT_EQ(drawn.group, again.group);
    EXPECT_EQ(drawn.spec.levels[0].bandwidth_bytes_per_s,
              again.spec.levels[0].bandwidth_bytes_per_s);
    EXPECT_EQ(drawn.workload.transfers.size(), again.workload.transfers.size());
  }
}

TEST(random_interconnect, draws_reach_every_shape_level_count_and_algorithm) {
  std::set<network_shape> shapes;
  std::set<std::size_t> levels;
  std::set<collective_kind> kinds;
  std::set<collective_algorithm> algorithms;
  std::size_t most_groups = 0;
  for (int index = 0; index < 400; ++index) {
    const random_network_case drawn = draw_network_case(6, index);
    for (const network_level& level : drawn.spec.levels) shapes.insert(level.shape);
    levels.insert(drawn.spec.levels.size());
    for (const collective& item : drawn.workload.collectives) {
      kinds.insert(item.kind);
      algorithms.insert(item.algorithm);
    }
    most_groups = std::max(most_groups, drawn.workload.collectives.size());
  }
  EXPECT_EQ(shapes.size(), 8u);
  EXPECT_EQ(levels.size(), 3u);
  EXPECT_EQ(kinds.size(), 6u);
  EXPECT_EQ(algorithms.size(), 8u);
  EXPECT_GT(most_groups, 8u);
}

}  // namespace
}  // namespace lamina::validation
