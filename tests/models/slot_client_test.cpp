// SPDX-License-Identifier: Apache-2.0
// What a slot of a chip asks of the stack.
#include <gtest/gtest.h>

#include "lamina/models/stacked_chip.h"

namespace {

using lamina::client_request;
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

TEST(slot_client, reads_its_block_step_by_step_and_stores_it) {
  const tile_schedule part = part_of(3, 4096, 64, 1);
  const piece_layout layout(part, chip());
  slot_client slot(part, chip(), 0);
  EXPECT_EQ(slot.in_flight(), 2);
  bool began = false;
  for (std::int64_t block : {0, 2, 0}) {
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
}

TEST(slot_client, asks_for_as_many_bytes_as_miss) {
  const tile_schedule part = part_of(100, 8192, 0, 0.3);
  slot_client slot(part, chip(), 1);
  double bytes = 0;
  bool began = false;
  int blocks = 0;
  while (blocks < 8) {
    const client_request request = slot.next();
    if (request.after_all && began) ++blocks;
    began = true;
    if (blocks < 8) bytes += request.bytes;
  }
  EXPECT_NEAR(bytes, 8 * 0.3 * 100 * 8192, 0.01 * 8 * 0.3 * 100 * 8192);
}

TEST(slot_client, a_load_that_misses_nothing_keeps_its_place) {
  const tile_schedule part = part_of(100, 512, 0, 0.25);
  slot_client slot(part, chip(), 0);
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
  lamina::block_dealer dealer(part.blocks, 2, 2, true);
  slot_client first(part, chip(), 0, &dealer);
  slot_client second(part, chip(), 1, &dealer);
  double read = 0, written = 0;
  for (slot_client* slot : {&first, &second}) {
    for (client_request request = slot->next(); !request.none; request = slot->next()) {
      (request.write ? written : read) += request.bytes;
    }
    EXPECT_TRUE(slot->next().none);
  }
  EXPECT_EQ(read, part.load_bytes());
  EXPECT_EQ(written, part.store_bytes());
}

TEST(slot_client, misses_are_counted_over_all_slots) {
  const tile_schedule part = part_of(8, 1024, 0, 0.25);
  lamina::block_dealer dealer(part.blocks, 2, 2);
  slot_client first(part, chip(), 0, &dealer);
  slot_client second(part, chip(), 1, &dealer);
  // Every fourth load misses, whoever asks for it: of two that take turns, always the same.
  std::uint64_t of_first = 0, of_second = 0;
  for (int i = 0; i < 8; ++i) {
    of_first += first.next().bytes;
    of_second += second.next().bytes;
  }
  EXPECT_EQ(of_first + of_second, 4096U);
  EXPECT_TRUE(of_first == 0 || of_second == 0);
}

TEST(slot_client, shares_the_port_with_as_many_as_there_are) {
  tile_schedule part = part_of(3, 4096, 64, 1);
  const auto alone = slot_client(part, chip(), 0).spacing();
  part.resident = 16;  // but two blocks for each of the two tiles
  EXPECT_EQ(slot_client(part, chip(), 0).spacing(), alone * 2);
}

TEST(slot_client, waits_for_stores_only_when_nothing_is_loaded) {
  EXPECT_TRUE(slot_client(part_of(2, 4096, 64, 1), chip(), 0).posts_writes());
  EXPECT_FALSE(slot_client(part_of(2, 4096, 4096, 0), chip(), 0).posts_writes());
}

TEST(slot_client, hurries_with_its_own_work) {
  tile_schedule part = part_of(2, 4096, 64, 1);
  part.block.step.matrix_clocks = 1000;
  slot_client slot(part, chip(), 0);
  const auto whole = slot.pause();
  slot.hurry(0.25);
  EXPECT_EQ(slot.pause().count() * 4, whole.count());
}

}  // namespace
