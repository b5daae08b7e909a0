// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/compute_tile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {
namespace {

constexpr std::uint32_t stages = 8;  ///< codes of a slot in the queue
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

shared_ways::shared_ways(const sc_core::sc_module_name& name, const chip_spec& chip)
    : sc_module(name),
      buffer_fs_per_byte_(1e15 / chip.shared_buffer.bytes_per_s),
      memory_fs_per_byte_(1e15 / chip.memory.sustained_bytes_per_s()) {}

std::int64_t shared_ways::pass(std::int64_t now, double bytes, double beyond) {
  buffer_bytes_ += bytes;
  memory_bytes_ += beyond;
  const std::int64_t near = buffer_.serve(now, std::llround(bytes * buffer_fs_per_byte_));
  if (beyond <= 0) return near;
  return std::max(near, memory_.serve(now, std::llround(beyond * memory_fs_per_byte_)));
}

void shared_ways::load(std::int64_t now, const way_request& what) {
  const std::int64_t passed = std::max(what.not_before, pass(now, what.bytes, what.beyond));
  what.client->loaded(passed + what.latency, what.slot, what.step);
}

void shared_ways::store(std::int64_t now, const way_request& what) {
  what.client->stored(std::max(what.not_before, pass(now, what.bytes, what.beyond)));
}

compute_tile::compute_tile(const sc_core::sc_module_name& name, const chip_spec& chip, int number)
    : sc_module(name), chip_(chip), number_(number) {
  SC_HAS_PROCESS(compute_tile);
  SC_METHOD(work);
  sensitive << wake_event_;
  dont_initialize();
}

void compute_tile::begin(const tile_schedule& part) {
  part_ = part;
  const step_work& step = part.block.step;
  const auto clocks = [this](double count) { return chip_.from_clocks(count).count(); };
  const double miss = part.miss_share();
  const double port = chip_.tile.port_bytes_per_clock;
  times_.matrix = clocks(step.matrix_clocks);
  times_.scratchpad = clocks(step.scratchpad_bytes / chip_.tile.scratchpad.bytes_per_clock);
  times_.vector = clocks(step.vector_clocks);
  times_.special = clocks(step.special_clocks);
  times_.rest = clocks(step.idle_clocks);
  times_.finish = clocks(part.block.finish_clocks);
  times_.port_load = clocks(step.load_bytes / port);
  times_.port_store = clocks(part.block.store_bytes / port);
  times_.latency =
      std::llround(miss * static_cast<double>(chip_.memory.latency.count()) +
                   (1 - miss) * static_cast<double>(chip_.shared_buffer.latency.count()));
  missed_ = miss * step.load_bytes;
  through_ = part.write_through_share() * part.block.store_bytes;
  slots_.assign(static_cast<std::size_t>(part.resident), block_slot{});
  there_.assign(slots_.size() * static_cast<std::size_t>(part.block.stages), never);
}

void compute_tile::give_block(int slot, std::int64_t block, std::int64_t start) {
  slots_[static_cast<std::size_t>(slot)].block = block;
  push(start, slot, stage::start);
  plan();
}

void compute_tile::push(std::int64_t time, int slot, stage what) {
  queue_.push(time, static_cast<std::uint32_t>(slot) * stages + static_cast<std::uint32_t>(what));
}

void compute_tile::plan() {
  if (queue_.empty()) return;
  const std::int64_t next = queue_.top().time;
  if (!call_at) {
    wake_event_.notify(delay_until(femtoseconds{next}));
  } else if (called_at_ < 0 || next < called_at_) {
    called_at_ = next;
    call_at(next);
  }
}

void compute_tile::work() {
  const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()).count();
  if (called_at_ <= now) called_at_ = -1;
  while (!queue_.empty() && queue_.top().time <= now) {
    const event_queue::item item = queue_.top();
    queue_.pop();
    handle(item.time, static_cast<int>(item.what / stages), static_cast<stage>(item.what % stages));
  }
  plan();
}

