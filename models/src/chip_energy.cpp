// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/chip_energy.h"

#include "lamina/models/chip.h"
#include "lamina/models/tile_schedule.h"

namespace lamina {

void kernel_energy::add(const kernel_energy& more, double times) {
  tiles_j += times * more.tiles_j;
  shared_buffer_j += times * more.shared_buffer_j;
  network_j += times * more.network_j;
  memory_j += times * more.memory_j;
  static_j += times * more.static_j;
}

void name_energy(const kernel_schedule& schedule, const chip_spec& chip, kernel_result& result) {
  const chip_energy_spec& e = chip.energy;
  if (!e.stated()) return;
  const compute_tile_spec& tile = chip.tile;
  for (const tile_schedule& part : schedule.parts) {
    const step_work& step = part.block.step;
    const auto blocks = static_cast<double>(part.blocks);
    const double steps = blocks * static_cast<double>(part.block.steps);
    // While the unit is busy; the clocks between instructions are not.
    const double macs =
        steps * step.matrix_clocks * tile.matrix.issue_share * tile.macs_per_clock(16);
    const double operations = (steps * step.vector_clocks + blocks * part.block.finish_clocks) *
                              tile.vector.operations_per_clock;
    const double special = steps * step.special_clocks * tile.special.operations_per_clock;
    result.energy.tiles_j += macs * e.mac_j + operations * e.vector_operation_j +
                             special * e.special_operation_j +
                             steps * step.scratchpad_bytes * 8 * e.scratchpad_j_per_bit;
  }
  result.energy.shared_buffer_j += result.shared_buffer_bytes * 8 * e.shared_buffer_j_per_bit;
  result.energy.static_j += to_seconds(result.elapsed) * e.static_w;
}

}  // namespace lamina
