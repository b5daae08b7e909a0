// SPDX-License-Identifier: Apache-2.0
// Random traffic: what must hold for latency and saturation, whatever the network.
#include "lamina/tlm/flit_injection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "flit_levels.h"

namespace lamina::sysc {
namespace {

using shape = network_shape;

injection_workload load_of(double load, int flits = 1) {
  injection_workload workload;
  workload.flits_per_endpoint_clock = load;
  workload.packet_flits = flits;
  workload.warm_up_clocks = 1000;
  workload.measured_clocks = 10'000;
  return workload;
}

TEST(flit_injection, hardly_any_load_gives_the_latency_of_lone_packets) {
  for (const network_level& level : every_flit_shape()) {
    injection_workload workload = load_of(0.002);
    workload.measured_clocks = 50'000;
    const injection_result result = simulate_injection(level, workload);
    EXPECT_TRUE(result.stable);
    EXPECT_NEAR(result.mean_latency_clocks, 2 + 4 * result.mean_hops, 0.1) << level.name;
  }
}

TEST(flit_injection, what_is_offered_is_accepted_until_saturation) {
  const network_level level = flit_level(shape::mesh, {4, 4});
  for (const double load : {0.1, 0.3, 0.5}) {
    const injection_result result = simulate_injection(level, load_of(load, 2));
    EXPECT_TRUE(result.stable);
    EXPECT_NEAR(result.accepted_flits_per_endpoint_clock, load, 0.03 * load);
  }
  const injection_result flood = simulate_injection(level, load_of(1));
  EXPECT_FALSE(flood.stable);
  EXPECT_TRUE(std::isinf(flood.mean_latency_clocks));
  EXPECT_LT(flood.accepted_flits_per_endpoint_clock, 0.9);
}

TEST(flit_injection, the_same_seed_gives_the_same_answer) {
  const network_level level = flit_level(shape::fat_tree, {2, 3});
  const injection_workload workload = load_of(0.4, 3);
  const injection_result once = simulate_injection(level, workload);
  const injection_result again = simulate_injection(level, workload);
  EXPECT_EQ(once.mean_latency_clocks, again.mean_latency_clocks);
  injection_workload other = workload;
  other.seed = 2;
  EXPECT_NE(once.mean_latency_clocks, simulate_injection(level, other).mean_latency_clocks);
}

TEST(flit_injection, more_load_and_longer_packets_take_longer) {
  const network_level level = flit_level(shape::torus, {4, 4});
  double before = 0;
  for (const double load : {0.1, 0.3, 0.5, 0.7}) {
    const double latency = simulate_injection(level, load_of(load)).mean_latency_clocks;
    EXPECT_GT(latency, before);
    EXPECT_GT(simulate_injection(level, load_of(load, 4)).mean_latency_clocks, latency + 3);
    before = latency;
  }
}

TEST(flit_injection, a_slower_router_costs_a_clock_a_hop) {
  network_level level = flit_level(shape::mesh, {4, 4});
  const injection_result fast = simulate_injection(level, load_of(0.02));
  ++level.flits.router_clocks;
  const injection_result slow = simulate_injection(level, load_of(0.02));
  EXPECT_NEAR(slow.mean_latency_clocks - fast.mean_latency_clocks, fast.mean_hops, 0.1);
}

TEST(flit_injection, more_virtual_channels_carry_more) {
  double before = 0;
  for (const int channels : {1, 2, 4}) {
    const double most =
        saturation_load(flit_level(shape::switched, {8}, channels), load_of(1), 0.03);
    EXPECT_GT(most, before * 1.03);
    before = most;
  }
}

TEST(flit_injection, head_of_line_blocking_bounds_a_switch_with_one_channel) {
  // Karol, Hluchyj and Morgan: 2 - sqrt(2) for many ports, 0.618 for 8, here of a channel that is
  // held for a clock more than the packet has flits.
  const network_level level = flit_level(shape::switched, {8}, 1);
  EXPECT_NEAR(saturation_load(level, load_of(1, 1), 0.01), 0.618 / 2, 0.02);
  EXPECT_NEAR(saturation_load(level, load_of(1, 9), 0.01), 0.618 * 9 / 10, 0.04);
}

TEST(flit_injection, patterns_go_where_they_say) {
  injection_workload workload = load_of(0.05);
  workload.pattern = injection_pattern::neighbor;
  EXPECT_DOUBLE_EQ(simulate_injection(flit_level(shape::torus, {4, 4}), workload).mean_hops, 3);
  // 7/8 of the places have a neighbour, 1/8 go all the way back: in two dimensions 1 + 2 * 1.75.
  EXPECT_NEAR(simulate_injection(flit_level(shape::mesh, {8, 8}), workload).mean_hops, 4.5, 0.1);
  workload.pattern = injection_pattern::tornado;
  EXPECT_DOUBLE_EQ(simulate_injection(flit_level(shape::ring, {8}), workload).mean_hops, 4);
  workload.pattern = injection_pattern::transpose;
  EXPECT_NEAR(simulate_injection(flit_level(shape::mesh, {4, 4}), workload).mean_hops, 3.5, 0.1);
}

TEST(flit_injection, refuses_work_that_cannot_be) {
  const network_level level = flit_level(shape::ring, {4});
  EXPECT_THROW(simulate_injection(level, load_of(0)), std::invalid_argument);
  EXPECT_THROW(simulate_injection(level, load_of(1.5)), std::invalid_argument);
  EXPECT_THROW(simulate_injection(level, load_of(0.1, 0)), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::sysc
