// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/kernel_time.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

/// Seconds that one byte of each kind costs, and a clock.
struct chip_rates {
  double clock_s, port_s, shared_s, memory_s;
};

chip_rates rates_of(const chip_spec& chip) {
  return {1 / chip.clock_hz, 1 / (chip.tile.port_bytes_per_clock * chip.clock_hz),
          1 / chip.shared_buffer.bytes_per_s, 1 / chip.memory.sustained_bytes_per_s()};
}

/// From a block's start to its end, when `in_tile` of them share a tile and nothing else is short.
double wave_seconds(const tile_schedule& part, const chip_spec& chip, double in_tile) {
  const chip_rates rate = rates_of(chip);
  const step_work& step = part.block.step;
  const double miss = part.miss_share();
  const double scratchpad = step.scratchpad_bytes / chip.tile.scratchpad.bytes_per_clock;
  const double matrix = std::max(step.matrix_clocks, scratchpad);
  const double alone =
      (matrix + step.vector_clocks + step.special_clocks + step.idle_clocks) * rate.clock_s;
  const double busiest =
      in_tile * std::max({matrix, step.vector_clocks, step.special_clocks}) * rate.clock_s;
  const double latency =
      miss * to_seconds(chip.memory.latency) + (1 - miss) * to_seconds(chip.shared_buffer.latency);
  const double load = in_tile * step.load_bytes * rate.port_s;
  const double turn = std::max({busiest, alone, (latency + load + alone) / part.block.stages});
  const double finish = in_tile * part.block.finish_clocks * rate.clock_s;
  return latency + load + static_cast<double>(part.block.steps) * turn + finish;
}

/// All loads and stores over the way that takes longest for them.
double traffic_seconds(const tile_schedule& part, const chip_spec& chip) {
  const chip_rates rate = rates_of(chip);
  const double bytes = part.load_bytes() + part.store_bytes();
  const double blocks = static_cast<double>(part.blocks);
  const double in_busiest_tile = std::ceil(blocks / chip.tiles) / blocks;
  return std::max({bytes * in_busiest_tile * rate.port_s, bytes * rate.shared_s,
                   (part.memory_read_bytes + part.memory_write_bytes) * rate.memory_s});
}

/// The loads with which all tiles begin at once.
double first_loads_seconds(const tile_schedule& part, const chip_spec& chip) {
  const chip_rates rate = rates_of(chip);
  const double blocks =
      std::min(static_cast<double>(part.blocks), static_cast<double>(chip.tiles) * part.resident);
  return blocks * part.block.step.load_bytes *
         std::max(rate.shared_s, part.miss_share() * rate.memory_s);
}

}  // namespace

femtoseconds part_time(const tile_schedule& part, const chip_spec& chip) {
  const std::int64_t slots = std::int64_t{chip.tiles} * part.resident;
  const std::int64_t full = part.blocks / slots;
  const std::int64_t left = part.blocks % slots;
  double chain = first_loads_seconds(part, chip);
  if (full > 0) chain += static_cast<double>(full) * wave_seconds(part, chip, part.resident);
  double last = wave_seconds(part, chip, 1);
  if (left > 0) {
    last = wave_seconds(part, chip, std::ceil(static_cast<double>(left) / chip.tiles));
    chain += last;
  }
  // However busy the ways are, the last load still has its turn.
  const double flow = traffic_seconds(part, chip) + last / static_cast<double>(part.block.steps);
  return chip.launch.start + from_seconds(std::max(chain, flow)) + chip.memory.latency;
}

femtoseconds kernel_time(const kernel_schedule& schedule, const chip_spec& chip) {
  femtoseconds sum = launch_time(schedule, chip.launch);
  for (const tile_schedule& part : schedule.parts) sum += part_time(part, chip);
  return sum;
}

}  // namespace lamina::analytical
