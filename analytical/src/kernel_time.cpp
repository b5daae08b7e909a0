// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/kernel_time.h"

#include <algorithm>
#include <cmath>

#include "lamina/models/dram_timing_rules.h"

namespace lamina::analytical {
namespace {

/// Seconds that one byte of each kind costs, and a clock.
struct chip_rates {
  double clock_s, port_s, shared_s, memory_s;
};

chip_rates rates_of(const chip_spec& chip) {
  return {1 / chip.clock_hz, 1 / (chip.tile.port_bytes_per_clock * chip.clock_hz),
          1 / std::min(chip.shared_buffer.bytes_per_s, chip.network.bytes_per_s),
          1 / chip.memory.sustained_bytes_per_s()};
}

/// Seconds of one block's turn, and of what surrounds its turns.
struct block_times {
  double latency;  ///< of a load, without the way
  double load;     ///< all blocks of a tile, one load each, over its port
  double unit;     ///< a turn of the busiest unit
  double alone;    ///< a turn of a block that waits for nobody
  double turn;     ///< a turn of all blocks of a tile that do not wait for loads
  double finish;   ///< epilogues of all blocks of a tile
};

block_times times_of(const tile_schedule& part, const chip_spec& chip, double in_tile) {
  const chip_rates rate = rates_of(chip);
  const step_work& step = part.block.step;
  const double miss = part.miss_share();
  const double scratchpad = step.scratchpad_bytes / chip.tile.scratchpad.bytes_per_clock;
  const double matrix = std::max(step.matrix_clocks, scratchpad);
  block_times t{};
  t.unit = std::max({matrix, step.vector_clocks, step.special_clocks}) * rate.clock_s;
  t.latency = to_seconds(chip.network.latency) + miss * to_seconds(chip.memory.latency) +
              (1 - miss) * to_seconds(chip.shared_buffer.latency);
  t.load = in_tile * step.load_bytes * rate.port_s;
  t.alone = (matrix + step.vector_clocks + step.special_clocks + step.idle_clocks) * rate.clock_s;
  t.turn = std::max(in_tile * t.unit, t.alone);
  t.finish = in_tile * part.block.finish_clocks * rate.clock_s;
  return t;
}

/// From a wave's start to its end when only its tiles limit it.
double chain_seconds(const tile_schedule& part, const block_times& t) {
  const double first = t.latency + t.load;
  // A load leaves when the turn that many stages before it has ended.
  const std::int64_t rounds = (part.block.steps - 1) / part.block.stages;
  const std::int64_t rest = (part.block.steps - 1) % part.block.stages + 1;
  const double waiting =
      static_cast<double>(rounds) * (first + t.turn) + static_cast<double>(rest) * t.turn;
  return first + std::max(static_cast<double>(part.block.steps) * t.turn, waiting) + t.finish;
}

/// All loads and stores of `blocks` over the way that takes longest for them.
double flow_seconds(const tile_schedule& part, const chip_spec& chip, double blocks) {
  const chip_rates rate = rates_of(chip);
  const double loads = static_cast<double>(part.block.steps) * part.block.step.load_bytes;
  const double stores = part.block.store_bytes;
  return std::max(
      {std::ceil(blocks / chip.tiles) * (loads + stores) * rate.port_s,
       blocks * (loads + stores) * rate.shared_s,
       blocks * (loads * part.miss_share() + stores * part.write_through_share()) * rate.memory_s});
}

/// What `blocks` that begin, or end, at once put on the ways before the last of them has its turn.
double first_loads_seconds(const tile_schedule& part, const chip_spec& chip, double blocks) {
  const chip_rates rate = rates_of(chip);
  return blocks * part.block.step.load_bytes *
         std::max(rate.shared_s, part.miss_share() * rate.memory_s);
}
double last_stores_seconds(const tile_schedule& part, const chip_spec& chip, double blocks) {
  const chip_rates rate = rates_of(chip);
  return blocks * part.block.store_bytes *
         std::max(rate.shared_s, part.write_through_share() * rate.memory_s);
}

/// Blocks of the last wave on the busiest tile. Tiles that began earlier also end earlier, by up to
/// `delay`: their slots, which end a turn of the busiest unit after each other, are the first to
/// take what is left. When b of them have, the others have taken what their delay allows.
double in_busiest_tile(const tile_schedule& part, const chip_spec& chip, double left,
                       double delay) {
  const block_times t = times_of(part, chip, part.resident);
  int blocks = static_cast<int>(std::ceil(left / chip.tiles));
  for (; blocks < part.resident; ++blocks) {
    double taken = 0;
    for (int slot = 0; slot < blocks; ++slot) {
      taken += chip.tiles * std::min(1.0, (blocks - slot) * t.unit / std::max(delay, 1e-15));
    }
    if (taken >= left) break;
  }
  return blocks;
}

/// `full` waves and one of `left` blocks.
double waves_seconds(const tile_schedule& part, const chip_spec& chip, double full, double left) {
  const double slots = static_cast<double>(chip.tiles) * part.resident;
  const double at_once = full > 0 ? slots : left;
  const block_times t =
      times_of(part, chip, full > 0 ? part.resident : std::ceil(left / chip.tiles));
  // All first loads at once spread the tiles in time, and so do all first stores when they are in
  // the way of the next wave's loads. From then on tiles keep their distance.
  const bool again = full > 1 || (full > 0 && left > 0);
  const double loads = first_loads_seconds(part, chip, at_once);
  const double stores = last_stores_seconds(part, chip, at_once);
  const double delay = std::max(0.0, loads - t.load) + (again ? stores : 0);
  double chain = delay + full * chain_seconds(part, t);
  double flow = flow_seconds(part, chip, full * slots + left) + t.latency + t.alone;
  if (left > 0) {
    const double busiest =
        full > 0 ? in_busiest_tile(part, chip, left, loads + stores) : std::ceil(left / chip.tiles);
    const double last = chain_seconds(part, times_of(part, chip, busiest));
    // The earliest tiles take what is left, so that its last block waits for a part of the delay.
    const double before = chain - delay + delay * (full > 0 ? left / slots : 1);
    chain = std::max(chain, before + last);
    // Where the ways are short, blocks end one after the other during a wave's last turns, and
    // those of the last wave begin meanwhile.
    const double full_flow = flow_seconds(part, chip, full * slots);
    const double spread = flow_seconds(part, chip, slots) / static_cast<double>(part.block.steps);
    if (full > 0) flow = std::max(flow, full_flow + last - spread);
  }
  if (!again) chain = std::max(chain, chain - delay + stores);
  return std::max(chain, flow);
}

}  // namespace

femtoseconds part_time(const tile_schedule& part, const chip_spec& chip) {
  const std::int64_t slots = std::int64_t{chip.tiles} * part.resident;
  const std::int64_t full = part.blocks / slots;
  const std::int64_t left = part.blocks % slots;
  const double seconds =
      waves_seconds(part, chip, static_cast<double>(full), static_cast<double>(left));
  return chip.launch.start + from_seconds(seconds) + chip.memory.latency;
}

double unit_seconds(const tile_schedule& part, const chip_spec& chip) {
  kernel_schedule alone;
  alone.parts = {part};
  kernel_result needs;
  name_limits(alone, chip, {}, needs);
  double most = 0;
  for (const tile_limit unit : {tile_limit::matrix, tile_limit::vector, tile_limit::special,
                                tile_limit::scratchpad, tile_limit::port}) {
    most = std::max(most, needs.limit(unit));
  }
  return most;
}

double wire_bytes_per_s(const dram_geometry& geometry) {
  return static_cast<double>(geometry.channels) * geometry.ports() * geometry.port_bits *
         geometry.pin_rate / 8;
}

chip_memory_spec quickest_memory(const tile_schedule& part, const dram_stack_spec& stack) {
  const dram_clocks clocks = resolve(stack.geometry, stack.timings);
  const bool reads = part.miss_share() > 0;
  const bool writes = part.write_through_share() > 0;
  const int first = std::min(reads ? clocks.RL : clocks.WL, writes ? clocks.WL : clocks.RL);
  chip_memory_spec answer;
  answer.bytes = static_cast<std::uint64_t>(stack.geometry.capacity_bytes());
  answer.bytes_per_s = wire_bytes_per_s(stack.geometry);
  answer.share = 1;
  answer.latency = clocks.tCK * (reads || writes ? first + clocks.burst : 0);
  return answer;
}

femtoseconds kernel_time(const kernel_schedule& schedule, const chip_spec& chip) {
  femtoseconds sum = launch_time(schedule, chip.launch);
  for (const tile_schedule& part : schedule.parts) sum += part_time(part, chip);
  return sum;
}

}  // namespace lamina::analytical
