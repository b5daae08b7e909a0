// SPDX-License-Identifier: Apache-2.0
// The compute tile: matrix, vector and special-function units behind a scratchpad.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/spec_problem.h"

namespace lamina {

enum class matrix_dataflow : std::uint8_t {
  output_stationary,  ///< the loop runs over k, partial sums stay in the accumulators
  weight_stationary   ///< a depth x columns piece of B stays in the array while rows stream through
};

/// Multiply-accumulates a clock of the whole tile, for operands of at most so many bits.
struct matrix_rate {
  int operand_bits = 16;
  double macs_per_clock = 0;
};

struct matrix_unit_spec {
  int units = 4;    ///< equal units that work on parts of one block
  int rows = 16;    ///< smallest product that is done at once; sizes are rounded up to it
  int columns = 8;  ///< of it
  int depth = 16;   ///< of it
  matrix_dataflow dataflow = matrix_dataflow::output_stationary;
  std::vector<matrix_rate> rates;
  double issue_share = 1;  ///< of the rate that back-to-back instructions reach
  int step_clocks = 0;     ///< between two steps of one block: barrier, first operands
  int operand_rows = 64;   ///< most rows (and columns) of a unit's share of a block: what is read
                           ///< from the scratchpad once is used so often
  std::uint64_t accumulator_bytes = 128 << 10;  ///< 32-bit partial sums of all resident blocks
};

struct vector_unit_spec {
  double operations_per_clock = 64;  ///< 32-bit, a fused multiply-add counts once
  int resident_items = 2048;         ///< threads that the tile keeps at a time
  int block_items = 1024;            ///< most of one block
  int item_bytes = 16;               ///< most that an item loads at once
};

struct special_function_unit_spec {
  double operations_per_clock = 16;  ///< exponentials, reciprocals, roots
};

/// SRAM of one tile, software managed.
struct scratchpad_spec {
  std::uint64_t bytes = 164 << 10;
  std::uint64_t block_bytes = 163 << 10;  ///< most of one block
  double bytes_per_clock = 128;
};

struct compute_tile_spec {
  matrix_unit_spec matrix;
  vector_unit_spec vector;
  special_function_unit_spec special;
  scratchpad_spec scratchpad;
  double port_bytes_per_clock = 64;  ///< between the scratchpad and the rest of the chip
  int resident_blocks = 32;          ///< most blocks at a time

  /// MACs a clock for operands of `bits`; 0 when no rate is wide enough.
  double macs_per_clock(double bits) const;
};

std::vector<spec_problem> check(const compute_tile_spec& tile);

}  // namespace lamina
