// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "lamina/tlm/compute_tile.h"
#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {
namespace {

/// Hands out the blocks of one part after the other to the tiles of a chip.
class chip_bench : public sc_core::sc_module {
 public:
  chip_bench(const sc_core::sc_module_name& name, const chip_spec& chip,
             const kernel_schedule& schedule, const tile_simulation_options& options)
      : sc_module(name), chip_(chip), schedule_(schedule), options_(options), ways_("ways", chip) {
    for (int i = 0; i < chip.tiles; ++i) {
      tiles_.push_back(std::make_unique<compute_tile>(("tile_" + std::to_string(i)).c_str(), chip));
      compute_tile& tile = *tiles_.back();
      tile.ways.bind(ways_);
      tile.next_block = [this] { return waiting_ > 0 && waiting_-- > 0; };
      tile.on_block_end = [this](std::int64_t time) { end_block(time); };
    }
    SC_HAS_PROCESS(chip_bench);
    SC_METHOD(begin_part);
    sensitive << part_event_;
  }

  std::int64_t end() const { return end_; }
  const shared_ways& ways() const { return ways_; }
  double simulated_share() const { return static_cast<double>(simulated_) / blocks_; }

 private:
  /// Whole waves of a part that are left out.
  std::int64_t waves_beside(const tile_schedule& part) const {
    const std::int64_t slots = std::int64_t{chip_.tiles} * part.resident;
    if (options_.most_steps <= 0) return 0;
    const std::int64_t keep = std::max<std::int64_t>(
        3, options_.most_steps / std::max<std::int64_t>(1, slots * part.block.steps));
    return std::max<std::int64_t>(0, part.blocks / slots - keep);
  }

  void begin_part() {
    const tile_schedule& part = schedule_.parts[at_];
    const std::int64_t start = end_ + chip_.launch.start.count();
    slots_ = std::int64_t{chip_.tiles} * part.resident;
    beside_ = waves_beside(part);
    running_ = part.blocks - beside_ * slots_;
    waiting_ = running_;
    blocks_ += static_cast<double>(part.blocks);
    simulated_ += running_;
    ended_ = 0;
    wave_ends_.clear();
    for (const auto& tile : tiles_) tile->begin(part);
    for (int slot = 0; slot < part.resident; ++slot) {
      for (const auto& tile : tiles_) {
        if (waiting_ == 0) return;
        --waiting_;
        tile->give_block(slot, start);
      }
    }
  }

  void end_block(std::int64_t time) {
    last_store_ = std::max(last_store_, time);
    if (++ended_ % slots_ == 0) wave_ends_.push_back(time);
    if (--running_ > 0) return;
    end_ = last_store_ + chip_.memory.latency.count();
    if (beside_ > 0) {
      const auto waves = static_cast<std::int64_t>(wave_ends_.size()) - 1;
      end_ += beside_ * (wave_ends_.back() - wave_ends_.front()) / waves;
    }
    if (++at_ < schedule_.parts.size()) part_event_.notify(delay_until(femtoseconds{end_}));
  }

  const chip_spec& chip_;
  const kernel_schedule& schedule_;
  const tile_simulation_options options_;
  shared_ways ways_;
  std::vector<std::unique_ptr<compute_tile>> tiles_;
  sc_core::sc_event part_event_;
  std::size_t at_ = 0;
  std::int64_t running_ = 0;  ///< blocks that have not ended
  std::int64_t waiting_ = 0;  ///< blocks that have not begun
  std::int64_t slots_ = 1;
  std::int64_t beside_ = 0;  ///< waves of this part that are not simulated
  std::int64_t ended_ = 0;
  std::vector<std::int64_t> wave_ends_;  ///< when so many blocks had ended as a wave has
  double blocks_ = 0;
  std::int64_t simulated_ = 0;
  std::int64_t last_store_ = 0;
  std::int64_t end_ = 0;
};

void refuse(const chip_spec& chip, const kernel_schedule& schedule) {
  const std::vector<spec_problem> problems = check(chip);
  if (!problems.empty()) {
    throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
  }
  if (schedule.parts.empty()) throw std::invalid_argument("a schedule without parts");
  for (const tile_schedule& part : schedule.parts) {
    if (part.blocks < 1 || part.block.steps < 1 || part.resident < 1 || part.block.stages < 1) {
      throw std::invalid_argument("a part without blocks, steps, stages or room for them");
    }
  }
}

}  // namespace

kernel_result simulate(const chip_spec& chip, const kernel_schedule& schedule,
                       const tile_simulation_options& options) {
  refuse(chip, schedule);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  chip_bench bench("chip", chip, schedule, options);
  sc_core::sc_start();
  kernel_result result;
  result.elapsed = femtoseconds{bench.end()} + launch_time(schedule, chip.launch);
  name_limits(schedule, chip, demand_of(schedule, chip), result);
  result.simulated_share = bench.simulated_share();
  if (result.simulated_share == 1) {
    // As moved, not as asked for.
    result.shared_buffer_bytes = bench.ways().buffer_bytes();
    result.memory_bytes = bench.ways().memory_bytes();
  }
  return result;
}

}  // namespace lamina::sysc
