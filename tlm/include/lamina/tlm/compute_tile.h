// SPDX-License-Identifier: Apache-2.0
// A compute tile that runs blocks event by event, and the shared ways to buffer and memory.
#pragma once

#include <functional>
#include <systemc>
#include <vector>

#include "lamina/models/tile_schedule.h"
#include "lamina/tlm/event_queue.h"

namespace lamina::sysc {

/// Something that serves one request after the other, in the order in which they come.
class serving_unit {
 public:
  /// When work that comes at `now` and takes `duration` is done.
  std::int64_t serve(std::int64_t now, std::int64_t duration) {
    free_ = (free_ > now ? free_ : now) + duration;
    busy_ += duration;
    return free_;
  }
  std::int64_t busy() const { return busy_; }

 private:
  std::int64_t free_ = 0;
  std::int64_t busy_ = 0;
};

/// Hears that what it asked for has passed. Times are absolute and not before now.
class way_client {
 public:
  virtual ~way_client() = default;
  virtual void loaded(std::int64_t time, int slot, std::int64_t step) = 0;
  virtual void stored(std::int64_t time) = 0;
};

/// A load (store) of one block. Times are absolute femtoseconds.
struct way_request {
  way_client* client = nullptr;
  int tile = 0;
  int slot = 0;
  std::int64_t block = 0;
  std::int64_t step = 0;  ///< of a load
  double bytes = 0;
  double beyond = 0;            ///< of them, on the mean: from (on to) memory
  std::int64_t not_before = 0;  ///< the tile's own port is busy with it until then
  std::int64_t latency = 0;     ///< of a load on a chip whose memory is a stated bandwidth
};

/// What a tile sees of the rest of the chip. Calls come in the order of the simulation's time; the
/// client may be told at once of a time that is still to come.
class tile_ways_if : public virtual sc_core::sc_interface {
 public:
  virtual void load(std::int64_t now, const way_request& what) = 0;
  virtual void store(std::int64_t now, const way_request& what) = 0;
};

/// Shared buffer and memory as two ways of a bandwidth each, which requests pass in order. What
/// misses uses both at the same time.
class shared_ways : public sc_core::sc_module, public tile_ways_if {
 public:
  shared_ways(const sc_core::sc_module_name& name, const chip_spec& chip);
  void load(std::int64_t now, const way_request& what) override;
  void store(std::int64_t now, const way_request& what) override;
  double buffer_bytes() const { return buffer_bytes_; }
  double memory_bytes() const { return memory_bytes_; }

 private:
  std::int64_t pass(std::int64_t now, double bytes, double beyond);

  double buffer_fs_per_byte_;
  double memory_fs_per_byte_;
  serving_unit buffer_;
  serving_unit memory_;
  double buffer_bytes_ = 0;
  double memory_bytes_ = 0;
};

/// Blocks in slots. Each slot loads ahead as far as its stages reach, and takes matrix, vector and
/// special-function unit in turn; slots wait for each other at the units, in order of arrival.
class compute_tile : public sc_core::sc_module, private way_client {
 public:
  sc_core::sc_port<tile_ways_if> ways{"ways"};

  compute_tile(const sc_core::sc_module_name& name, const chip_spec& chip, int number = 0);

  /// Makes room for `part.resident` blocks of another part. Call it between parts only.
  void begin(const tile_schedule& part);
  /// Gives `slot` a block at `start`, which is not before now; further ones come from `next_block`.
  void give_block(int slot, std::int64_t block, std::int64_t start);

  std::function<std::int64_t()> next_block;        ///< takes one more; -1: there is none
  std::function<void(std::int64_t)> on_block_end;  ///< told when a block's stores have passed
  /// Told of each turn that ends, and of which slot; may be empty.
  std::function<void(std::int64_t, int)> on_step;

  /// Asks for a call of work() at a time. Empty: the tile has an event of its own. Tiles that share
  /// one caller work in the order in which they asked when their times are equal, which SystemC
  /// leaves open.
  std::function<void(std::int64_t)> call_at;
  void work();

  std::int64_t steps_done() const { return steps_done_; }
  std::int64_t matrix_busy() const { return matrix_.busy(); }

 private:
  enum class stage : std::uint8_t { start, ahead, load, matrix, vector, special, rest, finish };
  struct block_slot {
    std::int64_t block = 0;
    std::int64_t issued = 0;
    std::int64_t arrived = 0;
    std::int64_t done = 0;
    bool working = false;
  };
  /// Femtoseconds of what each turn of each block does.
  struct durations {
    std::int64_t matrix, scratchpad, vector, special, rest, finish, port_load, port_store, latency;
  };

  void loaded(std::int64_t time, int slot, std::int64_t step) override;
  void stored(std::int64_t time) override;
  void plan();
  void push(std::int64_t time, int slot, stage what);
  void handle(std::int64_t now, int slot, stage what);
  std::int64_t issue_load(std::int64_t now, int slot);
  void load_ahead(std::int64_t now, int slot);
  std::int64_t& there_at(int slot, std::int64_t step);
  void begin_turn(std::int64_t now, int slot);
  void end_turn(std::int64_t now, int slot);
  void end_block(std::int64_t now, int slot);

  const chip_spec& chip_;
  const int number_;
  tile_schedule part_;
  durations times_{};
  double missed_ = 0;   ///< bytes of a load
  double through_ = 0;  ///< bytes of a store
  std::vector<block_slot> slots_;
  std::vector<std::int64_t> there_;  ///< when loads are there, [slot][step modulo stages]
  event_queue queue_;
  sc_core::sc_event wake_event_;
  std::int64_t called_at_ = -1;  ///< a call is still to come then
  serving_unit matrix_, scratchpad_, vector_, special_, port_;
  std::int64_t steps_done_ = 0;
};

struct tile_simulation_options {
  /// Of a part with more steps than this, at least three whole waves and the last one are
  /// simulated, and the waves between are taken to be as long as the second and later of those.
  std::int64_t most_steps = 0;  ///< 0: everything is simulated
  /// The same in bursts of the stack and messages, for stacked chips. Where three waves are still
  /// more, the loops of their blocks are cut short, and the steps that are left out are taken to be
  /// as long as those in the middle of what is simulated.
  std::int64_t most_bursts = 0;  ///< 0: no limit
};

/// Elaborates the chip's tiles and runs all parts of the schedule one after the other. The SystemC
/// kernel is global state, so this may be called once in a process. Throws std::invalid_argument
/// for a chip that does not hold together or a schedule without blocks.
kernel_result simulate(const chip_spec& chip, const kernel_schedule& schedule,
                       const tile_simulation_options& options = {});

}  // namespace lamina::sysc
