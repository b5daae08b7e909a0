// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_dram_stack.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lamina/config/memory_platform.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/validation/dram_family.h"

namespace lamina::validation {
namespace {

constexpr int drawings = 2000;
constexpr std::uint64_t seed = 11;

template <typename Look>
void for_each_case(Look look) {
  for (int index = 0; index < drawings; ++index) look(draw_dram_case(seed, index));
}

TEST(random_dram_stack, is_the_same_for_the_same_seed_and_index) {
  const random_dram_case a = draw_dram_case(seed, 17), b = draw_dram_case(seed, 17);
  EXPECT_EQ(a.spec.geometry.channels, b.spec.geometry.channels);
  EXPECT_EQ(a.spec.timings.tRP.time, b.spec.timings.tRP.time);
  ASSERT_EQ(a.workload.streams.size(), b.workload.streams.size());
  EXPECT_EQ(a.workload.streams[0].base, b.workload.streams[0].base);
  EXPECT_NE(a.spec.timings.tRP.time, draw_dram_case(seed + 1, 17).spec.timings.tRP.time);
  EXPECT_NE(a.spec.timings.tRP.time, draw_dram_case(seed, 21).spec.timings.tRP.time);
}

TEST(random_dram_stack, always_has_a_map_that_fits_and_traffic_that_can_be_served) {
  for_each_case([](const random_dram_case& one) {
    const dram_stack_spec& spec = one.spec;
    EXPECT_TRUE(address_map::check(spec.address_map, spec.geometry).empty());
    EXPECT_GE(spec.geometry.row_bytes, spec.geometry.burst_bytes);
    EXPECT_LE(spec.geometry.connected_layers, spec.geometry.stack_ids);
    EXPECT_LT(spec.controller.write_low_watermark, spec.controller.write_high_watermark);
    EXPECT_LE(spec.controller.write_high_watermark, spec.controller.write_queue_entries);
    std::int64_t bursts = 0;
    for (const access_stream& stream : one.workload.streams) {
      EXPECT_EQ(stream.request_bytes % static_cast<unsigned>(spec.geometry.burst_bytes), 0U);
      EXPECT_EQ(stream.base % static_cast<unsigned>(spec.geometry.burst_bytes), 0U);
      EXPECT_LT(stream.base, static_cast<std::uint64_t>(spec.geometry.capacity_bytes()));
      EXPECT_GE(stream.requests(), 1);
      EXPECT_GE(stream.range_bytes, stream.request_bytes);
      bursts += stream.requests() * stream.request_bytes / spec.geometry.burst_bytes;
    }
    EXPECT_LE(bursts, 200'000 + 16 * 256);
  });
}

TEST(random_dram_stack, has_timings_that_a_part_could_have) {
  for_each_case([](const random_dram_case& one) {
    const dram_clocks c = resolve(one.spec.geometry, one.spec.timings);
    EXPECT_GE(c.tRC, c.tRAS + c.tRP);
    EXPECT_GE(c.tCCD_S, c.burst);
    EXPECT_GE(c.tCCD_L, c.tCCD_S);
    EXPECT_GE(c.tRRD_L, c.tRRD_S);
    EXPECT_GE(c.tWTR_L, c.tWTR_S);
    EXPECT_GE(c.tRTW + c.WL, c.RL + c.burst);
  });
}

TEST(random_dram_stack, reads_back_from_the_configuration_that_it_is_printed_as) {
  for (int index = 0; index < 200; ++index) {
    const random_dram_case one = draw_dram_case(seed, index);
    config::memory_platform platform;
    platform.name = one.spec.name;
    platform.dram_stack = one.spec;
    platform.workload = one.workload;
    const std::string text = config::to_yaml(platform);
    config::diagnostics found;
    const auto again = config::load_memory_platform(
        {"printed", {}, [&](const std::string&) { return std::optional<std::string>(text); }},
        found);
    ASSERT_TRUE(again) << index << "\n" << found.text() << text;
    const dram_timings &t = again->dram_stack.timings, &drawn = one.spec.timings;
    EXPECT_EQ(t.tCK, drawn.tCK) << index;
    EXPECT_EQ(t.tRFC.in_clocks(t.tCK), drawn.tRFC.in_clocks(drawn.tCK)) << index;
    EXPECT_EQ(t.tRC.in_clocks(t.tCK), drawn.tRC.in_clocks(drawn.tCK)) << index;
    EXPECT_EQ(again->dram_stack.geometry.pin_rate, one.spec.geometry.pin_rate) << index;
    EXPECT_EQ(again->dram_stack.address_map.digits.size(), one.spec.address_map.digits.size());
    ASSERT_EQ(again->workload.streams.size(), one.workload.streams.size());
    const access_stream &a = again->workload.streams.back(), &b = one.workload.streams.back();
    EXPECT_EQ(a.base, b.base) << index;
    EXPECT_EQ(a.rate_bytes_per_s, b.rate_bytes_per_s) << index;
    EXPECT_EQ(a.hit_fraction, b.hit_fraction) << index;
    EXPECT_EQ(config::to_yaml(*again), text);
  }
}

TEST(random_dram_stack, gives_each_family_at_least_a_fifth_of_any_run) {
  for (const int cases : {20, 60, 500}) {
    std::map<std::string, int> count;
    for (int index = 0; index < cases; ++index) ++count[draw_dram_case(3, index).family];
    EXPECT_EQ(count.size(), 4U);
    for (const auto& [family, number] : count) EXPECT_GE(number * 5, cases) << family;
  }
}

TEST(random_dram_stack, scales_each_timing_over_the_whole_range) {
  const dram_family hbm2 = dram_families().front();
  double low = 9, high = 0;
  for_each_case([&](const random_dram_case& one) {
    if (one.family != hbm2.name) return;
    const double scale = to_nanoseconds(one.spec.timings.tWR.time) / 14;
    low = std::min(low, scale);
    high = std::max(high, scale);
  });
  EXPECT_GE(low, 0.6 - 1e-9);
  EXPECT_LT(low, 0.62);
  EXPECT_LE(high, 1.6 + 1e-9);
  EXPECT_GT(high, 1.58);
}

TEST(random_dram_stack, reaches_both_ends_of_every_axis) {
  std::set<int> layers, channels, groups, banks, rows, bursts, pseudo_channels, streams, caps;
  std::set<int> schedulers, pages, refreshes, queues, patterns, buses;
  std::set<bool> hot, hashed, default_map, saturating;
  std::set<std::uint32_t> requests;
  int in_flight_low = 1 << 20, in_flight_high = 0, queue_low = 1 << 20, queue_high = 0;
  std::uint64_t size_low = ~0ULL, size_high = 0;
  for_each_case([&](const random_dram_case& one) {
    const dram_geometry& g = one.spec.geometry;
    const dram_controller_spec& c = one.spec.controller;
    layers.insert(g.layers), channels.insert(g.channels), groups.insert(g.bank_groups);
    banks.insert(g.banks_per_group), rows.insert(g.row_bytes), bursts.insert(g.burst_bytes);
    pseudo_channels.insert(g.pseudo_channels), caps.insert(c.activation_cap);
    schedulers.insert(static_cast<int>(c.scheduler)), pages.insert(static_cast<int>(c.page));
    refreshes.insert(static_cast<int>(c.refresh)), queues.insert(static_cast<int>(c.queues));
    buses.insert(static_cast<int>(c.command_bus));
    hot.insert(one.spec.thermal.hot(0)), hashed.insert(!one.spec.address_map.xors.empty());
    saturating.insert(one.offered_share == 0);
    streams.insert(static_cast<int>(one.workload.streams.size()));
    queue_low = std::min(queue_low, c.read_queue_entries);
    queue_high = std::max(queue_high, c.read_queue_entries);
    std::uint64_t size = 0;
    for (const access_stream& stream : one.workload.streams) {
      patterns.insert(static_cast<int>(stream.pattern));
      requests.insert(stream.request_bytes);
      in_flight_low = std::min(in_flight_low, stream.in_flight);
      in_flight_high = std::max(in_flight_high, stream.in_flight);
      size += stream.range_bytes;
    }
    size_low = std::min(size_low, size);
    size_high = std::max(size_high, size);
  });
  EXPECT_EQ(layers.size(), 16U);
  EXPECT_EQ(channels.size(), 32U);
  EXPECT_EQ(groups.size(), 8U);
  EXPECT_EQ(banks.size(), 8U);
  EXPECT_EQ(rows, (std::set<int>{512, 1024, 2048, 4096}));
  EXPECT_EQ(bursts, (std::set<int>{16, 32, 64, 128}));
  EXPECT_EQ(pseudo_channels, (std::set<int>{1, 2}));
  EXPECT_EQ(streams.size(), 16U);
  EXPECT_EQ(caps.size(), 33U);
  EXPECT_EQ(schedulers.size(), 2U);
  EXPECT_EQ(pages.size(), 3U);
  EXPECT_EQ(refreshes.size(), 3U);
  EXPECT_EQ(queues.size(), 2U);
  EXPECT_EQ(buses.size(), 2U);
  EXPECT_EQ(patterns.size(), 3U);
  EXPECT_EQ(hot.size() + hashed.size() + saturating.size(), 6U);
  EXPECT_EQ(*requests.begin(), 16U);
  EXPECT_EQ(*requests.rbegin(), 4096U);
  EXPECT_EQ(in_flight_low, 1);
  EXPECT_GT(in_flight_high, 1000);
  EXPECT_EQ(queue_low, 4);
  EXPECT_GT(queue_high, 250);
  EXPECT_LT(size_low, 4400U);
  EXPECT_GT(size_high, 60U << 20);
}

}  // namespace
}  // namespace lamina::validation
