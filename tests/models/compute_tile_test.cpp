// SPDX-License-Identifier: Apache-2.0
// How kernels are cut into blocks: nothing is lost, nothing is too large for a tile.
#include "lamina/models/compute_tile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lamina/models/gemm_mapping.h"

namespace lamina {
namespace {

chip_spec small_chip() {
  chip_spec chip;
  chip.name = "small";
  chip.tiles = 8;
  chip.tile.matrix.rates = {{8, 2048}, {16, 1024}};
  chip.shared_buffer.bytes = 4 << 20;
  chip.memory.bytes_per_s = 1e12;
  return chip;
}

kernel_work gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  kernel_work work;
  work.m = m;
  work.n = n;
  work.k = k;
  return work;
}

double bytes_of(const kernel_work& w) {
  return 2.0 * static_cast<double>(w.m * w.k + w.k * w.n + w.m * w.n);
}

TEST(gemm_mapping, every_candidate_fits_the_tile) {
  const chip_spec chip = small_chip();
  const auto all = candidate_mappings(gemm(1000, 3000, 500), chip);
  ASSERT_FALSE(all.empty());
  for (const gemm_mapping& map : all) {
    const std::uint64_t stage =
        static_cast<std::uint64_t>((map.tile_m + map.tile_n) * map.tile_k * 2);
    EXPECT_LE(stage * static_cast<std::uint64_t>(map.stages), chip.tile.scratchpad.block_bytes);
    EXPECT_LE(stage * static_cast<std::uint64_t>(map.stages * map.resident),
              chip.tile.scratchpad.bytes);
    EXPECT_LE(static_cast<std::uint64_t>(map.tile_m * map.tile_n * 4 * map.resident),
              chip.tile.matrix.accumulator_bytes);
    EXPECT_GE(map.stages, 2);
  }
}

TEST(gemm_mapping, blocks_do_all_products_and_write_all_of_c_once) {
  const chip_spec chip = small_chip();
  const kernel_work work = gemm(1000, 3000, 500);
  for (const gemm_mapping& map : candidate_mappings(work, chip)) {
    const kernel_schedule schedule = schedule_gemm(work, map, chip);
    const tile_schedule& part = schedule.parts[0];
    const double rate = 1024 * chip.tile.matrix.issue_share;
    const double done = 2 * part.block.step.matrix_clocks * rate *
                        static_cast<double>(part.blocks * part.block.steps);
    EXPECT_GE(done * (1 + 1e-12), schedule.flops) << schedule.mapping;
    const double sums = map.split_k > 1 ? 4.0 * map.split_k : 2.0;
    EXPECT_NEAR(part.store_bytes(), sums * 1000 * 3000, 1) << schedule.mapping;
  }
}

TEST(gemm_mapping, memory_reads_lie_between_once_and_as_often_as_loaded) {
  const chip_spec chip = small_chip();
  const kernel_work work = gemm(4096, 4096, 4096);  // 32 MiB each, beyond the shared buffer
  const double once = 2.0 * 2 * 4096 * 4096;
  for (const gemm_mapping& map : candidate_mappings(work, chip)) {
    const kernel_schedule schedule = schedule_gemm(work, map, chip);
    EXPECT_GE(schedule.parts[0].memory_read_bytes, once) << schedule.mapping;
    EXPECT_LE(schedule.parts[0].memory_read_bytes, schedule.parts[0].load_bytes() * 1.001)
        << schedule.mapping;
  }
}

TEST(gemm_mapping, operands_that_fit_the_shared_buffer_are_read_once) {
  chip_spec chip = small_chip();
  const kernel_work work = gemm(512, 512, 512);  // 0.5 MiB each
  const kernel_schedule schedule =
      schedule_gemm(work, candidate_mappings(work, chip).front(), chip);
  EXPECT_EQ(schedule.parts[0].memory_read_bytes, bytes_of(work) - 2.0 * 512 * 512);
  EXPECT_EQ(schedule.flops, 2.0 * 512 * 512 * 512);
}

TEST(tile_schedule, narrow_operands_take_the_faster_rate) {
  const chip_spec chip = small_chip();
  EXPECT_EQ(chip.tile.macs_per_clock(16), 1024);
  EXPECT_EQ(chip.tile.macs_per_clock(8.5), 2048);  // with a scale for a block of numbers
  EXPECT_EQ(chip.tile.macs_per_clock(4), 2048);
  EXPECT_EQ(chip.tile.macs_per_clock(32), 0);
}

TEST(tile_schedule, softmax_reads_and_writes_each_element_once_when_rows_fit_a_tile) {
  kernel_work work = gemm(1000, 3000, 1);
  work.kind = kernel_kind::softmax;
  const kernel_schedule schedule = schedule_rows(work, small_chip());
  EXPECT_EQ(schedule.parts[0].memory_read_bytes, 2.0 * 1000 * 3000);
  EXPECT_EQ(schedule.parts[0].memory_write_bytes, 2.0 * 1000 * 3000);
}

TEST(tile_schedule, rows_beyond_the_tile_and_the_shared_buffer_are_read_again) {
  kernel_work work = gemm(1000, 1 << 20, 1);
  work.kind = kernel_kind::softmax;
  const kernel_schedule schedule = schedule_rows(work, small_chip());
  EXPECT_EQ(schedule.parts[0].memory_read_bytes, 3 * 2.0 * 1000 * (1 << 20));
}

TEST(tile_schedule, decoding_reads_the_cache_once) {
  kernel_work work;
  work.kind = kernel_kind::attention_decode;
  work.batch = 3;
  work.heads = 32;
  work.kv_heads = 8;
  work.seqlen = 1000;
  const kernel_schedule schedule = schedule_attention(work, small_chip());
  EXPECT_NEAR(schedule.parts[0].memory_read_bytes, 3.0 * 8 * 1000 * 2 * 128 * 2, 1);
  EXPECT_EQ(schedule.flops, 2.0 * 3 * 32 * 1000 * 2 * 128);
}

TEST(tile_schedule, the_cache_of_a_small_batch_is_split_over_the_tiles) {
  kernel_work work;
  work.kind = kernel_kind::attention_decode;
  work.seqlen = 100'000;
  EXPECT_GE(schedule_attention(work, small_chip()).parts[0].blocks, 8);
}

TEST(tile_schedule, a_causal_prefill_does_about_half_of_a_full_one) {
  kernel_work work;
  work.kind = kernel_kind::attention_prefill;
  work.heads = 8;
  work.seqlen = 8192;
  const auto turns = [](const kernel_work& w) {
    const tile_schedule part = schedule_attention(w, small_chip()).parts[0];
    return static_cast<double>(part.blocks * part.block.steps);
  };
  kernel_work full = work;
  full.causal = false;
  EXPECT_NEAR(turns(work) / turns(full), 0.5, 0.02);
}

TEST(tile_schedule, a_chunk_of_a_prefill_sees_the_keys_before_it) {
  kernel_work work;
  work.kind = kernel_kind::attention_prefill;
  work.seqlen = 4096;
  double chunks = 0;
  const double whole = matrix_flops(work);
  for (std::int64_t end = 512; end <= 4096; end += 512) {
    kernel_work chunk = work;
    chunk.seqlen = end;
    chunk.queries = 512;
    chunks += matrix_flops(chunk);
    const tile_schedule part = schedule_attention(chunk, small_chip()).parts[0];
    EXPECT_NEAR(part.memory_read_bytes, 2.0 * 128 * (512 + 2 * static_cast<double>(end)), 1);
  }
  EXPECT_DOUBLE_EQ(chunks, whole);
}

TEST(chip_check, names_what_is_wrong) {
  EXPECT_TRUE(check(small_chip()).empty());
  chip_spec chip = small_chip();
  chip.memory.bytes_per_s = 0;
  chip.tile.matrix.rates.clear();
  const auto problems = check(chip);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].path, "memory.bandwidth");
  EXPECT_EQ(problems[1].path, "tile.matrix.rates");
}

TEST(kernel_check, names_sizes_that_cannot_be) {
  kernel_work work = gemm(0, 1, 1);
  work.heads = 32;
  work.kv_heads = 5;
  const auto problems = check(work);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].path, "m");
  EXPECT_EQ(problems[1].path, "kv_heads");
}

}  // namespace
}  // namespace lamina
