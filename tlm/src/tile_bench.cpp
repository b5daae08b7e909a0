// SPDX-License-Identifier: Apache-2.0
#include "tile_bench.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

tile_bench::tile_bench(const sc_core::sc_module_name& name, const chip_spec& chip,
                       const kernel_schedule& schedule, tile_ways_if& ways,
                       femtoseconds end_latency)
    : sc_module(name), chip_(chip), schedule_(schedule), end_latency_(end_latency.count()) {
  for (int i = 0; i < chip.tiles; ++i) {
    tiles_.push_back(
        std::make_unique<compute_tile>(("tile_" + std::to_string(i)).c_str(), chip, i));
    compute_tile& tile = *tiles_.back();
    tile.ways.bind(ways);
    tile.next_block = [this] { return end_turns(); };
    tile.on_block_end = [this](std::int64_t time) { end_block(time); };
    tile.on_step = [this](std::int64_t time) { count_step(time); };
  }
  SC_METHOD(begin_part);
  sensitive << part_event_;
}

std::int64_t tile_bench::take_block() { return next_ < blocks_ ? next_++ : -1; }

/// A block is done but for its store, which may wait for long behind the loads of others.
std::int64_t tile_bench::end_turns() {
  if (++ended_ % slots_ == 0) {
    wave_ends_.push_back(from_sc_time(sc_core::sc_time_stamp()).count());
  }
  return take_block();
}

void tile_bench::begin_part() {
  tile_schedule part = schedule_.parts[at_];
  const std::int64_t start = end_ + chip_.launch.start.count();
  slots_ = std::int64_t{chip_.tiles} * part.resident;
  window_ = window_of ? window_of(part) : part_window{0, part.block.steps};
  steps_ += static_cast<double>(part.blocks) * static_cast<double>(part.block.steps);
  blocks_ = running_ = part.blocks - window_.waves_beside * slots_;
  next_ = ended_ = steps_ended_ = 0;
  start_ = first_step_ = last_step_ = start;
  wave_ends_.clear();
  // Of a loop that is cut short, turns stay as they are, and what follows it is cut likewise: steps
  // and stores are mixed as in the whole.
  const double kept = static_cast<double>(window_.steps) / static_cast<double>(part.block.steps);
  part.memory_read_bytes *= kept;
  part.memory_write_bytes *= kept;
  part.block.store_bytes *= kept;
  part.block.finish_clocks *= kept;
  part.block.steps = window_.steps;
  simulated_ += static_cast<double>(blocks_) * static_cast<double>(window_.steps);
  if (on_part) on_part(schedule_.parts[at_]);
  for (const auto& tile : tiles_) tile->begin(part);
  for (int slot = 0; slot < part.resident; ++slot) {
    for (const auto& tile : tiles_) {
      const std::int64_t block = take_block();
      if (block < 0) return;
      tile->give_block(slot, block, start);
    }
  }
}

void tile_bench::count_step(std::int64_t time) {
  if (steps_ended_++ == 0) first_step_ = time;
  last_step_ = time;
}

/// Time that the steps and waves which are not simulated would take: as the simulated ones, but for
/// what the first step of a wave takes to arrive.
std::int64_t tile_bench::left_out() const {
  const tile_schedule& part = schedule_.parts[at_];
  const auto kept = static_cast<double>(window_.steps);
  const double more = (static_cast<double>(part.block.steps) - kept) / kept;
  const auto fill = static_cast<double>(first_step_ - start_);
  const auto waves = static_cast<double>((blocks_ + slots_ - 1) / slots_);
  const auto simulated = static_cast<double>(last_step_ - start_);
  double time = more * std::max(0.0, simulated - waves * fill);
  if (window_.waves_beside > 0) {
    const auto distances = static_cast<double>(wave_ends_.size()) - 1;
    const double wave = static_cast<double>(wave_ends_.back() - wave_ends_.front()) / distances;
    time += static_cast<double>(window_.waves_beside) * (wave + more * std::max(0.0, wave - fill));
  }
  return std::llround(time);
}

void tile_bench::end_block(std::int64_t time) {
  last_store_ = std::max(last_store_, time);
  if (--running_ > 0) return;
  // What is left out lies in the future of the simulation: times from here on are later by it.
  end_ = last_store_ + end_latency_ + left_out();
  if (++at_ < schedule_.parts.size()) {
    part_event_.notify(delay_until(femtoseconds{end_}));
  } else if (on_end) {
    on_end();
  }
}

void refuse_empty(const kernel_schedule& schedule) {
  if (schedule.parts.empty()) throw std::invalid_argument("a schedule without parts");
  for (const tile_schedule& part : schedule.parts) {
    if (part.blocks < 1 || part.block.steps < 1 || part.resident < 1 || part.block.stages < 1) {
      throw std::invalid_argument("a part without blocks, steps, stages or room for them");
    }
  }
}

}  // namespace lamina::sysc
