// SPDX-License-Identifier: Apache-2.0
// What the controller does with a handful of requests, command by command.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/models/address_map.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::sysc {
namespace {

dram_stack_spec quiet_stack() {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.controller.refresh = refresh_policy::none;
  return spec;
}

struct asked {
  dram_address place;
  bool write = false;
};

dram_address in_bank(int bank, std::int64_t row, int column) {
  dram_address place;
  place.bank = bank, place.row = row, place.column = column;
  return place;
}

/// All requests, one burst each, at time zero and in this order; the commands that they cause.
std::vector<dram_command_record> served(const dram_stack_spec& spec,
                                        const std::vector<asked>& requests) {
  const address_map map(spec.address_map, spec.geometry);
  access_stream stream;
  stream.pattern = access_pattern::trace;
  stream.in_flight = 1024;
  for (const asked& one : requests) {
    stream.trace.push_back({femtoseconds{0}, map.encode(one.place),
                            static_cast<std::uint32_t>(spec.geometry.burst_bytes), one.write});
  }
  std::vector<dram_command_record> commands;
  simulation_options options;
  options.on_command = [&](const dram_command_record& one) { commands.push_back(one); };
  simulate(spec, {{stream}, 1}, options);
  std::stable_sort(commands.begin(), commands.end(),
                   [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
  return commands;
}

bool is_column(dram_command command) {
  return command == dram_command::read || command == dram_command::read_auto ||
         command == dram_command::write || command == dram_command::write_auto;
}

std::vector<std::int64_t> column_order(const std::vector<dram_command_record>& commands) {
  std::vector<std::int64_t> order;
  for (const dram_command_record& one : commands)
    if (is_column(one.command)) order.push_back(one.request_id);
  return order;
}

/// "ACT RD RDA": the commands of one bank in order.
std::string names(const std::vector<dram_command_record>& commands) {
  std::string text;
  for (const dram_command_record& one : commands) {
    text += (text.empty() ? "" : " ") + std::string(name_of(one.command));
  }
  return text;
}

// ---------------------------------------------------------------- order

/// A hit on the open row, asked for after a conflict: the row is still held by tRAS.
std::vector<asked> hit_behind_conflict() {
  return {{in_bank(0, 1, 0)}, {in_bank(0, 2, 0)}, {in_bank(0, 1, 1)}};
}

TEST(scheduling, takes_a_row_hit_ahead_under_fr_fcfs) {
  EXPECT_EQ(column_order(served(quiet_stack(), hit_behind_conflict())),
            (std::vector<std::int64_t>{0, 2, 1}));
}

TEST(scheduling, keeps_the_order_of_arrival_under_fcfs) {
  dram_stack_spec spec = quiet_stack();
  spec.controller.scheduler = scheduler_policy::fcfs;
  EXPECT_EQ(column_order(served(spec, hit_behind_conflict())),
            (std::vector<std::int64_t>{0, 1, 2}));
}

// ---------------------------------------------------------------- page policy

TEST(open_page, stays_open_until_another_row_is_wanted) {
  EXPECT_EQ(names(served(quiet_stack(), hit_behind_conflict())), "ACT RD RD PREPB ACT RD");
}

/// The last burst of the row closes it because another row waits; with nobody waiting it stays.
TEST(adaptive_page, closes_with_the_last_hit_when_another_row_waits) {
  dram_stack_spec spec = quiet_stack();
  spec.controller.page = page_policy::adaptive;
  EXPECT_EQ(names(served(spec, hit_behind_conflict())), "ACT RD RDA ACT RD");
}

TEST(closed_page, closes_with_each_burst) {
  dram_stack_spec spec = quiet_stack();
  spec.controller.page = page_policy::closed;
  EXPECT_EQ(names(served(spec, {{in_bank(0, 1, 0)}, {in_bank(0, 1, 1)}})), "ACT RDA ACT RDA");
}

// ---------------------------------------------------------------- watermarks

/// R for a read, W for a write, in the order of their column commands.
std::string directions(int reads, int writes) {
  dram_stack_spec spec = quiet_stack();
  spec.controller.read_queue_entries = spec.controller.write_queue_entries = 64;
  spec.controller.write_high_watermark = 8;
  spec.controller.write_low_watermark = 3;
  std::vector<asked> requests;
  for (int i = 0; i < reads; ++i) requests.push_back({in_bank(0, 0, i), false});
  for (int i = 0; i < writes; ++i) requests.push_back({in_bank(1, 0, i), true});
  std::string text;
  for (const dram_command_record& one : served(spec, requests)) {
    if (is_column(one.command)) text += one.command == dram_command::read ? 'R' : 'W';
  }
  return text;
}

TEST(write_queue, waits_for_the_reads_below_the_high_watermark) {
  EXPECT_EQ(directions(12, 7), std::string(12, 'R') + std::string(7, 'W'));
}

TEST(write_queue, drains_from_the_high_to_the_low_watermark) {
  EXPECT_EQ(directions(12, 8), std::string(5, 'W') + std::string(12, 'R') + std::string(3, 'W'));
}

// ---------------------------------------------------------------- shared ports

/// Four layers over two ports: layers 0 and 1 share the first, 2 and 3 the second.
dram_stack_spec half_connected() {
  dram_stack_spec spec = quiet_stack();
  spec.geometry.layers = spec.geometry.stack_ids = 4;
  spec.geometry.connected_layers = 2;
  spec.controller.command_bus = command_bus_scope::port;
  return spec;
}

/// Cycles of the column commands when two layers are asked for `each` bursts in turn.
std::vector<std::int64_t> column_cycles(int layer, int other, int each) {
  std::vector<asked> requests;
  for (int i = 0; i < each; ++i) {
    for (const int stack_id : {layer, other}) {
      dram_address place = in_bank(0, 0, i);
      place.stack_id = stack_id;
      requests.push_back({place});
    }
  }
  std::vector<std::int64_t> cycles;
  for (const dram_command_record& one : served(half_connected(), requests)) {
    if (is_column(one.command)) cycles.push_back(one.cycle);
  }
  return cycles;
}

TEST(connected_layers, give_neighbours_one_port_in_turn) {
  const std::vector<std::int64_t> cycles = column_cycles(0, 1, 16);
  ASSERT_EQ(cycles.size(), 32U);
  for (std::size_t i = 1; i < cycles.size(); ++i) EXPECT_GE(cycles[i] - cycles[i - 1], 2) << i;
}

/// Each port then carries its own bursts at tCCD_L, at the same time as the other.
TEST(connected_layers, of_different_ports_transfer_at_the_same_time) {
  const std::vector<std::int64_t> cycles = column_cycles(1, 2, 16);
  ASSERT_EQ(cycles.size(), 32U);
  for (std::size_t i = 1; i < cycles.size(); i += 2) EXPECT_EQ(cycles[i], cycles[i - 1]) << i;
  EXPECT_EQ(cycles.back() - cycles.front(), 15 * 4);
}

}  // namespace
}  // namespace lamina::sysc
