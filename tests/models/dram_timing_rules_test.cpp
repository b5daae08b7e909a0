// SPDX-License-Identifier: Apache-2.0
// Distances between commands, and how a time becomes clocks.
#include "lamina/models/dram_timing_rules.h"

#include <gtest/gtest.h>

namespace lamina {
namespace {

TEST(clocked_time, rounds_up_to_whole_clocks) {
  const femtoseconds clock{312'500};
  EXPECT_EQ((clocked_time{0, femtoseconds{312'500}}.in_clocks(clock)), 1);
  EXPECT_EQ((clocked_time{0, femtoseconds{312'501}}.in_clocks(clock)), 2);
  EXPECT_EQ((clocked_time{3, femtoseconds{1}}.in_clocks(clock)), 4);
  EXPECT_EQ((clocked_time{3, femtoseconds{0}}.in_clocks(clock)), 3);
}

dram_clocks some_clocks() {
  dram_clocks c;
  c.burst = 2, c.RL = 17, c.WL = 7;
  c.tRCDRD = 12, c.tRCDWR = 6, c.tRP = 14, c.tRAS = 28, c.tRC = 43, c.tRTP = 5, c.tWR = 15;
  c.tCCD_S = 2, c.tCCD_L = 4, c.tCCD_R = 3, c.tRRD_S = 4, c.tRRD_L = 6, c.tFAW = 25;
  c.tWTR_S = 4, c.tWTR_L = 9, c.tRTW = 14, c.tRFC = 220, c.tRFCpb = 96, c.tREFI = 3900;
  c.tRREFD = 8;
  return c;
}

TEST(dram_timing_rules, give_the_row_cycle_between_activations_of_a_bank) {
  const dram_timing_rules rules(some_clocks());
  const auto& rule =
      rules.between(dram_command::activate, dram_command::activate, bank_relation::same_bank);
  EXPECT_EQ(rule.distance, 43);
  EXPECT_EQ(rule.parameter, timing_parameter::tRC);
}

TEST(dram_timing_rules, count_a_longer_activation_once_towards_the_column_command) {
  dram_clocks clocks = some_clocks();
  const auto distance = [](const dram_clocks& c) {
    return dram_timing_rules(c).distance(dram_command::activate, dram_command::read,
                                         bank_relation::same_bank);
  };
  clocks.activate = 1;
  const int one = distance(clocks);
  clocks.activate = 2;
  EXPECT_EQ(one, 12);
  EXPECT_EQ(distance(clocks), one + 1);
}

TEST(dram_timing_rules, space_reads_of_a_group_wider_than_of_two_groups) {
  const dram_timing_rules rules(some_clocks());
  const auto reads = [&](bank_relation relation) {
    return rules.distance(dram_command::read, dram_command::read, relation);
  };
  EXPECT_EQ(reads(bank_relation::same_group), 4);
  EXPECT_EQ(reads(bank_relation::same_stack_id), 2);
  EXPECT_EQ(reads(bank_relation::same_port), 3);
}

}  // namespace
}  // namespace lamina
