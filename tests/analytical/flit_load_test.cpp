// SPDX-License-Identifier: Apache-2.0
// Random traffic in closed form: limits that can be worked out by hand.
#include "lamina/analytical/flit_load.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <utility>

namespace lamina::analytical {
namespace {

using shape = network_shape;

network_level level_of(network_shape kind, std::vector<int> sizes, int channels = 4) {
  network_level level;
  level.name = "network";
  level.shape = kind;
  level.sizes = std::move(sizes);
  level.transport = network_transport::flits;
  level.flits.virtual_channels = channels;
  return level;
}

injection_result uniform(const network_level& level, double load, int flits = 1) {
  return flit_load(level, injection_pattern::uniform, flits).at(load);
}

TEST(flit_load, without_load_a_packet_takes_2_and_4_a_router_and_a_clock_for_each_further_flit) {
  const std::vector<std::pair<network_level, double>> routers = {
      {level_of(shape::mesh, {8, 8}), 1 + 2 * 2.625},
      {level_of(shape::ring, {8}), 1 + 2.0},
      {level_of(shape::ring, {8}, 1), 1 + 2.625},  // a chain with one channel
      {level_of(shape::torus, {4, 4}), 1 + 2 * 1.0},
      {level_of(shape::switched, {8}), 1},
      {level_of(shape::fully_connected, {8}), 1 + 7.0 / 8},
      {level_of(shape::fat_tree, {4, 3}), 4.375}};
  for (const auto& [level, hops] : routers) {
    EXPECT_NEAR(uniform(level, 0).mean_hops, hops, 1e-9) << name_of(level.shape);
    EXPECT_NEAR(uniform(level, 0).mean_latency_clocks, 2 + 4 * hops, 1e-9);
    EXPECT_NEAR(uniform(level, 0, 5).mean_latency_clocks, 2 + 4 * hops + 4, 1e-9);
  }
}

TEST(flit_load, latency_rises_with_load_up_to_saturation_and_ends_there) {
  for (const network_level& level :
       {level_of(shape::mesh, {4, 4}), level_of(shape::ring, {8}), level_of(shape::switched, {16}),
        level_of(shape::fat_tree, {2, 3}), level_of(shape::mesh, {4, 4}, 1)}) {
    for (const int flits : {1, 5}) {
      const flit_load load(level, injection_pattern::uniform, flits);
      double before = 0;
      for (int i = 0; i < 20; ++i) {
        const injection_result now = load.at(load.saturation() * i / 20);
        EXPECT_TRUE(now.stable);
        EXPECT_GT(now.mean_latency_clocks, before);
        before = now.mean_latency_clocks;
      }
      EXPECT_FALSE(load.at(load.saturation() * 1.01).stable);
      EXPECT_TRUE(std::isinf(load.at(1).mean_latency_clocks));
    }
  }
}

TEST(flit_load, no_channel_carries_more_than_a_flit_a_clock) {
  // Half of the traffic of a side of the bisection crosses it: 2 flits a clock for load 1 on each
  // of the middle links of a row of 8.
  EXPECT_LT(flit_load(level_of(shape::mesh, {8, 8}), injection_pattern::uniform, 1).saturation(),
            0.5);
  EXPECT_LT(flit_load(level_of(shape::mesh, {16, 16}), injection_pattern::uniform, 1).saturation(),
            0.25);
  EXPECT_LT(flit_load(level_of(shape::ring, {16}), injection_pattern::uniform, 1).saturation(),
            0.5);
}

TEST(flit_load, one_channel_is_held_for_a_clock_more_than_the_packet_has_flits) {
  for (const int flits : {1, 3, 9}) {
    const flit_load load(level_of(shape::switched, {64}, 1), injection_pattern::uniform, flits);
    // 2 - sqrt(2) (Karol, Hluchyj and Morgan) for many ports, a little more for 64.
    const double bound = (2 - std::sqrt(2)) * flits / (flits + 1);
    EXPECT_GT(load.saturation(), bound);
    EXPECT_LT(load.saturation(), 1.02 * bound);
  }
}

TEST(flit_load, neighbours_of_a_torus_never_meet) {
  const flit_load load(level_of(shape::torus, {4, 4}), injection_pattern::neighbor, 1);
  EXPECT_NEAR(load.at(0.5).mean_latency_clocks, 2 + 4 * 3, 1e-9);
}

TEST(flit_load, a_slower_router_costs_a_clock_a_hop) {
  network_level level = level_of(shape::mesh, {4, 4});
  const injection_result fast = uniform(level, 0.2);
  ++level.flits.router_clocks;
  EXPECT_NEAR(uniform(level, 0.2).mean_latency_clocks - fast.mean_latency_clocks, fast.mean_hops,
              0.05);
}

TEST(flit_load, refuses_what_cannot_be) {
  EXPECT_THROW(uniform(level_of(shape::mesh, {0, 4}), 0.1), std::invalid_argument);
  EXPECT_THROW(uniform(level_of(shape::ring, {4}, 0), 0.1), std::invalid_argument);
  EXPECT_THROW(uniform(level_of(shape::ring, {4}), 0.1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::analytical
