// SPDX-License-Identifier: Apache-2.0
// What the parts of a logic die take of it.
#include "lamina/models/die_area.h"

#include <gtest/gtest.h>

#include "lamina/models/stacked_chip.h"

namespace {

using lamina::stacked_chip_spec;

/// Four tiles of 1 mm2, a buffer of 2 mm2, no network, 256 wires and 2 controllers.
stacked_chip_spec small() {
  stacked_chip_spec spec;
  spec.chip.tiles = 4;
  spec.chip.tile.matrix.rates = {{16, 100}};
  spec.chip.tile.vector.operations_per_clock = 10;
  spec.chip.tile.scratchpad.bytes = 1 << 20;
  spec.chip.shared_buffer.bytes = 8 << 20;
  spec.chip.area.mac = 0.005;
  spec.chip.area.vector_operation = 0.025;
  spec.chip.area.sram_mib = 0.25;
  spec.chip.area.signal = 0.01;
  spec.chip.area.controller = 0.5;
  spec.chip.area.rest = 1;
  spec.dram_stack.geometry.channels = 2;
  spec.dram_stack.geometry.pseudo_channels = 1;
  spec.dram_stack.geometry.connected_layers = 2;
  spec.dram_stack.geometry.port_bits = 64;
  return spec;
}

TEST(die_area, is_the_sum_that_a_hand_finds) {
  const lamina::die_area area = area_of(small());
  EXPECT_NEAR(area.tiles, 4.0, 1e-9);
  EXPECT_NEAR(area.shared_buffer, 2.0, 1e-9);
  EXPECT_EQ(area.network, 0);
  EXPECT_NEAR(area.stack_interface, 256 * 0.01 + 2 * 0.5, 1e-9);
  EXPECT_NEAR(area.total(), 4 + 2 + 3.56 + 1, 1e-9);
}

TEST(die_area, of_more_connected_layers_leaves_room_for_fewer_tiles) {
  stacked_chip_spec spec = small();
  spec.chip.area.limit = 20;
  EXPECT_EQ(tiles_that_fit(spec), 13);  // 20 - 6.56
  spec.dram_stack.geometry.connected_layers = 4;
  EXPECT_EQ(tiles_that_fit(spec), 10);  // 2.56 more
  spec.chip.area.limit = 5;
  EXPECT_EQ(tiles_that_fit(spec), 0);
}

TEST(die_area, counts_every_link_of_the_network) {
  stacked_chip_spec spec = small();
  spec.chip.area.link_byte = 0.1;
  spec.noc.levels.resize(1);
  spec.noc.levels[0].shape = lamina::network_shape::chain;
  spec.noc.levels[0].sizes = {2};
  spec.noc.levels[0].bandwidth_bytes_per_s = 10 * spec.chip.clock_hz;
  EXPECT_NEAR(area_of(spec).network, 2 * 10 * 0.1, 1e-9);  // one way and back
}

}  // namespace
