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

config::sweep_axis axis(const std::string& name, const std::vector<std::string>& values) {
  config::sweep_axis of{name, {}};
  for (const std::string& value : values) of.values.push_back({value, {name + '=' + value}});
  return of;
}

TEST(sweep, changes_the_last_axis_fastest) {
  const auto points = sweep_points({axis("a", {"1", "2"}), axis("b", {"x", "y"})});
  ASSERT_EQ(points.size(), 4U);
  const char* expected[] = {"a=1 b=x", "a=1 b=y", "a=2 b=x", "a=2 b=y"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(points[i].text(), expected[i]);
    EXPECT_EQ(points[i].settings, points[i].labels);
  }
}

TEST(sweep, a_label_stands_for_all_that_it_sets) {
  const config::sweep_axis stack{"stack", {{"half", {"layers=8", "connected=4"}}, {"full", {}}}};
  const auto points = sweep_points({axis("a", {"1"}), stack});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].text(), "a=1 stack=half");
  EXPECT_EQ(points[0].settings, (std::vector<std::string>{"a=1", "layers=8", "connected=4"}));
  EXPECT_EQ(points[1].settings, (std::vector<std::string>{"a=1"}));
}

TEST(sweep, size_stops_at_too_many_without_overflow) {
  const std::vector<std::string> many(1000, "0");
  const std::vector<config::sweep_axis> axes(30, axis("a", many));
  EXPECT_EQ(sweep_size(axes, 10001), 10001U);
}

}  // namespace
}  // namespace lamina::platforms
