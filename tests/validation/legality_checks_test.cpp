// SPDX-License-Identifier: Apache-2.0
// The checks of the legality checker that are more than a pair of commands.
#include <gtest/gtest.h>

#include "stacks.h"

namespace lamina::validation {
namespace {

using cmd = dram_command;

/// ACTs of one unit, each in another bank group or bank.
std::vector<dram_command_record> activates(const std::vector<std::int64_t>& cycles) {
  std::vector<dram_command_record> list;
  for (std::size_t i = 0; i < cycles.size(); ++i) {
    place where;
    where.group = static_cast<int>(i) % 4;
    where.bank = static_cast<int>(i) / 4;
    list.push_back(at(cycles[i], cmd::activate, where));
  }
  return list;
}

TEST(legality_checker, names_a_fifth_activate_inside_the_window) {
  const auto early = violations(two_high_stack(), activates({0, 4, 8, 12, 24}));
  ASSERT_EQ(early.size(), 1U) << text_of(early);
  EXPECT_EQ(early.front().rule, "tFAW");
  EXPECT_EQ(early.front().distance, 24);
  EXPECT_EQ(early.front().required, 25);
  EXPECT_TRUE(violations(two_high_stack(), activates({0, 4, 8, 12, 25})).empty());
}

TEST(legality_checker, counts_the_four_activate_window_for_each_stack_id) {
  auto list = activates({0, 4, 8, 12});
  list.push_back(at(16, cmd::activate, {0, 0, 1, 0, 0, 0}));
  EXPECT_TRUE(violations(two_high_stack(), list).empty());
}

TEST(legality_checker, holds_the_row_bus_for_all_cycles_of_an_activate) {
  const auto list = [](std::int64_t second) {
    return std::vector{at(0, cmd::activate), at(second, cmd::activate, {0, 1, 0, 0, 0, 0})};
  };
  EXPECT_EQ(count_of(violations(two_high_stack(), list(1)), "command_bus"), 1);
  EXPECT_TRUE(violations(two_high_stack(), list(2)).empty());
}

TEST(legality_checker, lets_a_row_and_a_column_command_share_a_cycle) {
  EXPECT_TRUE(violations(two_high_stack(), {at(0, cmd::activate), at(50, cmd::read),
                                            at(50, cmd::activate, {0, 0, 0, 1, 0, 0})})
                  .empty());
}

TEST(legality_checker, refuses_two_column_commands_in_a_cycle) {
  const auto found =
      violations(two_high_stack(), {at(0, cmd::activate), at(10, cmd::activate, {0, 1, 0, 0, 0, 0}),
                                    at(50, cmd::read), at(50, cmd::read, {0, 1, 0, 0, 0, 0})});
  ASSERT_EQ(found.size(), 1U) << text_of(found);
  EXPECT_EQ(found.front().rule, "command_bus");
}

TEST(legality_checker, keeps_channels_apart) {
  EXPECT_TRUE(
      violations(two_high_stack(), {at(0, cmd::activate), at(0, cmd::activate, {1, 0, 0, 0, 0, 0})})
          .empty());
}

TEST(legality_checker, gives_each_port_its_bus_when_the_stack_does) {
  dram_stack_spec spec = two_high_stack();
  const std::vector list = {at(0, cmd::activate), at(0, cmd::activate, {0, 1, 0, 0, 0, 0})};
  EXPECT_EQ(violations(spec, list).size(), 1U);
  spec.controller.command_bus = command_bus_scope::port;
  EXPECT_TRUE(violations(spec, list).empty());
}

TEST(legality_checker, sees_bursts_collide_that_no_pair_rule_forbids) {
  dram_stack_spec spec = two_high_stack();
  spec.timings.tRTW = ck(1);
  const auto list = [](std::int64_t write) {
    return std::vector{at(0, cmd::activate), at(100, cmd::read), at(100 + write, cmd::write)};
  };
  // RL + burst - WL = 17 + 2 - 7.
  EXPECT_TRUE(violations(spec, list(12)).empty());
  const auto found = violations(spec, list(11));
  ASSERT_FALSE(found.empty());
  EXPECT_GE(count_of(found, "data_port"), 1) << text_of(found);
}

TEST(legality_checker, refuses_commands_that_the_bank_state_forbids) {
  const dram_stack_spec spec = two_high_stack();
  const auto state = [&](const std::vector<dram_command_record>& list) {
    return count_of(violations(spec, list), "bank_state");
  };
  EXPECT_EQ(state({at(0, cmd::activate), at(900, cmd::activate)}), 1);
  EXPECT_EQ(state({at(900, cmd::read)}), 1);
  EXPECT_EQ(state({at(0, cmd::activate), at(100, cmd::precharge), at(900, cmd::write)}), 1);
  EXPECT_EQ(state({at(0, cmd::activate), at(100, cmd::read_auto), at(900, cmd::read)}), 1);
  EXPECT_EQ(state({at(0, cmd::activate), at(900, cmd::read, {0, 0, 0, 0, 0, 1})}), 1);
  EXPECT_EQ(state({at(0, cmd::activate), at(900, cmd::refresh_all)}), 1);
  EXPECT_EQ(state({at(0, cmd::activate), at(900, cmd::refresh_bank)}), 1);
}

TEST(legality_checker, accepts_commands_that_the_bank_state_allows) {
  const dram_stack_spec spec = two_high_stack();
  EXPECT_TRUE(
      violations(spec, {at(0, cmd::activate), at(100, cmd::read_auto), at(900, cmd::activate),
                        at(1000, cmd::write), at(1100, cmd::precharge_all),
                        at(1200, cmd::refresh_all), at(1900, cmd::activate)})
          .empty());
}

TEST(legality_checker, lets_other_banks_work_while_one_refreshes) {
  EXPECT_TRUE(violations(two_high_stack(),
                         {at(0, cmd::activate, {0, 0, 0, 1, 0, 0}), at(100, cmd::refresh_bank),
                          at(110, cmd::read, {0, 0, 0, 1, 0, 0})})
                  .empty());
}

TEST(legality_checker, misses_a_refresh_after_nine_intervals) {
  dram_stack_spec spec = two_high_stack();
  spec.geometry.layers = spec.geometry.stack_ids = 1;
  spec.geometry.pseudo_channels = 1;
  spec.controller.refresh = refresh_policy::all_bank;
  EXPECT_TRUE(violations(spec, {at(9 * 3900, cmd::activate)}).empty());
  const auto late = violations(spec, {at(9 * 3900 + 1, cmd::activate)});
  EXPECT_EQ(count_of(late, "refresh_interval"), spec.geometry.banks());
  EXPECT_TRUE(
      violations(spec, {at(9 * 3900, cmd::refresh_all), at(18 * 3900, cmd::activate)}).empty());
}

TEST(legality_checker, wants_refresh_twice_as_often_when_hot) {
  dram_stack_spec spec = two_high_stack();
  spec.geometry.layers = spec.geometry.stack_ids = 1;
  spec.geometry.pseudo_channels = 1;
  spec.controller.refresh = refresh_policy::all_bank;
  spec.thermal.temperature_c = 90;
  EXPECT_TRUE(violations(spec, {at(9 * 1950, cmd::activate)}).empty());
  EXPECT_FALSE(violations(spec, {at(9 * 1950 + 1, cmd::activate)}).empty());
}

TEST(legality_checker, wants_every_bank_refreshed_one_by_one) {
  dram_stack_spec spec = two_high_stack();
  spec.geometry.layers = spec.geometry.stack_ids = 1;
  spec.geometry.pseudo_channels = 1;
  spec.geometry.bank_groups = 1;
  spec.geometry.banks_per_group = 2;
  spec.controller.refresh = refresh_policy::per_bank;
  const auto found = violations(spec, {at(30'000, cmd::refresh_bank), at(40'000, cmd::activate)});
  ASSERT_EQ(found.size(), 1U) << text_of(found);
  EXPECT_EQ(found.front().rule, "refresh_interval");
  EXPECT_EQ(found.front().first.cycle, 0);
}

TEST(legality_checker, caps_the_activations_of_the_whole_stack) {
  dram_stack_spec spec = two_high_stack();
  spec.controller.activation_cap = 2;
  const auto list = [](std::int64_t third) {
    return std::vector{at(0, cmd::activate), at(0, cmd::activate, {1, 0, 0, 0, 0, 0}),
                       at(third, cmd::activate, {0, 0, 0, 1, 0, 0})};
  };
  const auto found = violations(spec, list(27));
  ASSERT_EQ(found.size(), 1U) << text_of(found);
  EXPECT_EQ(found.front().rule, "activation_cap");
  EXPECT_TRUE(violations(spec, list(28)).empty());
}

TEST(legality_checker, refuses_places_outside_the_stack) {
  const auto found = violations(two_high_stack(), {at(0, cmd::activate, {0, 2, 0, 0, 0, 0}),
                                                   at(10, cmd::activate, {0, 0, 0, 0, 4, 0})});
  EXPECT_EQ(count_of(found, "place"), 2);
}

TEST(legality_checker, takes_commands_in_any_order) {
  EXPECT_TRUE(violations(two_high_stack(), {at(100, cmd::read), at(0, cmd::activate)}).empty());
}

}  // namespace
}  // namespace lamina::validation
