// SPDX-License-Identifier: Apache-2.0
// The controller's choices, seen in the commands that a simulation issues.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::sysc {
namespace {

dram_stack_spec refreshing_stack() {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.geometry.channels = 2;
  return spec;
}

memory_workload random_reads() {
  access_stream stream;
  stream.pattern = access_pattern::random;
  stream.request_bytes = 32;
  stream.total_bytes = 20000 * 32;
  stream.range_bytes = 16 << 20;
  memory_workload workload;
  workload.streams = {stream};
  return workload;
}

struct run {
  explicit run(const dram_stack_spec& spec, const memory_workload& workload = random_reads()) {
    simulation_options options;
    options.on_command = [this](const dram_command_record& one) { commands.push_back(one); };
    result = simulate(spec, workload, options);
  }
  std::vector<dram_command_record> of(dram_command command) const {
    std::vector<dram_command_record> found;
    std::copy_if(commands.begin(), commands.end(), std::back_inserter(found),
                 [&](const auto& one) { return one.command == command; });
    return found;
  }
  std::vector<dram_command_record> commands;
  memory_result result;
};

TEST(controller, closes_the_page_with_every_column_command) {
  dram_stack_spec spec = refreshing_stack();
  spec.controller.page = page_policy::closed;
  const run done(spec);
  EXPECT_EQ(done.of(dram_command::read_auto).size(), 20000U);
  EXPECT_TRUE(done.of(dram_command::read).empty());
}

TEST(controller, issues_column_commands_of_a_channel_in_order_under_fcfs) {
  dram_stack_spec spec = refreshing_stack();
  spec.controller.scheduler = scheduler_policy::fcfs;
  const run done(spec);
  std::int64_t last[2] = {-1, -1};
  ASSERT_EQ(done.of(dram_command::read).size(), 20000U);
  for (const dram_command_record& one : done.of(dram_command::read)) {
    std::int64_t& before = last[one.place.channel];
    EXPECT_GT(one.request_id, before);
    before = one.request_id;
  }
}

TEST(controller, keeps_to_the_cap_of_activations) {
  dram_stack_spec spec = refreshing_stack();
  spec.controller.activation_cap = 3;
  std::vector<std::int64_t> cycles;
  for (const dram_command_record& one : run(spec).of(dram_command::activate)) {
    cycles.push_back(one.cycle);
  }
  std::sort(cycles.begin(), cycles.end());
  ASSERT_GT(cycles.size(), 1000U);
  for (std::size_t i = 3; i < cycles.size(); ++i) EXPECT_GE(cycles[i] - cycles[i - 3], 30);
}

/// Sixty-four channels could have an ACT every four clocks each, twice of what the cap lets them. A
/// slot that one bus is slow to use, as it turns or refreshes, must not hold up the others while
/// more slots are free.
TEST(controller, uses_the_whole_cap_when_all_want_activations) {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.geometry.channels = 64;
  spec.controller.refresh = refresh_policy::per_bank;
  spec.controller.activation_cap = 240;
  memory_workload workload = random_reads();
  workload.streams[0].total_bytes = 100000 * 32;
  workload.streams[0].in_flight = 2048;
  workload.streams[0].read_fraction = 0.5;
  const run done(spec, workload);
  const double clocks = to_nanoseconds(done.result.elapsed);
  const auto activates = static_cast<double>(done.of(dram_command::activate).size());
  EXPECT_GT(activates / clocks, 0.95 * 240 / 30);
}

/// Refreshes of a channel over those that are due in the time that the run took.
double refreshes_over_due(const dram_stack_spec& spec) {
  const run done(spec);
  const double due = to_nanoseconds(done.result.elapsed) / 3900 * spec.geometry.channels;
  EXPECT_GT(due, 10);
  return static_cast<double>(done.of(dram_command::refresh_all).size()) / due;
}

TEST(controller, refreshes_once_an_interval) {
  EXPECT_NEAR(refreshes_over_due(refreshing_stack()), 1, 0.2);
}

TEST(controller, refreshes_a_hot_stack_twice_an_interval) {
  dram_stack_spec spec = refreshing_stack();
  spec.thermal.temperature_c = 95;
  EXPECT_NEAR(refreshes_over_due(spec), 2, 0.4);
}

TEST(controller, refreshes_the_banks_in_turn) {
  dram_stack_spec spec = refreshing_stack();
  spec.controller.refresh = refresh_policy::per_bank;
  const auto found = run(spec).of(dram_command::refresh_bank);
  std::vector<int> banks;
  for (const dram_command_record& one : found) {
    if (one.place.channel == 0) banks.push_back(one.place.bank_group * 4 + one.place.bank);
  }
  ASSERT_GT(banks.size(), 16U);
  for (std::size_t i = 16; i < banks.size(); ++i) EXPECT_EQ(banks[i], banks[i - 16]);
  std::sort(banks.begin(), banks.begin() + 16);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(banks[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace lamina::sysc
