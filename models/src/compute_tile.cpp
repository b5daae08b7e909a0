// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/compute_tile.h"

#include <cmath>

namespace lamina {
namespace {

using problems = std::vector<spec_problem>;

void above_zero(double value, const char* path, problems& found) {
  if (std::isfinite(value) && value > 0) return;
  found.push_back({path, "must be above 0", ""});
}

void check_rates(const matrix_unit_spec& matrix, problems& found) {
  if (matrix.rates.empty()) {
    found.push_back({"matrix.rates", "a matrix unit without a rate multiplies nothing",
                     "give MACs a clock for at least one operand width"});
  }
  for (std::size_t i = 0; i < matrix.rates.size(); ++i) {
    const std::string path = "matrix.rates." + std::to_string(i);
    above_zero(matrix.rates[i].macs_per_clock, (path + ".macs_per_clock").c_str(), found);
    if (i > 0 && matrix.rates[i].operand_bits <= matrix.rates[i - 1].operand_bits) {
      found.push_back(
          {path + ".operand_bits", "rates are listed from narrow to wide operands", ""});
    }
  }
}

}  // namespace

double compute_tile_spec::macs_per_clock(double bits) const {
  for (const matrix_rate& rate : matrix.rates) {
    // Scales of a block of numbers do not make its numbers wider.
    if (bits < rate.operand_bits + 1) return rate.macs_per_clock;
  }
  return 0;
}

std::vector<spec_problem> check(const compute_tile_spec& tile) {
  problems found;
  check_rates(tile.matrix, found);
  above_zero(tile.matrix.units, "matrix.units", found);
  above_zero(tile.matrix.rows, "matrix.rows", found);
  above_zero(tile.matrix.columns, "matrix.columns", found);
  above_zero(tile.matrix.depth, "matrix.depth", found);
  above_zero(tile.matrix.operand_rows, "matrix.operand_rows", found);
  above_zero(tile.matrix.issue_share, "matrix.issue_share", found);
  if (tile.matrix.issue_share > 1) {
    found.push_back({"matrix.issue_share", "a share is at most 1", ""});
  }
  if (tile.matrix.step_clocks < 0) {
    found.push_back({"matrix.step_clocks", "must not be below 0", ""});
  }
  above_zero(tile.vector.operations_per_clock, "vector.operations_per_clock", found);
  above_zero(tile.vector.block_items, "vector.block_items", found);
  above_zero(tile.vector.item_bytes, "vector.item_bytes", found);
  if (tile.vector.resident_items < tile.vector.block_items) {
    found.push_back({"vector.resident_items", "a block's items must fit the tile",
                     "raise it to vector.block_items"});
  }
  above_zero(tile.special.operations_per_clock, "special.operations_per_clock", found);
  above_zero(tile.scratchpad.bytes_per_clock, "scratchpad.bytes_per_clock", found);
  above_zero(static_cast<double>(tile.scratchpad.block_bytes), "scratchpad.block_bytes", found);
  if (tile.scratchpad.block_bytes > tile.scratchpad.bytes) {
    found.push_back({"scratchpad.block_bytes", "a block cannot have more than the scratchpad", ""});
  }
  const double smallest = 4.0 * tile.matrix.rows * tile.matrix.columns;
  if (static_cast<double>(tile.matrix.accumulator_bytes) < smallest) {
    found.push_back(
        {"matrix.accumulator_bytes", "must hold the sums of one product of rows x columns", ""});
  }
  above_zero(tile.port_bytes_per_clock, "port_bytes_per_clock", found);
  above_zero(tile.resident_blocks, "resident_blocks", found);
  return found;
}

}  // namespace lamina
