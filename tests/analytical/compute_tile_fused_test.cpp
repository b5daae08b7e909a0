// SPDX-License-Identifier: Apache-2.0
// Kernels that send while they compute: the longer side shows, the shorter hides but for a piece.
#include <gtest/gtest.h>

#include <algorithm>

#include "lamina/analytical/fused_kernel.h"

namespace lamina::analytical {
namespace {

chip_spec small_chip() {
  chip_spec chip;
  chip.name = "small";
  chip.tiles = 16;
  chip.tile.matrix.rates = {{16, 1024}};
  chip.shared_buffer.bytes_per_s = 1e12;
  chip.memory.bytes_per_s = 3e11;
  return chip;
}

fused_work work_of(fused_kind kind) {
  fused_work work;
  work.kind = kind;
  work.m = 4096;
  work.n = 1024;
  work.k = 2048;
  work.topk = 4;
  work.heads = 16;
  work.seqlen = 4096;
  work.out_features = 1024;
  return work;
}

constexpr fused_kind kinds[] = {fused_kind::all_gather_gemm, fused_kind::gemm_reduce_scatter,
                                fused_kind::moe_reduce_all_reduce, fused_kind::expert_dispatch,
                                fused_kind::ulysses_projection};

TEST(fused_time, lies_between_the_longer_side_and_both) {
  mapper plans(small_chip());
  for (const fused_kind kind : kinds) {
    for (const double rate : {1e9, 1e10, 1e11, 1e12}) {
      const rank_link link{rate, from_nanoseconds(1000)};
      const fused_result result = fused_time(work_of(kind), plans, link);
      const femtoseconds spent = result.elapsed - 2 * link.round;
      EXPECT_GE(spent, std::max(result.compute, result.communication));
      EXPECT_LE(spent, result.compute + result.communication + femtoseconds{2});
    }
  }
}

TEST(fused_time, a_slow_link_leaves_one_piece_of_compute) {
  mapper plans(small_chip());
  const rank_link link{1e8, femtoseconds{0}};
  const fused_result result = fused_time(work_of(fused_kind::all_gather_gemm), plans, link);
  EXPECT_NEAR(to_seconds(result.elapsed),
              to_seconds(result.communication) + to_seconds(result.compute) / 8, 1e-12);
  // Seven eighths of A, 16 bit wide.
  EXPECT_NEAR(to_seconds(result.communication), 4096.0 * 2048 * 2 * 7 / 8 / 1e8, 1e-12);
}

TEST(fused_time, one_rank_sends_nothing) {
  mapper plans(small_chip());
  for (const fused_kind kind : kinds) {
    fused_work work = work_of(kind);
    work.ranks = 1;
    const fused_result result = fused_time(work, plans, {1e9, femtoseconds{0}});
    EXPECT_EQ(result.communication, femtoseconds{0});
    EXPECT_NEAR(to_seconds(result.elapsed), to_seconds(result.compute), 1e-14);
  }
}

TEST(fused_time, tiles_that_only_send_do_not_compute) {
  mapper plans(small_chip());
  fused_work work = work_of(fused_kind::ulysses_projection);
  const rank_link link{1e11, femtoseconds{0}, 0};
  const double all = to_seconds(fused_time(work, plans, link).compute);
  work.communication_tiles = 4;
  chip_spec rest = small_chip();
  rest.tiles = 12;
  mapper fewer(rest);
  fused_work alone = work;
  alone.communication_tiles = 0;
  const double others = to_seconds(fused_time(alone, fewer, link).compute);
  EXPECT_NEAR(to_seconds(fused_time(work, plans, link).compute), others, 1e-12);
  EXPECT_GT(others, 1.2 * all);
}

TEST(fused_time, tiles_that_send_are_bound_by_what_they_have_in_flight) {
  mapper plans(small_chip());
  fused_work work = work_of(fused_kind::expert_dispatch);
  work.communication_tiles = 2;
  const vector_unit_spec& unit = small_chip().tile.vector;
  const rank_link link{1e12, from_nanoseconds(2000), 0};
  const double rate = 2.0 * unit.resident_items * unit.item_bytes / 2e-6;
  const double bytes = 4096.0 * 4 * 1024 * 2 * 7 / 8;
  EXPECT_NEAR(to_seconds(fused_time(work, plans, link).communication), bytes / rate, 1e-9);
  work.communication_tiles = 4;
  EXPECT_NEAR(to_seconds(fused_time(work, plans, link).communication), bytes / rate / 2, 1e-9);
  // Until the link is full.
  const rank_link slow{1e9, from_nanoseconds(2000), 0};
  EXPECT_NEAR(to_seconds(fused_time(work, plans, slow).communication), bytes / 1e9, 1e-9);
}

TEST(fused_time, sums_over_experts_hide_nothing) {
  mapper plans(small_chip());
  const rank_link link{1e10, femtoseconds{0}, 0};
  const fused_result result = fused_time(work_of(fused_kind::moe_reduce_all_reduce), plans, link);
  EXPECT_EQ(result.elapsed, result.compute + result.communication + small_chip().launch.graph);
}

TEST(fused_time, more_experts_take_longer) {
  mapper plans(small_chip());
  fused_work work = work_of(fused_kind::moe_reduce_all_reduce);
  femtoseconds before{0};
  for (const int experts : {8, 32, 128}) {
    work.experts = experts;
    const femtoseconds now = fused_time(work, plans, {1e11, femtoseconds{0}, 0}).compute;
    EXPECT_GT(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace lamina::analytical
