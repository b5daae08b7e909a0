// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/front.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "lamina/explore/store.h"

namespace lamina::explore {
namespace {

std::vector<point_result> random_points(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<point_result> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i].point = i;
    points[i].what =
        random() % 8 == 0 ? point_result::state::infeasible : point_result::state::feasible;
    for (double& value : points[i].values) value = static_cast<double>(random() % 200);
  }
  return points;
}

TEST(front, equals_a_direct_enumeration) {
  const std::vector<metric> by = {metric::tokens_per_s, metric::tokens_per_s_user,
                                  metric::die_area};
  const auto points = random_points(4000, 7);
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].what != point_result::state::feasible) continue;
    bool beaten = false;
    for (const point_result& other : points) {
      if (other.what != point_result::state::feasible) continue;
      const auto& a = other.values;
      const auto& b = points[i].values;
      const bool no_worse = a[0] >= b[0] && a[1] >= b[1] && a[3] <= b[3];
      beaten = beaten || (no_worse && (a[0] > b[0] || a[1] > b[1] || a[3] < b[3]));
    }
    if (!beaten) expected.push_back(i);
  }
  EXPECT_EQ(front_of(points, by), expected);
  EXPECT_GT(expected.size(), 3U);
}

space small_space() {
  space of;
  of.name = "small";
  of.hash = "0123";
  for (const char* name : {"a", "b", "c"}) {
    config::sweep_axis axis{name, {}};
    for (int v = 0; v < 16; ++v) {
      axis.values.push_back({std::to_string(v), {name + ("=" + std::to_string(v))}});
    }
    of.axes.push_back(axis);
  }
  of.mix.push_back({});
  return of;
}

TEST(sampling, meets_every_value_of_an_axis) {
  for (const auto method : {sampling_method::sobol, sampling_method::latin_hypercube}) {
    space of = small_space();
    of.how = {method, 64, 3};
    const auto points = points_of(of);
    ASSERT_GT(points.size(), 60U);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      std::vector<int> met(16, 0);
      for (const std::uint64_t point : points) ++met[digits_of(of, point)[axis]];
      for (const int count : met) EXPECT_GE(count, 3) << name_of(method);
    }
  }
}

struct folder {
  folder() { std::filesystem::create_directories(path); }
  ~folder() { std::filesystem::remove_all(path); }
  std::string path = (std::filesystem::temp_directory_path() / "lamina_store_test").string();
};

TEST(store, gives_back_what_was_put_and_keeps_the_first) {
  const folder in;
  auto points = random_points(100, 1);
  {
    result_store store(in.path, small_space());
    store.put(points);
  }
  result_store again(in.path, small_space());
  points[0].why = "other";
  again.put(points);
  const auto found = again.results();
  ASSERT_EQ(found.size(), 100U);
  EXPECT_EQ(found[0].why, "");
  EXPECT_EQ(found[99].values, points[99].values);
}

TEST(store, refuses_another_space) {
  const folder in;
  { result_store store(in.path, small_space()); }
  space other = small_space();
  other.hash = "4567";
  EXPECT_THROW(result_store(in.path, other), store_error);
}

}  // namespace
}  // namespace lamina::explore
