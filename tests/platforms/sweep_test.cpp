// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/sweep.h"

#include <gtest/gtest.h>

namespace lamina::platforms {
namespace {

TEST(sweep, has_one_point_without_axes) {
  EXPECT_EQ(sweep_size({}, 10), 1U);
  ASSERT_EQ(sweep_points({}).size(), 1U);
  EXPECT_TRUE(sweep_points({})[0].empty());
}

TEST(sweep, changes_the_last_axis_fastest) {
  const auto points = sweep_points({{"a", {"1", "2"}}, {"b", {"x", "y"}}});
  const std::vector<sweep_point> expected = {
      {"a=1", "b=x"}, {"a=1", "b=y"}, {"a=2", "b=x"}, {"a=2", "b=y"}};
  EXPECT_EQ(points, expected);
}

TEST(sweep, size_stops_at_too_many_without_overflow) {
  const std::vector<std::string> many(1000, "0");
  std::vector<config::sweep_axis> axes;
  for (int i = 0; i < 30; ++i) axes.emplace_back("a", many);
  EXPECT_EQ(sweep_size(axes, 10001), 10001U);
}

}  // namespace
}  // namespace lamina::platforms
