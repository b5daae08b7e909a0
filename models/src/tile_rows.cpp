// SPDX-License-Identifier: Apache-2.0
// Kernels of rows: each row is read, reduced where the kernel asks for it, and written.
#include <algorithm>
#include <cmath>

#include "lamina/models/tile_schedule.h"

namespace lamina {
namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

/// What a pass over an element costs, and how often a row is passed.
struct pass_work {
  double vector = 1;   ///< operations an element and pass
  double special = 0;  ///< of the special-function unit
  int passes = 1;
};

/// Rows of one block: whole rows side by side when they are short, else one row in steps.
tile_schedule rows_in_blocks(const kernel_work& w, const chip_spec& chip, const pass_work& pass,
                             std::int64_t held_bytes) {
  const vector_unit_spec& vector = chip.tile.vector;
  const double in_bytes = w.a_bits / 8 * w.inputs;
  const auto item_elements =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(vector.item_bytes * 8 / w.a_bits));
  const std::int64_t most = item_elements * vector.block_items;
  // A quarter of the largest block is enough for rows that fit it, and more blocks share the tile.
  const std::int64_t small = std::max<std::int64_t>(1, most / 4);
  const std::int64_t rows = std::min(w.m, std::max<std::int64_t>(1, small / w.n));
  const std::int64_t elements = rows * w.n;
  const std::int64_t step_elements = std::min(elements, elements <= small ? small : most);
  const std::int64_t items = std::max<std::int64_t>(32, step_elements / item_elements);
  tile_schedule part;
  part.blocks = (w.m + rows - 1) / rows;
  part.resident = static_cast<int>(
      std::clamp<std::int64_t>(vector.resident_items / items, 1, chip.tile.resident_blocks));
  if (held_bytes > 0) {
    part.resident = static_cast<int>(std::clamp<std::int64_t>(
        static_cast<std::int64_t>(chip.tile.scratchpad.bytes) / held_bytes, 1, part.resident));
  }
  const std::int64_t turns = (elements + step_elements - 1) / step_elements;
  part.block.steps = turns * pass.passes;
  part.block.stages = static_cast<int>(std::clamp<std::int64_t>(part.block.steps, 1, 2));
  const double mean = real(elements) / real(turns);
  part.block.step.load_bytes = mean * in_bytes;
  part.block.step.vector_clocks = mean * pass.vector / vector.operations_per_clock;
  part.block.step.special_clocks = mean * pass.special / chip.tile.special.operations_per_clock;
  part.block.store_bytes = real(elements) * w.c_bits / 8;
  const double input = real(w.m) * real(w.n) * in_bytes;
  // Rows of all resident blocks come from the shared buffer when they are read again.
  const double in_use = real(chip.tiles) * part.resident * real(elements) * in_bytes;
  const bool stays =
      in_use <= static_cast<double>(chip.shared_buffer.bytes) * chip.shared_buffer.usable_share;
  part.memory_read_bytes = (stays ? input : input * pass.passes) + w.extra_read_bytes;
  part.memory_write_bytes = part.store_bytes();
  return part;
}

}  // namespace

tile_schedule schedule_pass(const kernel_work& kernel, const chip_spec& chip) {
  return rows_in_blocks(kernel, chip,
                        {kernel.operations_per_element, kernel.special_per_element, 1}, 0);
}

kernel_schedule schedule_rows(const kernel_work& kernel, const chip_spec& chip) {
  kernel_schedule schedule;
  schedule.kind = kernel.kind;
  kernel_work work = kernel;
  if (kernel.kind == kernel_kind::elementwise) {
    schedule.parts.push_back(schedule_pass(kernel, chip));
  } else {
    work.inputs = 1;
    // Rows that fit a block's scratchpad, or its items' registers, are read once.
    const double row_bytes = real(kernel.n) * kernel.a_bits / 8;
    const bool held = row_bytes <= static_cast<double>(chip.tile.scratchpad.block_bytes);
    const bool registers =
        row_bytes <= 1.0 * chip.tile.vector.block_items * chip.tile.vector.item_bytes;
    const auto held_bytes = held && !registers ? static_cast<std::int64_t>(row_bytes) : 0;
    pass_work pass;
    if (kernel.kind == kernel_kind::softmax) {
      // Conversions in and out, maximum, difference, exponential, sum, scaling; a row that is not
      // held is read for the maximum, for the sum and for the result, with two exponentials.
      pass = held ? pass_work{6, 1, 1} : pass_work{8.0 / 3, 2.0 / 3, 3};
    } else {
      // Conversions in and out, the running mean and variance (4), scaling and shift (3).
      pass = held ? pass_work{9, 0, 1} : pass_work{5, 0, 2};
    }
    schedule.parts.push_back(rows_in_blocks(work, chip, pass, held_bytes));
  }
  schedule.mapping = std::to_string(schedule.parts[0].blocks) + " blocks, " +
                     std::to_string(schedule.parts[0].resident) + " resident";
  return schedule;
}

}  // namespace lamina
