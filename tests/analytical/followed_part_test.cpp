// SPDX-License-Identifier: Apache-2.0
// Parts that are followed: in windows, and what binds them.
#include <gtest/gtest.h>

#include "hbm2_stack.h"
#include "lamina/analytical/stacked_chip.h"

namespace {

using lamina::kernel_schedule;
using lamina::stacked_chip_spec;
using lamina::tile_schedule;
using lamina::to_seconds;
using lamina::analytical::stacked_chip;

/// Eight tiles on a ring of four nodes under eight channels.
stacked_chip_spec chip() {
  stacked_chip_spec spec;
  spec.name = spec.chip.name = "test";
  spec.chip.tiles = 8;
  spec.chip.clock_hz = 1e9;
  spec.chip.tile.matrix.rates = {{16, 16384}};
  spec.chip.tile.vector.operations_per_clock = 256;
  spec.chip.tile.scratchpad = {1 << 20, 1 << 20, 1024};
  spec.chip.tile.port_bytes_per_clock = 256;
  spec.chip.shared_buffer = {32 << 20, 8e12, lamina::from_nanoseconds(20), 0.5};
  lamina::network_level level;
  level.name = "noc";
  level.shape = lamina::network_shape::ring;
  level.sizes = {4};
  level.bandwidth_bytes_per_s = 1e12;
  level.latency = lamina::from_nanoseconds(2);
  level.packets.payload_bytes = 1024;
  level.packets.switching = lamina::packet_switching::cut_through;
  spec.noc.levels = {level};
  spec.dram_stack = lamina::tests::hbm2_stack();
  spec.dram_stack.geometry.channels = 8;
  return spec;
}

double seconds_of(const stacked_chip_spec& spec, const tile_schedule& part) {
  kernel_schedule schedule;
  schedule.parts = {part};
  stacked_chip chip(spec);
  return to_seconds(chip.run(schedule).elapsed);
}

tile_schedule reading(std::int64_t blocks, std::int64_t steps, double load_bytes) {
  tile_schedule part;
  part.blocks = blocks;
  part.resident = 2;
  part.block.steps = steps;
  part.block.stages = 3;
  part.block.step.load_bytes = load_bytes;
  part.memory_read_bytes = part.load_bytes();
  return part;
}

/// Just as many bursts as are followed whole, and a little more, which are not.
TEST(followed_part, takes_as_long_in_windows_of_waves) {
  const double whole = seconds_of(chip(), reading(16 * 48, 8, 4096)) / 48;
  const double window = seconds_of(chip(), reading(16 * 96, 8, 4096)) / 96;
  EXPECT_NEAR(window, whole, 0.02 * whole);
}

TEST(followed_part, takes_as_long_in_windows_of_loops) {
  const double whole = seconds_of(chip(), reading(24, 250, 4096)) / 250;
  const double window = seconds_of(chip(), reading(24, 4000, 4096)) / 4000;
  EXPECT_NEAR(window, whole, 0.02 * whole);
}

/// Half of the loads hit the buffer, and all of them pass the nodes' links.
TEST(followed_part, waits_for_the_links_of_the_nodes) {
  stacked_chip_spec spec = chip();
  tile_schedule part = reading(16 * 8, 8, 4096);
  part.memory_read_bytes = 0.5 * part.load_bytes();
  spec.noc.levels[0].bandwidth_bytes_per_s = 4e9;
  const double rate = stacked_chip(spec).network_bytes_per_s(part);
  EXPECT_NEAR(seconds_of(spec, part), part.load_bytes() / rate, 0.05 * part.load_bytes() / rate);
}

TEST(followed_part, waits_for_the_ports_of_the_tiles) {
  stacked_chip_spec spec = chip();
  const tile_schedule part = reading(16 * 8, 8, 4096);
  spec.chip.tile.port_bytes_per_clock = 1;
  const double seconds = part.load_bytes() / spec.chip.tiles / 1e9;
  EXPECT_NEAR(seconds_of(spec, part), seconds, 0.02 * seconds);
}

TEST(followed_part, waits_for_the_units_of_the_tiles) {
  tile_schedule part = reading(16 * 8, 8, 4096);
  part.block.step.matrix_clocks = 20000;
  part.block.finish_clocks = 5000;  // while the other block multiplies
  EXPECT_NEAR(seconds_of(chip(), part), 16 * 8 * 20e-6, 0.03 * 16 * 8 * 20e-6);
}

}  // namespace
