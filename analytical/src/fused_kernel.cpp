// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/fused_kernel.h"

#include <algorithm>

#include "lamina/analytical/kernel_time.h"

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

double gemm_seconds(std::int64_t m, std::int64_t n, std::int64_t k, mapper& plans) {
  kernel_work gemm;
  gemm.m = m;
  gemm.n = n;
  gemm.k = k;
  return seconds_of(gemm, plans);
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

struct two_sides {
  double compute = 0;
  double communication = 0;
  bool sent_first = true;  ///< pieces arrive before they are multiplied
};

two_sides sides_of(const fused_work& w, mapper& plans, const rank_link& link) {
  const double others = real(w.ranks - 1) / w.ranks;
  const auto sent = [&](double elements) { return elements * element_bytes / link.bytes_per_s; };
  two_sides s;
  switch (w.kind) {
    case fused_kind::all_gather_gemm:
      s.compute = gemm_seconds(w.m, w.n, w.k, plans);
      s.communication = sent(others * real(w.m) * real(w.k));
      break;
    case fused_kind::gemm_reduce_scatter:
      s.compute = gemm_seconds(w.m, w.n, w.k, plans) +
                  sum_seconds((w.m + w.ranks - 1) / w.ranks, w.n, w.ranks, plans);
      s.communication = sent(others * real(w.m) * real(w.n));
      s.sent_first = false;
      break;
    case fused_kind::moe_reduce_all_reduce: {
      const std::int64_t tokens = std::max<std::int64_t>(1, w.m / w.topk);
      s.compute = gemm_seconds(w.m, w.n, w.k, plans) + sum_seconds(tokens, w.n, w.topk, plans);
      s.communication = sent(2 * others * real(tokens) * real(w.n));
      s.sent_first = false;
      break;
    }
    case fused_kind::expert_dispatch:
      s.communication = sent(others * real(w.m) * real(w.topk) * real(w.n));
      break;
    case fused_kind::ulysses_projection: {
      const std::int64_t rows = std::max<std::int64_t>(1, w.batch * w.seqlen / w.ranks);
      const std::int64_t width = w.heads * w.head_dim;
      s.compute = gemm_seconds(rows, w.out_features, width, plans);
      const double tiles = plans.chip().tiles;
      s.compute *= tiles / std::max(1.0, tiles - w.communication_tiles);
      s.communication = sent(others * real(rows) * real(width));
      break;
    }
  }
  return s;
}

}  // namespace

fused_result fused_time(const fused_work& work, mapper& plans, const rank_link& link) {
  const two_sides s = sides_of(work, plans, link);
  const double piece = s.compute / work.ranks;
  const double last = work.ranks > 1 ? s.communication / (work.ranks - 1) : 0;
  const double overlapped = s.sent_first ? std::max(s.compute, s.communication + piece)
                                         : std::max(s.compute + last, piece + s.communication);
  fused_result result;
  result.compute = from_seconds(s.compute);
  result.communication = from_seconds(s.communication);
  const launch_spec& launch = plans.chip().launch;
  result.elapsed = from_seconds(overlapped) + 2 * link.round +
                   (launch.mode == launch_mode::graph ? launch.graph : launch.gemm);
  return result;
}

}  // namespace lamina::analytical
