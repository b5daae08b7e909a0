// SPDX-License-Identifier: Apache-2.0
// Compute tiles event by event, against times worked out by hand.
#include "lamina/tlm/compute_tile.h"

#include <gtest/gtest.h>

#include "lamina/models/gemm_mapping.h"

namespace lamina::sysc {
namespace {

/// One tile at 1 GHz with a port of 64 B/ns; shared buffer 1000 B/ns and 10 ns, memory 500 B/ns and
/// 100 ns.
chip_spec one_tile() {
  chip_spec chip;
  chip.name = "one tile";
  chip.clock_hz = 1e9;
  chip.tile.matrix.rates = {{16, 1024}};
  chip.tile.port_bytes_per_clock = 64;
  chip.shared_buffer.bytes_per_s = 1e12;
  chip.shared_buffer.latency = from_nanoseconds(10);
  chip.memory.bytes_per_s = 5e11;
  chip.memory.latency = from_nanoseconds(100);
  return chip;
}

kernel_schedule schedule_of(const tile_schedule& part) {
  kernel_schedule schedule;
  schedule.parts.push_back(part);
  return schedule;
}

tile_schedule two_turns() {
  tile_schedule part;
  part.block.steps = 2;
  part.block.stages = 2;
  part.block.step.load_bytes = 6400;
  part.block.step.matrix_clocks = 50;
  part.block.finish_clocks = 20;
  part.block.store_bytes = 640;
  part.memory_read_bytes = 12800;
  part.memory_write_bytes = 640;
  return part;
}

TEST(compute_tile, a_block_loads_ahead_computes_and_stores) {
  // Loads leave the port at 100 and 200 ns and arrive 100 ns later; turns end at 250 and 350, the
  // epilogue at 370, the store at 380 and its answer comes at 480.
  const kernel_result result = simulate(one_tile(), schedule_of(two_turns()));
  EXPECT_EQ(result.elapsed, from_nanoseconds(480));
  EXPECT_DOUBLE_EQ(result.memory_bytes, 13440);
  EXPECT_DOUBLE_EQ(result.shared_buffer_bytes, 13440);
}

TEST(compute_tile, with_one_stage_nothing_is_loaded_ahead) {
  tile_schedule part = two_turns();
  part.block.stages = 1;
  // The second load leaves only at 250, when the first turn has ended.
  EXPECT_EQ(simulate(one_tile(), schedule_of(part)).elapsed, from_nanoseconds(480 + 150));
}

TEST(compute_tile, blocks_of_one_tile_take_turns_at_the_matrix_unit) {
  tile_schedule part;
  part.blocks = 2;
  part.resident = 2;
  part.block.steps = 3;
  part.block.step.load_bytes = 64;
  part.block.step.matrix_clocks = 100;
  // From the first load's arrival at 1 + 10 ns the unit never rests.
  EXPECT_EQ(simulate(one_tile(), schedule_of(part)).elapsed, from_nanoseconds(611 + 100));
}

TEST(compute_tile, another_block_fills_the_rest_between_two_turns) {
  tile_schedule part;
  part.block.steps = 10;
  part.block.step.load_bytes = 64;
  part.block.step.matrix_clocks = 100;
  part.block.step.idle_clocks = 50;
  part.blocks = 2;
  part.resident = 2;
  EXPECT_EQ(simulate(one_tile(), schedule_of(part)).elapsed,
            from_nanoseconds(11 + 2000 + 50 + 100));
}

TEST(compute_tile, alone_a_block_rests_between_two_turns) {
  tile_schedule part;
  part.block.steps = 10;
  part.block.step.load_bytes = 64;
  part.block.step.matrix_clocks = 100;
  part.block.step.idle_clocks = 50;
  EXPECT_EQ(simulate(one_tile(), schedule_of(part)).elapsed, from_nanoseconds(11 + 1500 + 100));
}

TEST(compute_tile, units_work_one_after_the_other_for_a_block) {
  tile_schedule part;
  part.block.step.load_bytes = 64;
  part.block.step.matrix_clocks = 100;
  part.block.step.vector_clocks = 30;
  part.block.step.special_clocks = 7;
  EXPECT_EQ(simulate(one_tile(), schedule_of(part)).elapsed, from_nanoseconds(11 + 137 + 100));
}

TEST(compute_tile, parts_follow_each_other) {
  chip_spec chip = one_tile();
  chip.launch.start = from_nanoseconds(5);
  chip.launch.graph = from_nanoseconds(1000);
  kernel_schedule schedule = schedule_of(two_turns());
  schedule.parts.push_back(two_turns());
  EXPECT_EQ(simulate(chip, schedule).elapsed, from_nanoseconds(2 * (1000 + 5 + 480)));
}

TEST(compute_tile, all_bytes_of_a_product_pass_the_ways) {
  chip_spec chip = one_tile();
  chip.tiles = 4;
  kernel_work work;
  work.m = 300;
  work.n = 500;
  work.k = 700;
  const kernel_schedule schedule =
      schedule_gemm(work, candidate_mappings(work, chip).front(), chip);
  const kernel_result result = simulate(chip, schedule);
  const tile_schedule& part = schedule.parts[0];
  EXPECT_NEAR(result.shared_buffer_bytes, part.load_bytes() + part.store_bytes(), 1);
  EXPECT_NEAR(result.memory_bytes, part.memory_read_bytes + part.memory_write_bytes, 1);
  EXPECT_EQ(result.flops, 2.0 * 300 * 500 * 700);
}

/// 40 waves and a half of blocks with 20 steps.
kernel_schedule long_schedule(const chip_spec& chip) {
  tile_schedule part = two_turns();
  part.block.steps = 20;
  part.resident = 2;
  part.blocks = std::int64_t{chip.tiles} * 2 * 40 + chip.tiles;
  part.memory_read_bytes = part.load_bytes() / 10;
  return schedule_of(part);
}

TEST(compute_tile, a_window_says_what_it_simulated) {
  chip_spec chip = one_tile();
  chip.tiles = 16;
  const kernel_result result = simulate(chip, long_schedule(chip), {16 * 2 * 20 * 4});
  EXPECT_NEAR(result.simulated_share, 4.5 / 40.5, 1e-9);
  const tile_schedule part = long_schedule(chip).parts[0];
  EXPECT_NEAR(result.memory_bytes, part.memory_read_bytes + part.memory_write_bytes, 1);
}

TEST(compute_tile, a_window_is_as_long_as_the_whole) {
  chip_spec chip = one_tile();
  chip.tiles = 16;
  // Whole: each wave of two blocks waits for the port, 2 x 20 loads of 100 ns.
  const kernel_result window = simulate(chip, long_schedule(chip), {16 * 2 * 20 * 4});
  EXPECT_NEAR(to_seconds(window.elapsed), (40 * 2 + 1) * 20 * 100e-9, 40.5 * 0.4e-6);
}

TEST(compute_tile, refuses_a_schedule_without_blocks) {
  kernel_schedule schedule = schedule_of(two_turns());
  schedule.parts[0].blocks = 0;
  EXPECT_THROW(simulate(one_tile(), schedule), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::sysc
