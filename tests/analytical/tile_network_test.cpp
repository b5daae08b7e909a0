// SPDX-License-Identifier: Apache-2.0
// Links of a stacked chip carry what the tiles behind them ask for, counted by hand.
#include "../../analytical/src/tile_network.h"

#include <gtest/gtest.h>

namespace lamina::analytical {
namespace {

/// Two nodes, one link each way of 100 GB/s without headers.
stacked_chip_spec two_nodes(int tiles) {
  stacked_chip_spec spec;
  spec.chip.tiles = tiles;
  spec.piece_bytes = 1024;
  network_level level;
  level.shape = network_shape::chain;
  level.sizes = {2};
  level.bandwidth_bytes_per_s = 100e9;
  level.packets.payload_bytes = 256;
  level.packets.header_bytes = 0;
  level.energy_j_per_bit = 1e-12;
  spec.noc.levels = {level};
  return spec;
}

tile_schedule blocks(std::int64_t count, int resident = 4) {
  tile_schedule part;
  part.blocks = count;
  part.resident = resident;
  return part;
}

TEST(tile_network, of_each_two_bytes_one_crosses) {
  const tile_network network(two_nodes(2));
  EXPECT_NEAR(network.of_all_tiles().bytes_per_s, 400e9, 1e3);
  EXPECT_NEAR(network.j_per_byte(), 0.5 * 8e-12, 1e-18);
}

TEST(tile_network, a_node_with_two_tiles_fills_the_link_towards_it) {
  // Of six pieces two cross towards the node with two tiles.
  EXPECT_NEAR(tile_network(two_nodes(3)).of_all_tiles().bytes_per_s, 300e9, 1e3);
}

TEST(tile_network, a_lone_block_has_one_link) {
  EXPECT_NEAR(tile_network(two_nodes(2)).bytes_per_s(blocks(1)), 200e9, 1e3);
}

TEST(tile_network, blocks_of_a_part_that_fills_no_wave_are_on_tiles_in_turn) {
  // Tiles 0 and 2 are at one node: five blocks are 2 + 1 there and 2 at the other.
  EXPECT_NEAR(tile_network(two_nodes(3)).bytes_per_s(blocks(5)), 100e9 * 10 / 3, 1e3);
  // Waves that fill all tiles are even.
  EXPECT_NEAR(tile_network(two_nodes(2)).bytes_per_s(blocks(9)), 400e9, 1e3);
}

TEST(tile_network, a_node_with_two_of_three_tiles_has_two_thirds_of_the_rate) {
  EXPECT_NEAR(tile_network(two_nodes(3)).node_bytes_per_s(blocks(12)), 300e9 * 2 / 3, 1e3);
}

TEST(tile_network, slices_as_near_as_each_other_share_a_turn) {
  stacked_chip_spec spec = two_nodes(9);
  spec.noc.levels[0].shape = network_shape::mesh;
  spec.noc.levels[0].sizes = {3, 3};
  spec.noc.levels[0].latency = femtoseconds{2'000'000};
  const tile_network network(spec);
  const slice_order& middle = network.order_of(4);
  EXPECT_EQ(middle.turn_of, (std::vector<int>{2, 1, 2, 1, 0, 1, 2, 1, 2}));
  EXPECT_EQ(middle.turns.size(), 3U);
  EXPECT_EQ(middle.turns[0].back, femtoseconds{0});
  EXPECT_LT(middle.turns[1].there, middle.turns[2].there);
  EXPECT_LT(middle.turns[1].there, middle.turns[1].back);
  EXPECT_EQ(network.order_of(0).turn_of[8], 4);
}

}  // namespace
}  // namespace lamina::analytical
