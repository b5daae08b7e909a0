// SPDX-License-Identifier: Apache-2.0
// What a slot of a chip asks of the stack.
#include <gtest/gtest.h>

#include "lamina/models/stacked_chip.h"

namespace {

using lamina::block_dealer;
using lamina::client_request;
using lamina::femtoseconds;
using lamina::piece_layout;
using lamina::slot_client;
using lamina::stacked_chip_spec;
using lamina::tile_schedule;

stacked_chip_spec chip() {
  stacked_chip_spec spec;
  spec.chip.tiles = 2;
  spec.piece_bytes = 1024;
  spec.dram_stack.geometry.burst_bytes = 32;
  return spec;
}

tile_schedule part_of(std::int64_t steps, double load, double store, double missed) {
  tile_schedule part;
  part.blocks = 4;
  part.block.steps = steps;
  part.block.stages = 2;
  part.block.step.load_bytes = load;
  part.block.store_bytes = store;
  part.memory_read_bytes = missed * part.load_bytes();
  part.memory_write_bytes = part.store_bytes();
  return part;
}

const stacked_chip_spec two_tiles = chip();

TEST(slot_client, reads_its_block_step_by_step_and_stores_it) {
  const tile_schedule part = part_of(3, 4096, 64, 1);
  const piece_layout layout(part, two_tiles);
  block_dealer dealer(part.blocks, 2);
  slot_client slot(part, two_tiles, 0, dealer);
  EXPECT_EQ(slot.in_flight(), 2);
  bool began = false;
  for (std::int64_t block : {0, 2, 3}) {
    for (std::uint64_t step = 0; step < 3; ++step) {
      const client_request request = slot.next();
      EXPECT_FALSE(request.write);
      EXPECT_EQ(request.bytes, 4096U);
      EXPECT_EQ(request.address, layout.read_address(block, 4096 * step));
      EXPECT_EQ(request.after_all, step == 0 && began);
    }
    const client_request store = slot.next();
    EXPECT_TRUE(store.write);
    EXPECT_TRUE(store.after_all);
    EXPECT_EQ(store.bytes, 64U);
    EXPECT_EQ(store.address, layout.write_address(block, 0));
    began = true;
  }
  EXPECT_TRUE(slot.next().none);
  EXPECT_TRUE(slot.next().none);
}

TEST(slot_client, asks_for_as_many_bytes_as_miss) {
  const tile_schedule part = part_of(100, 8192, 0, 0.3);
  block_dealer dealer(part.blocks, 1);
  slot_client slot(part, two_tiles, 0, dealer);
  double bytes = 0;
  for (client_request request = slot.next(); !request.none; request = slot.next()) {
    bytes += request.bytes;
  }
  EXPECT_NEAR(bytes, part.memory_read_bytes, 0.01 * part.memory_read_bytes);
}

TEST(slot_client, a_load_that_misses_nothing_keeps_its_place) {
  const tile_schedule part = part_of(100, 512, 0, 0.25);
  block_dealer dealer(part.blocks, 1);
  slot_client slot(part, two_tiles, 0, dealer);
  EXPECT_EQ(slot.in_flight(), 2);  // stages, not misses
  int whole = 0, nothing = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t bytes = slot.next().bytes;
    whole += bytes == 512 ? 1 : 0;
    nothing += bytes == 0 ? 1 : 0;
  }
  EXPECT_EQ(whole, 25);
  EXPECT_EQ(nothing, 75);
}

TEST(slot_client, slots_run_all_blocks_once) {
  const tile_schedule part = part_of(3, 4096, 64, 1);
  block_dealer dealer(part.blocks, 2);
  slot_client first(part, two_tiles, 0, dealer);
  slot_client second(part, two_tiles, 1, dealer);
  double read = 0, written = 0;
  for (slot_client* slot : {&first, &second}) {
    for (client_request request = slot->next(); !request.none; request = slot->next()) {
      (request.write ? written : read) += request.bytes;
    }
  }
  EXPECT_EQ(read, part.load_bytes());
  EXPECT_EQ(written, part.store_bytes());
}

