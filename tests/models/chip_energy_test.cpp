// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/chip_energy.h"

#include <gtest/gtest.h>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/tile_schedule.h"

namespace lamina {
namespace {

chip_spec chip_of_powers() {
  chip_spec chip;
  chip.tile.matrix.rates = {{8, 2000}, {16, 1000}};
  chip.tile.matrix.issue_share = 0.5;
  chip.tile.vector.operations_per_clock = 10;
  chip.tile.special.operations_per_clock = 2;
  chip.energy = {1, 100, 10'000, 0.125, 1.25, 7};
  return chip;
}

kernel_schedule two_blocks_of_three_steps() {
  tile_schedule part;
  part.blocks = 2;
  part.block.steps = 3;
  part.block.step.matrix_clocks = 4;
  part.block.step.vector_clocks = 5;
  part.block.step.special_clocks = 6;
  part.block.step.scratchpad_bytes = 7;
  part.block.finish_clocks = 8;
  kernel_schedule all;
  all.parts = {part};
  return all;
}

TEST(chip_energy, counts_busy_units_bits_and_time) {
  kernel_result result;
  result.elapsed = from_seconds(2);
  result.shared_buffer_bytes = 9;
  name_energy(two_blocks_of_three_steps(), chip_of_powers(), result);
  const double macs = 6 * 4 * 0.5 * 1000, operations = (6 * 5 + 2 * 8) * 10, special = 6 * 6 * 2;
  EXPECT_DOUBLE_EQ(result.energy.tiles_j,
                   macs + 100 * operations + 10'000 * special + 6 * 7 * 8 * 0.125);
  EXPECT_DOUBLE_EQ(result.energy.shared_buffer_j, 9 * 8 * 1.25);
  EXPECT_DOUBLE_EQ(result.energy.static_j, 14);
  EXPECT_EQ(result.energy.memory_j + result.energy.network_j, 0);
}

TEST(chip_energy, is_nothing_where_the_chip_does_not_state_it) {
  chip_spec chip = chip_of_powers();
  chip.energy.mac_j = 0;
  kernel_result result;
  result.elapsed = from_seconds(2);
  name_energy(two_blocks_of_three_steps(), chip, result);
  EXPECT_EQ(result.energy.total_j(), 0);
}

TEST(chip_energy, an_idle_stack_takes_background_and_refresh) {
  dram_stack_spec stack;
  stack.geometry.channels = 4;
  stack.geometry.pseudo_channels = 2;
  stack.geometry.stack_ids = 1;
  stack.timings.tREFI = {0, from_nanoseconds(4000)};
  stack.controller.refresh = refresh_policy::all_bank;
  stack.energy.background_w = 3;
  stack.energy.refresh_all_bank_j = 1e-9;
  const double interval_s = to_seconds(resolve(stack.geometry, stack.timings).tCK) *
                            resolve(stack.geometry, stack.timings).tREFI;
  EXPECT_NEAR(interval_s, 4e-6, 1e-8);
  EXPECT_DOUBLE_EQ(refreshes_per_s(stack), 8 / interval_s);
  EXPECT_DOUBLE_EQ(idle_power_w(stack), 3 + 8e-9 / interval_s);
  stack.controller.refresh = refresh_policy::none;
  EXPECT_DOUBLE_EQ(idle_power_w(stack), 3);
}

}  // namespace
}  // namespace lamina
