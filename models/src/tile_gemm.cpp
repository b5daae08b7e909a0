// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "lamina/models/gemm_mapping.h"

namespace lamina {
namespace {

double real(std::int64_t value) { return static_cast<double>(value); }
std::int64_t pieces(std::int64_t size, std::int64_t piece) { return (size + piece - 1) / piece; }

/// Bytes of one stage: a tile_m x tile_k piece of A and a tile_k x tile_n piece of B.
double stage_bytes(const kernel_work& gemm, const gemm_mapping& map) {
  return (map.tile_m * gemm.a_bits + map.tile_n * gemm.b_bits) * map.tile_k / 8;
}

/// Each unit has a share of the block and reads a row of A and a column of B once for it.
double operand_bytes(const kernel_work& gemm, const gemm_mapping& map,
                     const matrix_unit_spec& unit) {
  int rows = std::min(map.tile_m, unit.operand_rows);
  int columns = std::min(map.tile_n, unit.operand_rows);
  while (map.tile_m / rows * (map.tile_n / columns) < unit.units) {
    if (rows >= columns && rows > unit.rows) {
      rows /= 2;
    } else if (columns > unit.columns) {
      columns /= 2;
    } else {
      break;
    }
  }
  const double shares = std::ceil(1.0 * map.tile_m / rows) * std::ceil(1.0 * map.tile_n / columns);
  return shares * (rows * gemm.a_bits + columns * gemm.b_bits) * map.tile_k / 8;
}

/// Bytes that miss the shared buffer. The blocks of a wave go through k together, so each row
/// panel of A and column panel of B of the wave is read once for all of them. Between waves, the
/// panel that the walk keeps stays in the buffer if it fits, and so does an operand that fits
/// whole.
double read_bytes(const kernel_work& gemm, const gemm_mapping& map, const chip_spec& chip) {
  const double a = real(gemm.m) * real(gemm.k) * gemm.a_bits / 8;
  const double b = real(gemm.k) * real(gemm.n) * gemm.b_bits / 8;
  const double room =
      static_cast<double>(chip.shared_buffer.bytes) * chip.shared_buffer.usable_share;
  if (a + b <= room) return a + b;
  // As if walking down panels of columns; the other order is the same with A and B exchanged.
  const double streamed = map.rows_first ? a : b;
  const double kept = map.rows_first ? b : a;
  const std::int64_t along =
      map.rows_first ? pieces(gemm.m, map.tile_m) : pieces(gemm.n, map.tile_n);
  const std::int64_t across =
      map.rows_first ? pieces(gemm.n, map.tile_n) : pieces(gemm.m, map.tile_m);
  const std::int64_t width = std::min(map.panel, across);
  const std::int64_t slots =
      std::max<std::int64_t>(1, std::int64_t{chip.tiles} * map.resident / map.split_k);
  const std::int64_t panels = pieces(across, width);
  const std::int64_t waves = pieces(along, std::max<std::int64_t>(1, slots / width));
  const double panel_bytes = kept / real(panels);
  const double streams = streamed + panel_bytes <= room ? 1 : real(panels);
  const double visits = panel_bytes <= room ? 1 : real(waves);
  return streamed * streams + kept * visits;
}

std::string text_of(const gemm_mapping& map) {
  std::string text = std::to_string(map.tile_m) + "x" + std::to_string(map.tile_n) + "x" +
                     std::to_string(map.tile_k) + ", " + std::to_string(map.stages) + " stages, " +
                     std::to_string(map.resident) + " resident, panels of " +
                     std::to_string(map.panel) + (map.rows_first ? " columns" : " rows");
  if (map.split_k > 1) text += ", k in " + std::to_string(map.split_k);
  return text;
}

/// Fills stages and resident when the tile has room; false when not.
bool fits(const kernel_work& gemm, const chip_spec& chip, int resident, gemm_mapping& map) {
  const compute_tile_spec& tile = chip.tile;
  const double sums = 4.0 * map.tile_m * map.tile_n * resident;
  if (sums > static_cast<double>(tile.matrix.accumulator_bytes) || resident > tile.resident_blocks)
    return false;
  const double room = std::min(static_cast<double>(tile.scratchpad.block_bytes),
                               static_cast<double>(tile.scratchpad.bytes) / resident);
  map.resident = resident;
  map.stages = static_cast<int>(std::min(6.0, room / stage_bytes(gemm, map)));
  return map.stages >= 2;
}

void add_orders(const kernel_work& gemm, const chip_spec& chip, gemm_mapping map,
                std::vector<gemm_mapping>& all) {
  const std::int64_t down = pieces(gemm.m, map.tile_m);
  const std::int64_t right = pieces(gemm.n, map.tile_n);
  const std::int64_t blocks = down * right * gemm.count;
  const std::int64_t slots = std::int64_t{chip.tiles} * map.resident;
  for (const int split : {1, 2, 3, 4, 6, 8, 12, 16}) {
    if (split > 1 && (blocks >= 2 * slots || split > gemm.k / (4 * map.tile_k))) break;
    map.split_k = split;
    for (const bool rows_first : {true, false}) {
      for (const std::int64_t panel : {1, 2, 4, 8, 16, 32}) {
        if (panel > 1 && panel / 2 >= (rows_first ? right : down)) break;
        map.rows_first = rows_first;
        map.panel = panel;
        all.push_back(map);
      }
    }
  }
}

}  // namespace

std::vector<gemm_mapping> candidate_mappings(const kernel_work& gemm, const chip_spec& chip) {
  std::vector<gemm_mapping> all;
  const matrix_unit_spec& unit = chip.tile.matrix;
  const int least_m = std::max(16, unit.rows);
  const int least_n = std::max(16, unit.columns);
  for (int m = std::max(256, least_m); m >= least_m; m /= 2) {
    // A tile of twice the matrix, or more, is only padding.
    if (m >= 2 * gemm.m && m > least_m) continue;
    for (int n = std::max(256, least_n); n >= least_n; n /= 2) {
      if (n >= 2 * gemm.n && n > least_n) continue;
      for (const int row_bytes : {64, 128}) {
        gemm_mapping map;
        map.tile_m = m;
        map.tile_n = n;
        map.tile_k =
            std::max(unit.depth, static_cast<int>(row_bytes * 8 / std::ceil(operand_bits(gemm))) /
                                     unit.depth * unit.depth);
        for (int resident = 1; resident <= 4; ++resident) {
          if (fits(gemm, chip, resident, map)) add_orders(gemm, chip, map, all);
        }
      }
    }
  }
  return all;
}

tile_schedule gemm_sums(const kernel_work& gemm, const gemm_mapping& map, const chip_spec& chip) {
  kernel_work sum;
  sum.kind = kernel_kind::elementwise;
  sum.m = gemm.m * gemm.count;
  sum.n = gemm.n;
  sum.inputs = map.split_k;
  sum.a_bits = 32;
  sum.c_bits = gemm.c_bits;
  sum.operations_per_element = map.split_k + gemm.epilogue_operations;
  sum.special_per_element = gemm.epilogue_special;
  tile_schedule pass = schedule_pass(sum, chip);
  // Partial sums that fit the shared buffer are still there.
  const double room =
      static_cast<double>(chip.shared_buffer.bytes) * chip.shared_buffer.usable_share;
  if (pass.memory_read_bytes <= room) pass.memory_read_bytes = 0;
  return pass;
}

double gemm_read_bytes(const kernel_work& gemm, const gemm_mapping& map, const chip_spec& chip) {
  return read_bytes(gemm, map, chip) * real(gemm.count) + gemm.extra_read_bytes;
}

tile_schedule gemm_blocks(const kernel_work& gemm, const gemm_mapping& map, const chip_spec& chip) {
  const matrix_unit_spec& unit = chip.tile.matrix;
  const std::int64_t down = pieces(gemm.m, map.tile_m);
  const std::int64_t right = pieces(gemm.n, map.tile_n);
  tile_schedule part;
  part.blocks = down * right * map.split_k * gemm.count;
  part.resident = map.resident;
  part.block.stages = map.stages;
  part.block.steps = pieces(pieces(gemm.k, map.split_k), map.tile_k);
  step_work& step = part.block.step;
  // Rows and columns beyond the edge are computed, but not loaded.
  const double rows = real(gemm.m) / real(down);
  const double columns = real(gemm.n) / real(right);
  const double depth = real(gemm.k) / real(map.split_k * part.block.steps);
  step.load_bytes = (rows * gemm.a_bits + columns * gemm.b_bits) * depth / 8;
  const double rate = chip.tile.macs_per_clock(operand_bits(gemm)) * unit.issue_share;
  step.matrix_clocks = 1.0 * map.tile_m * map.tile_n * map.tile_k / rate;
  if (unit.dataflow == matrix_dataflow::weight_stationary) {
    // A piece of B enters the array row by row before rows of A can stream over it.
    step.matrix_clocks *= 1 + 1.0 * unit.depth / std::max(map.tile_m, 1);
  }
  step.scratchpad_bytes = operand_bytes(gemm, map, unit) + step.load_bytes;
  step.idle_clocks = unit.step_clocks;
  const double sum_bits = map.split_k > 1 ? 32 : gemm.c_bits;
  // Each sum is scaled and converted, and goes through what joins the kernel.
  const double sums = 1.0 * map.tile_m * map.tile_n;
  const bool whole_sums = map.split_k == 1;
  const double operations = 2 + (whole_sums ? gemm.epilogue_operations : 0);
  const double special = whole_sums ? gemm.epilogue_special : 0;
  part.block.finish_clocks = sums * operations / chip.tile.vector.operations_per_clock +
                             sums * special / chip.tile.special.operations_per_clock;
  part.block.store_bytes = rows * columns * sum_bits / 8;
  part.memory_write_bytes = part.store_bytes();
  return part;
}

kernel_schedule schedule_gemm(const kernel_work& gemm, const gemm_mapping& map,
                              const chip_spec& chip) {
  tile_schedule part = gemm_blocks(gemm, map, chip);
  part.memory_read_bytes = gemm_read_bytes(gemm, map, chip);
  kernel_schedule schedule;
  schedule.kind = kernel_kind::gemm;
  schedule.flops = matrix_flops(gemm);
  schedule.mapping = text_of(map);
  schedule.parts.push_back(part);
  if (map.split_k > 1) schedule.parts.push_back(gemm_sums(gemm, map, chip));
  return schedule;
}

}  // namespace lamina
