// SPDX-License-Identifier: Apache-2.0
// Hands out the blocks of a schedule's parts, one part after the other, to the tiles of a chip.
#pragma once

#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "lamina/tlm/compute_tile.h"
#include "lamina/tlm/event_queue.h"

namespace lamina::sysc {

/// How much of a part is simulated.
struct part_window {
  std::int64_t waves_beside = 0;  ///< whole waves that are left out
  std::int64_t steps = 1;         ///< of each block that is simulated
};

class tile_bench : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(tile_bench);
  /// `end_latency` passes between the last store of a part and its end.
  tile_bench(const sc_core::sc_module_name& name, const chip_spec& chip,
             const kernel_schedule& schedule, tile_ways_if& ways, femtoseconds end_latency);

  /// What is simulated of a part; everything when it is empty.
  std::function<part_window(const tile_schedule&)> window_of;
  /// Told before a part begins, with all steps of its blocks; may be empty.
  std::function<void(const tile_schedule&)> on_part;
  /// Femtoseconds for which what the ways lead to was busy so far; may be empty.
  std::function<double()> busy;
  /// Told when the last part has ended; may be empty.
  std::function<void()> on_end;

  std::int64_t end() const { return end_; }
  double simulated_share() const { return simulated_ / steps_; }

 private:
  void begin_part();
  void call(int tile, std::int64_t time);
  void call_tiles();
  std::int64_t take_block();
  std::int64_t end_turns();
  void count_step(std::int64_t time, int tile, int slot);
  void end_block(std::int64_t time);
  void set_milestones();
  std::int64_t left_out() const;
  double steps_left_out(double waves_beside) const;
  double lone_wave_left_out() const;
  double lasting_share() const;
  double wave_time() const;

  const chip_spec& chip_;
  const kernel_schedule& schedule_;
  const std::int64_t end_latency_;
  std::vector<std::unique_ptr<compute_tile>> tiles_;
  event_queue calls_;  ///< of tiles
  sc_core::sc_event call_event_, part_event_;
  std::size_t at_ = 0;
  part_window window_;
  std::int64_t running_ = 0;  ///< blocks whose stores have not passed
  std::int64_t blocks_ = 0;   ///< that are simulated of this part
  std::int64_t next_ = 0;     ///< block to be handed out
  std::int64_t slots_ = 1;
  std::int64_t ended_ = 0;
  /// When so many blocks were done as a wave has.
  struct wave_end {
    double time = 0;
    double storing = 0;  ///< of them, blocks with stores under way
    double busy = 0;     ///< for how long the stack had been
  };
  std::vector<wave_end> wave_ends_;
  std::int64_t steps_ended_ = 0;
  std::int64_t start_ = 0;
  std::int64_t edge_ = 0;     ///< steps in which a loop fills its pipeline, or drains it
  std::int64_t halfway_ = 0;  ///< steps between that and this one, in the middle of the loop
  /// A moment of a part: when so many of its steps had ended.
  struct milestone {
    std::int64_t steps = 0;
    std::int64_t time = 0;
  };
  /// Of one slot's first block.
  struct slot_times {
    std::int64_t steps = 0;
    std::int64_t filled = 0, halfway = 0, draining = 0, end = 0;
  };
  std::vector<slot_times> slot_times_;  ///< [tile][slot]
  milestone filled_;                    ///< the first wave's pipelines are full
  milestone draining_;                  ///< they are about to run dry
  milestone last_full_;                 ///< the last whole wave is done
  milestone last_;                      ///< everything is
  double steps_ = 0;
  double simulated_ = 0;
  std::int64_t last_store_ = 0;
  std::int64_t end_ = 0;
};

/// Throws std::invalid_argument for a schedule without blocks.
void refuse_empty(const kernel_schedule& schedule);

}  // namespace lamina::sysc
