// SPDX-License-Identifier: Apache-2.0
// Kernels that send while they compute, on ranks that do the same, in closed form.
#pragma once

#include "lamina/analytical/compute_tile.h"

namespace lamina::analytical {

enum class fused_kind : std::uint8_t {
  all_gather_gemm,        ///< A's m rows are gathered while those at hand are multiplied
  gemm_reduce_scatter,    ///< partial C is sent and added up while the next rows are multiplied
  moe_reduce_all_reduce,  ///< grouped GEMM over m rows, sum over topk, all-reduce of m / topk rows
  expert_dispatch,        ///< m tokens of n values to the ranks of their topk experts
  ulysses_projection      ///< heads to sequence, while rows at hand are projected
};

struct fused_work {
  fused_kind kind = fused_kind::all_gather_gemm;
  int ranks = 8;  ///< of sequence parallelism for ulysses_projection
  std::int64_t m = 1, n = 1, k = 1;
  std::int64_t topk = 1;
  /// Of moe_reduce_all_reduce, all with a part on this rank. 128 (with a topk of 8, as Qwen3-235B)
  /// is assumed where a source does not say; it was chosen knowing such measurements.
  std::int64_t experts = 128;
  std::int64_t batch = 1, heads = 1, seqlen = 1, head_dim = 128;  ///< of the whole sequence
  std::int64_t out_features = 1;
  int communication_tiles = 0;             ///< tiles that only send; 0: as many as the link says
  int tile_m = 0, tile_n = 0, tile_k = 0;  ///< of the GEMM as it is run; 0: the quickest
};

/// How one rank sees the others.
struct rank_link {
  double bytes_per_s = 0;  ///< each way, as collectives see it
  femtoseconds round{0};   ///< a round of messages: sent, seen, waited for
  int tiles = 0;           ///< that only send while others compute; 0: sending takes none
};

struct fused_result {
  femtoseconds elapsed{0};
  femtoseconds compute{0};        ///< on the tiles that do not send
  femtoseconds communication{0};  ///< of the bytes alone
};

/// Some tiles of the chip send and the others compute. What a sending tile moves is bound by what
/// it has in flight: an item_bytes for each of its resident items, for a round. A rank's work comes
/// in `ranks` equal pieces, one for each rank. With compute time c and communication time s of all
/// pieces (the own one is not sent)
///
///     gathered before it is multiplied:  max(c, s + c / ranks)
///     multiplied before it is sent:      max(c + s / (ranks - 1), c / ranks + s)
///
/// plus two rounds of messages, to begin and to end. A token's sum over its experts hides nothing:
/// blocks walk over the experts, and of topk random places in that walk the last is at
/// topk / (topk + 1) of it in the mean, so that sums and the all-reduce begin when the grouped GEMM
/// ends.
///
/// Elements have 16 bits. Left out: links shared with anybody else.
fused_result fused_time(const fused_work& work, mapper& plans, const rank_link& link);

}  // namespace lamina::analytical
