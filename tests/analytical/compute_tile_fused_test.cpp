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
  const rank_link link{1e11, femtoseconds{0}};
  const double all = to_seconds(fused_time(work, plans, link).compute);
  work.communication_tiles = 4;
  EXPECT_NEAR(to_seconds(fused_time(work, plans, link).compute) / all, 16.0 / 12, 1e-6);
}

}  // namespace
}  // namespace lamina::analytical