void compute_tile::handle(std::int64_t now, int slot, stage what) {
  block_slot& block = slots_[static_cast<std::size_t>(slot)];
  switch (what) {
    case stage::start:
      block = block_slot{block.block, 0, 0, 0, false};
      load_ahead(now, slot);
      break;
    case stage::ahead:
      load_ahead(now, slot);
      break;
    case stage::load:
      // A load that overtook others waits for them.
      while (block.arrived < block.issued && there_at(slot, block.arrived) <= now) ++block.arrived;
      begin_turn(now, slot);
      break;
    case stage::matrix:
      if (times_.vector > 0) {
        push(vector_.serve(now, times_.vector), slot, stage::vector);
        break;
      }
      [[fallthrough]];
    case stage::vector:
      if (times_.special > 0) {
        push(special_.serve(now, times_.special), slot, stage::special);
        break;
      }
      [[fallthrough]];
    case stage::special:
      if (times_.rest > 0) {
        push(now + times_.rest, slot, stage::rest);
        break;
      }
      [[fallthrough]];
    case stage::rest:
      end_turn(now, slot);
      break;
    case stage::finish:
      end_block(now, slot);
      break;
  }
}

/// The first loads leave as fast as the port lets them, so that tiles which start together share
/// the ways evenly.
void compute_tile::load_ahead(std::int64_t now, int slot) {
  const block_slot& block = slots_[static_cast<std::size_t>(slot)];
  const std::int64_t most =
      std::min<std::int64_t>(block.done + part_.block.stages, part_.block.steps);
  if (block.issued >= most) return;
  const std::int64_t sent = issue_load(now, slot);
  if (block.issued < most) push(sent, slot, stage::ahead);
}

std::int64_t compute_tile::issue_load(std::int64_t now, int slot) {
  block_slot& block = slots_[static_cast<std::size_t>(slot)];
  const std::int64_t sent = port_.serve(now, times_.port_load);
  const std::int64_t step = block.issued++;
  there_at(slot, step) = never;
  ways->load(now, {this, number_, slot, block.block, step, part_.block.step.load_bytes, missed_,
                   sent, times_.latency});
  return sent;
}

/// Also called by others than this tile's own process.
void compute_tile::loaded(std::int64_t time, int slot, std::int64_t step) {
  there_at(slot, step) = time;
  push(time, slot, stage::load);
  plan();
}

void compute_tile::stored(std::int64_t time) { on_block_end(time); }

std::int64_t& compute_tile::there_at(int slot, std::int64_t step) {
  const auto stages_of_slot = static_cast<std::int64_t>(part_.block.stages);
  return there_[static_cast<std::size_t>(slot * stages_of_slot + step % stages_of_slot)];
}

void compute_tile::begin_turn(std::int64_t now, int slot) {
  block_slot& block = slots_[static_cast<std::size_t>(slot)];
  if (block.working || block.arrived == block.done) return;
  block.working = true;
  const std::int64_t end =
      std::max(matrix_.serve(now, times_.matrix), scratchpad_.serve(now, times_.scratchpad));
  push(end, slot, stage::matrix);
}

void compute_tile::end_turn(std::int64_t now, int slot) {
  block_slot& block = slots_[static_cast<std::size_t>(slot)];
  block.working = false;
  ++block.done;
  ++steps_done_;
  if (on_step) on_step(now, slot);
  // While the first loads still leave, they go on by themselves.
  if (block.issued < part_.block.steps && block.issued - block.done == part_.block.stages - 1) {
    issue_load(now, slot);
  }
  if (block.done < part_.block.steps) {
    begin_turn(now, slot);
  } else {
    push(vector_.serve(now, times_.finish), slot, stage::finish);
  }
}

void compute_tile::end_block(std::int64_t now, int slot) {
  const std::int64_t block = slots_[static_cast<std::size_t>(slot)].block;
  const std::int64_t sent = port_.serve(now, times_.port_store);
  // The slot is free once its results are on their way.
  const std::int64_t next = next_block();
  if (next >= 0) {
    slots_[static_cast<std::size_t>(slot)].block = next;
    push(now, slot, stage::start);
  }
  ways->store(now, {this, number_, slot, block, 0, part_.block.store_bytes, through_, sent, 0});
}

}  // namespace lamina::sysc