TEST(slot_client, takes_its_next_block_when_it_asks_for_it) {
  const tile_schedule part = part_of(1, 4096, 64, 1);
  const piece_layout layout(part, two_tiles);
  block_dealer dealer(part.blocks, 2);
  slot_client first(part, two_tiles, 0, dealer);
  slot_client second(part, two_tiles, 1, dealer);
  for (int i = 0; i < 2; ++i) first.next(), second.next();  // loads and stores of the first blocks
  EXPECT_EQ(second.next().address, layout.read_address(2, 0));
  EXPECT_EQ(first.next().address, layout.read_address(3, 0));
}

TEST(slot_client, misses_are_counted_over_all_slots) {
  const tile_schedule part = part_of(8, 1024, 0, 0.25);
  block_dealer dealer(part.blocks, 2);
  slot_client first(part, two_tiles, 0, dealer);
  slot_client second(part, two_tiles, 1, dealer);
  // Every fourth load misses, whoever asks for it: of two that take turns, always the same.
  std::uint64_t of_first = 0, of_second = 0;
  for (int i = 0; i < 8; ++i) {
    of_first += first.next().bytes;
    of_second += second.next().bytes;
  }
  EXPECT_EQ(of_first + of_second, 4096U);
  EXPECT_TRUE(of_first == 0 || of_second == 0);
}

TEST(slot_client, a_cut_loop_keeps_its_share_of_what_follows) {
  tile_schedule part = part_of(8, 4096, 1024, 1);
  part.blocks = 8;
  part.memory_read_bytes = part.load_bytes();
  part.memory_write_bytes = part.store_bytes();
  part.block.finish_clocks = 800;
  block_dealer dealer(part.blocks, 1);
  slot_client slot(part, two_tiles, 0, dealer);
  slot.cut(part, 2);
  std::uint64_t read = 0, written = 0;
  femtoseconds finishing{0};
  for (client_request request = slot.next(); !request.none; request = slot.next()) {
    (request.write ? written : read) += request.bytes;
    finishing += request.later;
  }
  EXPECT_EQ(read, 8U * 2 * 4096);
  EXPECT_EQ(written, 2U * 1024);  // whole stores, of every fourth block
  // Behind the last block nothing is asked for any more, unless it has a store.
  EXPECT_NEAR(lamina::to_seconds(finishing),
              lamina::to_seconds(two_tiles.chip.from_clocks(7 * 200.0)),
              lamina::to_seconds(two_tiles.chip.from_clocks(200.0)));
}

/// Two slices under four channels of 256 bytes each: pieces of 512 bytes are above one of them.
TEST(slot_client, asks_near_slices_first) {
  stacked_chip_spec spec = chip();
  spec.piece_bytes = 512;
  lamina::network_level level;
  level.shape = lamina::network_shape::ring;
  level.sizes = {2};
  spec.noc.levels = {level};
  lamina::dram_geometry& g = spec.dram_stack.geometry;
  g.channels = 4;
  using f = lamina::address_field;
  spec.dram_stack.address_map.digits = {{f::column, 8},     {f::channel, 0}, {f::column, 0},
                                        {f::bank_group, 0}, {f::bank, 0},    {f::row, 0}};
  const lamina::address_map map(spec.dram_stack.address_map, g);
  lamina::slice_order order;
  order.turn_of = {1, 0};  // the second slice is near
  order.turns = {{femtoseconds{1000}, femtoseconds{5000}},
                 {femtoseconds{3000}, femtoseconds{9000}}};
  const tile_schedule part = part_of(1, 4096, 0, 1);
  block_dealer dealer(part.blocks, 1);
  slot_client slot(part, spec, 0, dealer);
  EXPECT_EQ(slot.ways(), 1);
  slot.connect(map, order, 1e12, femtoseconds{7});
  EXPECT_EQ(slot.ways(), 2);
  EXPECT_EQ(slot.longer(0), femtoseconds{0});
  EXPECT_EQ(slot.longer(1), femtoseconds{2000});
  EXPECT_EQ(slot.back(1), femtoseconds{10000});
  const client_request request = slot.next();
  bool seen[2] = {false, false};
  for (std::uint64_t at = request.address; at < request.address + request.bytes; at += 512) {
    const lamina::request_part piece = slot.part_at(at);
    EXPECT_EQ(piece.end, at + 512);
    const int slice = lamina::slice_above(spec, map, at, 512);
    EXPECT_EQ(piece.way, 1 - slice);
    seen[slice] = true;
  }
  EXPECT_TRUE(seen[0] && seen[1]);
}

}  // namespace
