// SPDX-License-Identifier: Apache-2.0
// Properties that any DRAM stack has, asked of the closed form and of the walk over bursts.
#include "lamina/analytical/dram_stack.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "hbm2_stack.h"

namespace {
std::size_t allocations = 0;
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lamina::analytical {
namespace {

dram_stack_spec small_stack() {
  dram_stack_spec spec;
  dram_geometry& g = spec.geometry;
  g.layers = g.stack_ids = 2;
  g.channels = 2;
  g.pseudo_channels = 2;
  spec.timings = tests::hbm2_timings();
  dram_energy_spec& e = spec.energy;
  e.activate_j = 1e-9, e.precharge_j = 5e-10, e.read_j = 2e-10, e.write_j = 3e-10;
  e.refresh_all_bank_j = 1e-7, e.port_j_per_bit = 1e-12, e.bond_j_per_bit = 2e-13;
  e.background_w = 0.5;
  return spec;
}

memory_workload work(access_pattern pattern, double read_fraction = 1) {
  access_stream stream;
  stream.pattern = pattern;
  stream.request_bytes = 32;
  stream.total_bytes = 20000 * 32;
  stream.range_bytes = 32 << 20;
  stream.in_flight = 256;
  stream.read_fraction = read_fraction;
  memory_workload workload;
  workload.streams = {stream};
  return workload;
}

struct path {
  std::string name;
  std::function<memory_result(const dram_stack_spec&, const memory_workload&)> run;
};

class both : public testing::TestWithParam<path> {
 protected:
  static double bandwidth(const dram_stack_spec& spec, const memory_workload& workload) {
    return GetParam().run(spec, workload).bandwidth_bytes_per_s();
  }
};

INSTANTIATE_TEST_SUITE_P(
    paths, both,
    testing::Values(path{"estimate", [](const auto& spec,
                                        const auto& w) { return dram_stack(spec).estimate(w); }},
                    path{"serve", [](const auto& spec,
                                     const auto& w) { return dram_stack(spec).serve(w); }}),
    [](const auto& one) { return one.param.name; });

TEST_P(both, serve_sequential_no_slower_than_random) {
  EXPECT_GE(bandwidth(small_stack(), work(access_pattern::sequential)),
            bandwidth(small_stack(), work(access_pattern::random)));
}

TEST_P(both, stay_below_the_peak_of_the_ports) {
  const dram_geometry g = small_stack().geometry;
  const double peak = g.channels * g.ports() * g.port_bits * g.pin_rate / 8;
  const double found = bandwidth(small_stack(), work(access_pattern::sequential));
  EXPECT_LT(found, peak);
  EXPECT_GT(found, peak / 2);
}

TEST_P(both, gain_from_connected_layers) {
  dram_stack_spec more = small_stack();
  more.geometry.connected_layers = 2;
  for (const access_pattern pattern : {access_pattern::sequential, access_pattern::random}) {
    EXPECT_GE(bandwidth(more, work(pattern)), 0.99 * bandwidth(small_stack(), work(pattern)));
  }
}

TEST_P(both, lose_nothing_by_more_requests_in_flight) {
  double before = 0;
  for (const int in_flight : {1, 4, 16, 64, 256}) {
    memory_workload workload = work(access_pattern::random);
    workload.streams[0].in_flight = in_flight;
    const double now = bandwidth(small_stack(), workload);
    EXPECT_GE(now, 0.99 * before) << in_flight;
    before = now;
  }
}

TEST_P(both, serve_all_bytes) {
  const memory_workload workload = work(access_pattern::random, 0.6);
  const memory_result result = GetParam().run(small_stack(), workload);
  EXPECT_EQ(result.read_bytes + result.write_bytes, workload.streams[0].total_bytes);
}

TEST_P(both, charge_each_command_its_energy) {
  const dram_stack_spec spec = small_stack();
  const memory_result r = GetParam().run(spec, work(access_pattern::random, 0.6));
  const auto near = [](double found, double expected) {
    EXPECT_GT(expected, 0);
    EXPECT_NEAR(found, expected, 1e-9 * expected);
  };
  near(r.energy.activate_j, r.counts.activates * spec.energy.activate_j);
  near(r.energy.precharge_j, r.counts.precharges * spec.energy.precharge_j);
  near(r.energy.read_j, r.counts.reads * spec.energy.read_j);
  near(r.energy.write_j, r.counts.writes * spec.energy.write_j);
  near(r.energy.port_j, static_cast<double>(r.read_bytes + r.write_bytes) * 8e-12);
  near(r.energy.background_j, to_seconds(r.elapsed) * 0.5);
}

struct raised {
  const char* name;
  clocked_time dram_timings::*timing;
  access_pattern pattern;
  int in_flight;
  double read_fraction;
};

/// Raises one timing until it binds: the bandwidth falls. (Twice the tFAW would only meet the row
/// bus, which takes a PRE and an ACT for each random burst.)
TEST_P(both, slow_down_with_a_timing_that_binds) {
  const raised list[] = {
      {"tFAW", &dram_timings::tFAW, access_pattern::random, 256, 1},
      {"tRFC", &dram_timings::tRFC, access_pattern::sequential, 256, 1},
      {"tRCDRD", &dram_timings::tRCDRD, access_pattern::random, 1, 1},
      {"RL", &dram_timings::RL, access_pattern::random, 1, 1},
  };
  for (const raised& one : list) {
    dram_stack_spec slow = small_stack();
    (slow.timings.*one.timing).clocks *= one.timing == &dram_timings::tFAW ? 3 : 2;
    if (one.timing == &dram_timings::tRCDRD) slow.timings.tRAS.clocks += 14;
    if (one.timing == &dram_timings::tRCDRD) slow.timings.tRC.clocks += 14;
    memory_workload workload = work(one.pattern, one.read_fraction);
    workload.streams[0].in_flight = one.in_flight;
    EXPECT_LT(bandwidth(slow, workload), 0.99 * bandwidth(small_stack(), workload)) << one.name;
  }
}

TEST(dram_stack, estimates_without_allocating) {
  const dram_stack stack(small_stack());
  const memory_workload workload = work(access_pattern::random);
  const std::size_t before = allocations;
  const memory_result result = stack.estimate(workload);
  EXPECT_EQ(allocations, before);
  EXPECT_GT(result.elapsed.count(), 0);
}

TEST(dram_stack, serves_the_same_twice) {
  dram_stack stack(small_stack());
  const memory_workload workload = work(access_pattern::random, 0.5);
  const memory_result first = stack.serve(workload);
  const memory_result second = stack.serve(workload);
  EXPECT_EQ(first.elapsed, second.elapsed);
  EXPECT_EQ(first.counts.activates, second.counts.activates);
  EXPECT_EQ(first.energy.total_j(), second.energy.total_j());
}

/// Regular streams, at full and at 30 % load: within 6 % when the bound was set.
TEST(dram_stack, estimates_what_it_serves) {
  for (const access_pattern pattern : {access_pattern::sequential, access_pattern::random}) {
    dram_stack stack(small_stack());
    memory_workload workload = work(pattern);
    for (const double load : {0.0, 0.3}) {
      if (load > 0) {
        workload.streams[0].rate_bytes_per_s = load * stack.serve(workload).bandwidth_bytes_per_s();
      }
      const double ratio = stack.estimate(workload).bandwidth_bytes_per_s() /
                           stack.serve(workload).bandwidth_bytes_per_s();
      EXPECT_NEAR(ratio, 1, 0.1) << (pattern == access_pattern::random ? "random" : "sequential")
                                 << " load " << load;
    }
  }
}

TEST(dram_stack_serve, asking_again_gives_the_same_answer_without_allocation) {
  dram_stack stack(small_stack());
  const memory_workload first = work(access_pattern::random);
  memory_workload second = first;
  second.streams[0].read_fraction = 0.5;
  const memory_result once = stack.serve(first);
  const memory_result other = stack.serve(second);
  EXPECT_NE(once.elapsed, other.elapsed);
  const std::size_t before = allocations;
  const memory_result again = stack.serve(first);
  const memory_result other_again = stack.serve(second);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(again.elapsed, once.elapsed);
  EXPECT_EQ(other_again.elapsed, other.elapsed);
}

/// Sixty-four channels want twice of what the cap lets them. Rows open out of order, and each takes
/// the slot that is free first.
TEST(dram_stack_serve, uses_the_whole_cap_when_all_want_activations) {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.geometry.channels = 64;
  spec.controller.refresh = refresh_policy::none;
  spec.controller.activation_cap = 256;
  access_stream stream;
  stream.pattern = access_pattern::random;
  stream.request_bytes = 32;
  stream.total_bytes = 60000 * 32;
  stream.range_bytes = 16 << 20;
  stream.in_flight = 2048;
  const memory_result found = dram_stack(spec).serve({{stream}, 1});
  EXPECT_GT(found.counts.activates / to_nanoseconds(found.elapsed), 0.9 * 256 / 30);
}

}  // namespace
}  // namespace lamina::analytical
