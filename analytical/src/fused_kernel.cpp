// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/fused_kernel.h"

#include <algorithm>
#include <cmath>

#include "lamina/analytical/kernel_time.h"
#include "lamina/models/expert_routing.h"

namespace lamina::analytical {
namespace {

constexpr double element_bytes = 2;

double real(std::int64_t value) { return static_cast<double>(value); }

/// Without the launch, which is the fused kernel's.
double seconds_of(const kernel_work& work, mapper& plans) {
  const kernel_schedule& schedule = plans.schedule(work);
  femtoseconds sum{0};
  for (const tile_schedule& part : schedule.parts) sum += part_time(part, plans.chip());
  return to_seconds(sum);
}

/// The quickest schedule of those with the tiles as run; of all where none has them.
double gemm_seconds(const fused_work& w, const kernel_work& gemm, mapper& plans) {
  femtoseconds least = femtoseconds::max();
  for (const gemm_mapping& map : candidate_mappings(gemm, plans.chip())) {
    if (map.tile_m != w.tile_m || map.tile_n != w.tile_n || map.tile_k != w.tile_k) continue;
    femtoseconds sum{0};
    for (const tile_schedule& part : schedule_gemm(gemm, map, plans.chip()).parts) {
      sum += part_time(part, plans.chip());
    }
    least = std::min(least, sum);
  }
  return least < femtoseconds::max() ? to_seconds(least) : seconds_of(gemm, plans);
}

double gemm_seconds(const fused_work& w, std::int64_t m, mapper& plans) {
  kernel_work gemm;
  gemm.m = m;
  gemm.n = w.n;
  gemm.k = w.k;
  return gemm_seconds(w, gemm, plans);
}

/// Each expert's rows with its own weights; a block holds rows of one expert only, so that blocks
/// are filled up.
double grouped_seconds(const fused_work& w, std::int64_t tokens, mapper& plans) {
  const std::int64_t block = w.tile_m > 0 ? w.tile_m : 128;
  const int experts = static_cast<int>(std::max(w.experts, w.topk));
  const double blocks = expected_row_tiles({experts, static_cast<int>(w.topk), 0}, tokens, block);
  kernel_work gemm;
  gemm.count = experts;
  gemm.m = std::max<std::int64_t>(1, std::llround(blocks / experts * real(block)));
  gemm.n = w.n;
  gemm.k = w.k;
  return gemm_seconds(w, gemm, plans);
}

/// Sum of `inputs` matrices of m x n.
double sum_seconds(std::int64_t m, std::int64_t n, std::int64_t inputs, mapper& plans) {
  kernel_work sum;
  sum.kind = kernel_kind::elementwise;
  sum.m = m;
  sum.n = n;
  sum.inputs = static_cast<int>(inputs);
  sum.operations_per_element = real(inputs);
  return seconds_of(sum, plans);
}

/// Tiles that only send, and the rate of all ranks' messages to one that they reach.
int sending_tiles(const fused_work& w, const chip_spec& chip, const rank_link& link) {
  if (w.ranks < 2) return 0;
  const int tiles = w.communication_tiles > 0 ? w.communication_tiles : link.tiles;
  return std::min(tiles, chip.tiles - 1);
}
double sending_rate(int tiles, const chip_spec& chip, const rank_link& link) {
  if (tiles == 0 || link.round.count() == 0) return link.bytes_per_s;
  const double in_flight = 1.0 * chip.tile.vector.resident_items * chip.tile.vector.item_bytes;
  return std::min(link.bytes_per_s, tiles * in_flight / to_seconds(link.round));
}

struct two_sides {
  double compute = 0;
  double communication = 0;
  double overlapped = 0;
};

/// Pieces that arrive before they are multiplied.
double gathered_first(double compute, double sent, int ranks) {
  return std::max(compute, sent + compute / ranks);
}
/// Pieces that are multiplied before they leave.
double multiplied_first(double compute, double sent, int ranks) {
  const double last = ranks > 1 ? sent / (ranks - 1) : 0;
  return std::max(compute + last, compute / ranks + sent);
}

two_sides sides_of(const fused_work& w, mapper& plans, double rate) {
  const double others = real(w.ranks - 1) / w.ranks;
  const auto sent = [&](double elements) { return elements * element_bytes / rate; };
  two_sides s;
  switch (w.kind) {
    case fused_kind::all_gather_gemm:
      s.compute = gemm_seconds(w, w.m, plans);
      s.communication = sent(others * real(w.m) * real(w.k));
      s.overlapped = gathered_first(s.compute, s.communication, w.ranks);
      break;
    case fused_kind::gemm_reduce_scatter:
      s.compute = gemm_seconds(w, w.m, plans) +
                  sum_seconds((w.m + w.ranks - 1) / w.ranks, w.n, w.ranks, plans);
      s.communication = sent(others * real(w.m) * real(w.n));
      s.overlapped = multiplied_first(s.compute, s.communication, w.ranks);
      break;
    case fused_kind::moe_reduce_all_reduce: {
      const std::int64_t tokens = std::max<std::int64_t>(1, w.m / w.topk);
      const double grouped = grouped_seconds(w, tokens, plans);
      const double summed = sum_seconds(tokens, w.n, w.topk, plans);
      s.compute = grouped + summed;
      s.communication = sent(2 * others * real(tokens) * real(w.n));
      s.overlapped = s.compute + s.communication;
      break;
    }
    case fused_kind::expert_dispatch:
      s.overlapped = s.communication = sent(others * real(w.m) * real(w.topk) * real(w.n));
      break;
    case fused_kind::ulysses_projection: {
      const std::int64_t rows = std::max<std::int64_t>(1, w.batch * w.seqlen / w.ranks);
      const std::int64_t width = w.heads * w.head_dim;
      kernel_work gemm;
      gemm.m = rows;
      gemm.n = w.out_features;
      gemm.k = width;
      s.compute = gemm_seconds(w, gemm, plans);
      s.communication = sent(others * real(rows) * real(width));
      s.overlapped = gathered_first(s.compute, s.communication, w.ranks);
      break;
    }
  }
  return s;
}

}  // namespace

fused_result fused_time(const fused_work& work, mapper& plans, const rank_link& link) {
  const chip_spec& chip = plans.chip();
  const int sending = sending_tiles(work, chip, link);
  chip_spec rest = chip;
  rest.tiles -= sending;
  mapper others(rest);
  const two_sides s =
      sides_of(work, sending > 0 ? others : plans, sending_rate(sending, chip, link));
  fused_result result;
  result.compute = from_seconds(s.compute);
  result.communication = from_seconds(s.communication);
  result.elapsed = from_seconds(s.overlapped) + 2 * link.round +
                   (chip.launch.mode == launch_mode::graph ? chip.launch.graph : chip.launch.gemm);
  return result;
}

}  // namespace lamina::analytical
