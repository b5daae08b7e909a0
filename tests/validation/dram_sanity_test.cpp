// SPDX-License-Identifier: Apache-2.0
// What any memory does, in both fidelities, over stacks at random: more never serves less, bytes
// and energy add up. Seeds are rapidcheck's: RC_PARAMS="seed=..." repeats a run.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "child_runs.h"
#include "lamina/analytical/dram_stack.h"
#include "lamina/validation/random_dram_stack.h"

namespace lamina::validation {
namespace {

/// FR-FCFS is greedy, so that a change can leave some bursts later (Graham's anomalies): a share of
/// the run, and at its end the row cycle that the last burst waits for. A loss of capability shows
/// as much more.
constexpr double greedy = 0.97;
/// The closed form errs by itself, in either of two answers: the 12 % that `lamina validate` allows
/// 95 of 100 cases. It orders stacks no more finely than that.
constexpr double closed_form = 0.88;

constexpr std::uint64_t most_bursts = 6000;

dram_energy_spec some_energy() {
  dram_energy_spec e;
  e.activate_j = 1e-9, e.precharge_j = 5e-10, e.read_j = 2e-10, e.write_j = 3e-10;
  e.refresh_all_bank_j = 1e-7, e.refresh_per_bank_j = 1e-8;
  e.port_j_per_bit = 1e-12, e.bond_j_per_bit = 2e-13, e.background_w = 0.5;
  return e;
}

/// A case whose address map spreads consecutive bursts over channels, ports and bank groups before
/// it changes rows, so that what a sequential stream reaches does not hang on the map.
random_dram_case spread_case() {
  random_dram_case drawn =
      draw_dram_case(*rc::gen::inRange<std::uint64_t>(1, 1U << 20U), *rc::gen::inRange(0, 1 << 20));
  using field = address_field;
  drawn.spec.address_map = {};
  for (const field f : {field::channel, field::pseudo_channel, field::stack_id, field::bank_group,
                        field::column, field::bank, field::row})
    drawn.spec.address_map.digits.push_back({f, 0});
  dram_controller_spec& c = drawn.spec.controller;
  // Order of arrival ties a burst to the slowest before it: FCFS has no "all else equal".
  c.scheduler = scheduler_policy::fr_fcfs;
  // A page closed after each burst opens a row for each, whatever the pattern.
  c.page = page_policy::open;
  c.activation_cap = 0;
  c.queue_entries = c.read_queue_entries = c.write_queue_entries = 64;
  c.write_high_watermark = 48, c.write_low_watermark = 16;
  return drawn;
}

memory_workload saturating(const dram_stack_spec& spec, access_pattern pattern,
                           double read_fraction = 1, int in_flight = 1024) {
  access_stream stream;
  stream.pattern = pattern;
  stream.request_bytes = static_cast<std::uint32_t>(spec.geometry.burst_bytes);
  stream.total_bytes = most_bursts * stream.request_bytes;
  stream.range_bytes =
      std::min<std::uint64_t>(64 << 20, static_cast<std::uint64_t>(spec.geometry.capacity_bytes()));
  stream.read_fraction = read_fraction;
  stream.in_flight = in_flight;
  return {{stream}, 3};
}

struct asked {
  dram_stack_spec spec;
  memory_workload workload;
};

struct both_results {
  std::vector<memory_result> tlm;
  std::vector<memory_result> analytical;
};

both_results answers(const std::vector<asked>& questions) {
  both_results out;
  std::vector<recorded_run> runs;
  for (const asked& one : questions) {
    runs.push_back({"", one.spec, one.workload});
    out.analytical.push_back(analytical::dram_stack(one.spec).serve(one.workload));
  }
  for (const recorded_answer& one : simulate_recorded(runs, 2)) {
    RC_ASSERT(one.error == "");
    out.tlm.push_back(one.result);
  }
  return out;
}

/// The first question is served at least as fast as the second, in both fidelities.
void expect_no_slower(const asked& better, const asked& worse) {
  const both_results found = answers({better, worse});
  const dram_clocks clocks = resolve(worse.spec.geometry, worse.spec.timings);
  for (const auto* path : {&found.tlm, &found.analytical}) {
    const double allowed = path == &found.tlm ? greedy : closed_form;
    const double more = to_nanoseconds((*path)[0].elapsed);
    const double less = to_nanoseconds((*path)[1].elapsed);
    RC_LOG() << (path == &found.tlm ? "tlm: " : "analytical: ") << more << " ns after " << less
             << " ns\n";
    RC_ASSERT(more <= less / allowed + to_nanoseconds(clocks.tRC * clocks.tCK));
  }
}

TEST(any_stack, serves_a_sequential_stream_no_slower_than_a_random_one) {
  EXPECT_TRUE(rc::check([] {
    const dram_stack_spec spec = spread_case().spec;
    expect_no_slower({spec, saturating(spec, access_pattern::sequential)},
                     {spec, saturating(spec, access_pattern::random)});
  }));
}

TEST(any_stack, loses_nothing_by_more_connected_layers) {
  EXPECT_TRUE(rc::check([] {
    dram_stack_spec fewer = spread_case().spec;
    RC_PRE(fewer.geometry.stack_ids > 1);
    dram_stack_spec more = fewer;
    fewer.geometry.connected_layers = *rc::gen::inRange(1, more.geometry.stack_ids);
    more.geometry.connected_layers = more.geometry.stack_ids;
    const auto pattern = *rc::gen::element(access_pattern::sequential, access_pattern::random);
    expect_no_slower({more, saturating(more, pattern)}, {fewer, saturating(fewer, pattern)});
  }));
}

TEST(any_stack, loses_nothing_by_more_banks) {
  EXPECT_TRUE(rc::check([] {
    const dram_stack_spec fewer = spread_case().spec;
    dram_stack_spec more = fewer;
    more.geometry.banks_per_group *= 2;
    // Refresh in turn visits each bank as often as before, so it would come twice as often.
    more.controller.refresh = refresh_policy::none;
    dram_stack_spec base = fewer;
    base.controller.refresh = refresh_policy::none;
    expect_no_slower({more, saturating(more, access_pattern::random)},
                     {base, saturating(base, access_pattern::random)});
  }));
}

TEST(any_stack, loses_nothing_by_more_requests_in_flight) {
  EXPECT_TRUE(rc::check([] {
    const dram_stack_spec spec = spread_case().spec;
    const int fewer = *rc::gen::inRange(1, 256);
    const auto pattern = *rc::gen::element(access_pattern::sequential, access_pattern::random);
    expect_no_slower({spec, saturating(spec, pattern, 1, 4 * fewer)},
                     {spec, saturating(spec, pattern, 1, fewer)});
  }));
}

/// Bytes of the bursts that the requests touch: a request that starts inside a burst, after the
/// stream wrapped in a range of any size, moves more than it asked for.
double touched_bytes(const memory_workload& workload, std::uint64_t burst_bytes) {
  std::uint64_t bursts = 0;
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    for (access_generator all(workload.streams[i], workload.seed, i); !all.done();) {
      const access_request one = all.next();
      bursts += (one.address + one.bytes - 1) / burst_bytes - one.address / burst_bytes + 1;
    }
  }
  return static_cast<double>(bursts * burst_bytes);
}

void expect_near(const char* what, double value, double expected, double tolerance) {
  RC_LOG() << what << ": " << value << " for " << expected << "\n";
  RC_ASSERT(std::abs(value - expected) <= tolerance * expected + 1e-30);
}

/// Each cause of energy follows from its counts, and the total from the causes.
void expect_energy_of_counts(const random_dram_case& drawn, const memory_result& r,
                             double moved_bytes) {
  const dram_energy_spec& e = drawn.spec.energy;
  const bool per_bank = drawn.spec.controller.refresh == refresh_policy::per_bank;
  const double refresh_j = per_bank ? e.refresh_per_bank_j : e.refresh_all_bank_j;
  expect_near("activate", r.energy.activate_j, r.counts.activates * e.activate_j, 1e-9);
  expect_near("precharge", r.energy.precharge_j, r.counts.precharges * e.precharge_j, 1e-9);
  expect_near("read", r.energy.read_j, r.counts.reads * e.read_j, 1e-9);
  expect_near("write", r.energy.write_j, r.counts.writes * e.write_j, 1e-9);
  expect_near("refresh", r.energy.refresh_j, r.counts.refreshes * refresh_j, 1e-9);
  expect_near("port", r.energy.port_j, moved_bytes * 8 * e.port_j_per_bit, 1e-6);
  // Each bit crosses one bond at least and every layer at most.
  RC_ASSERT(r.energy.bond_j >= 0.999999 * moved_bytes * 8 * e.bond_j_per_bit);
  RC_ASSERT(r.energy.bond_j <=
            1.000001 * moved_bytes * 8 * e.bond_j_per_bit * drawn.spec.geometry.layers);
  expect_near("background", r.energy.background_j, to_seconds(r.elapsed) * e.background_w, 1e-9);
  const dram_energy& parts = r.energy;
  expect_near("total", parts.total_j(),
              parts.activate_j + parts.precharge_j + parts.read_j + parts.write_j +
                  parts.refresh_j + parts.port_j + parts.bond_j + parts.background_j,
              1e-12);
}

/// The cases as drawn: all policies, maps and streams.
TEST(any_stack, conserves_bytes_and_adds_up_its_energy) {
  EXPECT_TRUE(rc::check([] {
    random_dram_case drawn = draw_dram_case(*rc::gen::inRange<std::uint64_t>(1, 1U << 20U),
                                            *rc::gen::inRange(0, 1 << 20));
    drawn.spec.energy = some_energy();
    std::uint64_t asked_bytes = 0;
    for (access_stream& stream : drawn.workload.streams) {
      stream.total_bytes = std::min<std::uint64_t>(stream.total_bytes, 256 * stream.request_bytes);
      asked_bytes += static_cast<std::uint64_t>(stream.requests()) * stream.request_bytes;
    }
    const int burst = drawn.spec.geometry.burst_bytes;
    const double touched = touched_bytes(drawn.workload, static_cast<std::uint64_t>(burst));
    const both_results found = answers({{drawn.spec, drawn.workload}});
    for (const auto* path : {&found.tlm, &found.analytical}) {
      RC_LOG() << (path == &found.tlm ? "tlm\n" : "analytical\n");
      const memory_result& r = path->front();
      RC_ASSERT(r.read_bytes + r.write_bytes == asked_bytes);
      expect_near("bytes of bursts", (r.counts.reads + r.counts.writes) * burst, touched, 1e-9);
      expect_energy_of_counts(drawn, r, touched);
    }
  }));
}

/// The closed form alone, over maps, streams and policies of all kinds: 32 % in the mean and half
/// of them within 21 % when the bounds were set (an upper bound on bandwidth misses by 754 and 123
/// %).
TEST(dram_sanity, estimates_come_near_what_is_followed) {
  std::vector<double> errors;
  double sum = 0;
  for (int index = 0; index < 120; ++index) {
    const random_dram_case drawn = draw_dram_case(5, index);
    analytical::dram_stack stack(drawn.spec);
    const double followed = to_seconds(stack.serve(drawn.workload).elapsed);
    const double estimated = to_seconds(stack.estimate(drawn.workload).elapsed);
    errors.push_back(std::abs(followed / estimated - 1));
    sum += errors.back();
  }
  std::sort(errors.begin(), errors.end());
  EXPECT_LT(sum / static_cast<double>(errors.size()), 0.4);
  EXPECT_LT(errors[errors.size() / 2], 0.25);
}

}  // namespace
}  // namespace lamina::validation
