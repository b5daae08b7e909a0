// SPDX-License-Identifier: Apache-2.0
// The closed form of compute tiles: bounds that hold, resources that help, mappings remembered.
#include "lamina/analytical/compute_tile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lamina/analytical/kernel_time.h"

namespace lamina::analytical {
namespace {

chip_spec small_chip() {
  chip_spec chip;
  chip.name = "small";
  chip.tiles = 16;
  chip.tile.matrix.rates = {{16, 1024}};
  chip.tile.matrix.step_clocks = 40;
  chip.shared_buffer.bytes_per_s = 1e12;
  chip.memory.bytes_per_s = 3e11;
  return chip;
}

/// Kernels of every kind, from a seed.
kernel_work draw(std::mt19937_64& engine) {
  const auto size = [&engine](double low, double high) {
    return static_cast<std::int64_t>(
        std::exp(std::uniform_real_distribution<>(std::log(low), std::log(high))(engine)));
  };
  kernel_work work;
  work.kind = static_cast<kernel_kind>(std::uniform_int_distribution<>(0, 5)(engine));
  work.m = size(1, 8192);
  work.n = size(1, 8192);
  work.k = size(1, 8192);
  work.batch = size(1, 64);
  work.heads = size(1, 64);
  work.seqlen = size(1, 8192);
  return work;
}

TEST(kernel_time, no_resource_is_busier_than_the_kernel_is_long) {
  std::mt19937_64 engine(7);
  mapper plans(small_chip());
  compute_tile tile(small_chip());
  for (int i = 0; i < 200; ++i) {
    const kernel_work work = draw(engine);
    const kernel_schedule& schedule = plans.schedule(work);
    const kernel_result result = tile.run(schedule);
    for (const tile_limit limit :
         {tile_limit::matrix, tile_limit::vector, tile_limit::special, tile_limit::scratchpad,
          tile_limit::port, tile_limit::shared_buffer, tile_limit::memory}) {
      EXPECT_LE(result.limit(limit), to_seconds(result.elapsed) * (1 + 1e-9))
          << name_of(work.kind) << ", " << schedule.mapping << ", " << name_of(limit);
    }
  }
}

TEST(kernel_time, more_of_a_resource_never_hurts) {
  std::mt19937_64 engine(8);
  const chip_spec base = small_chip();
  chip_spec faster[4] = {base, base, base, base};
  faster[0].clock_hz *= 1.5;
  faster[1].memory.bytes_per_s *= 1.5;
  faster[2].shared_buffer.bytes_per_s *= 1.5;
  faster[3].memory.latency /= 2;
  mapper plans(base);
  for (int i = 0; i < 100; ++i) {
    // The same schedule: the mapper must not make up for it.
    const kernel_schedule& schedule = plans.schedule(draw(engine));
    const femtoseconds before = kernel_time(schedule, base);
    for (const chip_spec& chip : faster) {
      EXPECT_LE(kernel_time(schedule, chip), before) << schedule.mapping;
    }
  }
}

TEST(kernel_time, a_large_product_runs_at_the_sustained_matrix_rate) {
  const chip_spec chip = small_chip();
  kernel_work work;
  work.m = work.n = work.k = 8192;
  const double seconds = to_seconds(compute_tile(chip).run(mapper(chip).schedule(work)).elapsed);
  const double ideal = matrix_flops(work) / chip.peak_flops(16);
  EXPECT_GT(seconds, ideal);
  EXPECT_LT(seconds, ideal * 1.1);
}

TEST(kernel_time, a_product_with_one_row_waits_for_memory) {
  const chip_spec chip = small_chip();
  kernel_work work;
  work.n = work.k = 8192;
  const kernel_result result = compute_tile(chip).run(mapper(chip).schedule(work));
  EXPECT_EQ(result.bound_by, tile_limit::memory);
  const double ideal = 2.0 * 8192 * 8192 / chip.memory.bytes_per_s;
  EXPECT_NEAR(to_seconds(result.elapsed), ideal, ideal * 0.05);
}

TEST(kernel_time, one_block_more_than_the_tiles_hold_costs_a_wave) {
  const chip_spec chip = small_chip();
  tile_schedule part;
  part.block.steps = 100;
  part.block.step.matrix_clocks = 1000;
  part.blocks = chip.tiles;
  const double one = to_seconds(part_time(part, chip));
  part.blocks = chip.tiles + 1;
  EXPECT_NEAR(to_seconds(part_time(part, chip)) / one, 2, 0.02);
}

TEST(kernel_time, launches_count_once_eagerly_and_for_each_part_in_a_graph) {
  chip_spec chip = small_chip();
  chip.launch.gemm = from_nanoseconds(9000);
  chip.launch.graph = from_nanoseconds(1000);
  kernel_schedule schedule;
  schedule.parts.resize(3);
  chip.launch.mode = launch_mode::eager;
  EXPECT_EQ(launch_time(schedule, chip.launch), from_nanoseconds(11'000));
  chip.launch.mode = launch_mode::graph;
  EXPECT_EQ(launch_time(schedule, chip.launch), from_nanoseconds(3000));
}

TEST(mapper, remembers_what_it_searched) {
  mapper plans(small_chip());
  kernel_work work;
  work.m = work.n = work.k = 1000;
  const kernel_schedule* first = &plans.schedule(work);
  EXPECT_EQ(first, &plans.schedule(work));
  EXPECT_EQ(plans.searches(), 1U);
  work.k = 1001;
  plans.schedule(work);
  EXPECT_EQ(plans.searches(), 2U);
}

TEST(mapper, finds_the_quickest_of_all_mappings) {
  const chip_spec chip = small_chip();
  kernel_work work;
  work.m = 300;
  work.n = 700;
  work.k = 2000;
  mapper plans(chip);
  const femtoseconds found = kernel_time(plans.schedule(work), chip);
  for (const gemm_mapping& map : candidate_mappings(work, chip)) {
    EXPECT_LE(found, kernel_time(schedule_gemm(work, map, chip), chip));
  }
}

TEST(mapper, attention_that_is_not_fused_writes_and_reads_its_scores) {
  chip_spec chip = small_chip();
  kernel_work work;
  work.kind = kernel_kind::attention_prefill;
  work.heads = 8;
  work.seqlen = 2048;
  const auto bytes = [&work](const chip_spec& on) {
    return compute_tile(on).run(mapper(on).schedule(work)).memory_bytes;
  };
  const double fused = bytes(chip);
  chip.fusion.attention = false;
  // 16-bit scores: written, read and written by the softmax, read.
  EXPECT_GE(bytes(chip) - fused, 4.0 * 2 * 8 * 2048 * 2048);
  EXPECT_EQ(mapper(chip).schedule(work).parts.size(), 3U);
}

TEST(mapper, refuses_a_kernel_of_no_size_and_a_chip_without_memory) {
  mapper plans(small_chip());
  kernel_work work;
  work.k = 0;
  EXPECT_THROW(plans.schedule(work), std::invalid_argument);
  chip_spec chip = small_chip();
  chip.memory.bytes_per_s = 0;
  EXPECT_THROW(mapper{chip}, std::invalid_argument);
}

}  // namespace
}  // namespace lamina::analytical
