// SPDX-License-Identifier: Apache-2.0
// Ways to cut a GEMM into blocks: tile sizes, loop order, how often k is split.
#pragma once

#include <vector>

#include "lamina/models/tile_schedule.h"

namespace lamina {

struct gemm_mapping {
  int tile_m = 128;
  int tile_n = 128;
  int tile_k = 32;
  int stages = 3;          ///< pieces of the k loop in the scratchpad
  int resident = 1;        ///< blocks of a tile at a time
  int split_k = 1;         ///< blocks that share one piece of C, added up by a second kernel
  bool rows_first = true;  ///< blocks walk down a panel of columns, else along a panel of rows
  std::int64_t panel = 8;  ///< width of that panel in blocks
};

/// All mappings that fit the chip's scratchpad and accumulators, in a fixed order. They depend on
/// the sizes only through their number of pieces, so nothing is a table of shapes.
std::vector<gemm_mapping> candidate_mappings(const kernel_work& gemm, const chip_spec& chip);

/// The parts of a mapping's schedule, for whoever compares many of them. The order of the blocks
/// (rows_first, panel) only decides gemm_read_bytes().
/// \{
/// The blocks; memory_read_bytes is not filled in.
tile_schedule gemm_blocks(const kernel_work& gemm, const gemm_mapping& mapping,
                          const chip_spec& chip);
/// Bytes that the blocks read from memory.
double gemm_read_bytes(const kernel_work& gemm, const gemm_mapping& mapping, const chip_spec& chip);
/// What adds up the partial sums of a split k loop.
tile_schedule gemm_sums(const kernel_work& gemm, const gemm_mapping& mapping,
                        const chip_spec& chip);
/// \}

/// The schedule of one mapping.
kernel_schedule schedule_gemm(const kernel_work& gemm, const gemm_mapping& mapping,
                              const chip_spec& chip);

}  // namespace lamina
