// SPDX-License-Identifier: Apache-2.0
#include "tile_bench.h"

#include <algorithm>
#include <cmath>
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
    tile.call_at = [this, i](std::int64_t time) { call(i, time); };
    tile.next_block = [this] { return end_turns(); };
    tile.on_block_end = [this](std::int64_t time) { end_block(time); };
    tile.on_step = [this, i](std::int64_t time, int slot) { count_step(time, i, slot); };
  }
  SC_METHOD(begin_part);
  sensitive << part_event_;
  SC_METHOD(call_tiles);
  sensitive << call_event_;
  dont_initialize();
}

void tile_bench::call(int tile, std::int64_t time) {
  calls_.push(time, static_cast<std::uint32_t>(tile));
  call_event_.notify(delay_until(femtoseconds{calls_.top().time}));
}

void tile_bench::call_tiles() {
  const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()).count();
  while (!calls_.empty() && calls_.top().time <= now) {
    const std::uint32_t tile = calls_.top().what;
    calls_.pop();
    tiles_[tile]->work();
  }
  if (!calls_.empty()) call_event_.notify(delay_until(femtoseconds{calls_.top().time}));
}

std::int64_t tile_bench::take_block() { return next_ < blocks_ ? next_++ : -1; }

/// A block is done but for its store, which may wait for long behind the loads of others.
std::int64_t tile_bench::end_turns() {
  if (++ended_ % slots_ == 0) {
    // Blocks whose stores have not passed are running, and so are those that have not begun.
    const std::int64_t storing = running_ - (blocks_ - ended_);
    const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()).count();
    wave_ends_.push_back(
        {static_cast<double>(now), static_cast<double>(storing), busy ? busy() : 0});
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
  start_ = start;
  wave_ends_.clear();
  slot_times_.assign(static_cast<std::size_t>(slots_), {0, start, start, start, start});
  set_milestones();
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

void tile_bench::set_milestones() {
  const std::int64_t active = std::min(slots_, blocks_);
  const std::int64_t steps = window_.steps;
  const std::int64_t stages = schedule_.parts[at_].block.stages;
  edge_ = std::min(stages, steps / 4);
  halfway_ = (edge_ + steps) / 2;
  filled_ = {active * 2 * edge_, start_};
  draining_ = {active * (steps - edge_), start_};
  last_full_ = {active * steps * std::max<std::int64_t>(1, blocks_ / slots_), start_};
  last_ = {blocks_ * steps, start_};
}

void tile_bench::count_step(std::int64_t time, int tile, int slot) {
  ++steps_ended_;
  for (milestone* one : {&filled_, &draining_, &last_full_, &last_}) {
    if (steps_ended_ == one->steps) one->time = time;
  }
  const auto place = static_cast<std::size_t>(slot * chip_.tiles + tile);
  slot_times& own = slot_times_[place];
  ++own.steps;
  if (own.steps == 2 * edge_) own.filled = time;
  if (own.steps == halfway_) own.halfway = time;
  if (own.steps == window_.steps - edge_) own.draining = time;
  own.end = time;
}

/// Time that the steps and waves which are not simulated would take.
std::int64_t tile_bench::left_out() const {
  if (blocks_ <= slots_ && window_.waves_beside == 0) return std::llround(lone_wave_left_out());
  const auto beside = static_cast<double>(window_.waves_beside);
  return std::llround((beside > 0 ? beside * wave_time() : 0) + steps_left_out(beside));
}

/// Of one simulated wave: as the later half, in which tiles are less and less in step. Stores wait
/// for nobody, and nobody for them: where loads are served first they pile up, and pass later. In
/// the long run as many pass as begin; for as long as the stack was busy, more or fewer of them
/// would have taken more or less time.
double tile_bench::wave_time() const {
  const std::size_t last = wave_ends_.size() - 1;
  const wave_end& from = wave_ends_[std::min(last / 2, std::max<std::size_t>(last, 2) - 2)];
  const wave_end& to = wave_ends_[last];
  const double waves = static_cast<double>(last - static_cast<std::size_t>(&from - &wave_ends_[0]));
  const tile_schedule& part = schedule_.parts[at_];
  const double store = part.memory_write_bytes / static_cast<double>(part.blocks);
  const double whole = store + part.memory_read_bytes / static_cast<double>(part.blocks);
  const double due = waves * static_cast<double>(slots_) * whole;
  const double moved = due + (from.storing - to.storing) * store;
  const double busy_time = to.busy - from.busy;
  const double corrected = moved > 0 ? busy_time * (due / moved - 1) : 0;
  return (to.time - from.time + corrected) / waves;
}

/// Steps of all waves, `waves_beside` of which are not simulated at all: as those in the middle of
/// the first wave's loops, neither filling nor draining.
double tile_bench::steps_left_out(double waves_beside) const {
  const tile_schedule& part = schedule_.parts[at_];
  if (window_.steps >= part.block.steps) return 0;
  const auto active = static_cast<double>(std::min(slots_, blocks_));
  const auto between = static_cast<double>(draining_.steps - filled_.steps) / active;
  const double step = static_cast<double>(draining_.time - filled_.time) / between;
  const double of_wave = static_cast<double>(part.block.steps - window_.steps) * step;
  // A partial last wave has its steps in the share of a wave's time that it took.
  const auto full = static_cast<double>(std::max<std::int64_t>(1, blocks_ / slots_));
  const double wave = static_cast<double>(last_full_.time - start_) / full;
  const auto rest = static_cast<double>(last_.time - last_full_.time);
  return of_wave * (full + std::clamp(rest / wave, 0.0, 1.0) + waves_beside);
}

/// Where each slot has one block, those that are slow (who share links, or are far) last longest,
/// and each goes on at its own pace, as far as that is its own and not chance.
double tile_bench::lone_wave_left_out() const {
  const tile_schedule& part = schedule_.parts[at_];
  const auto left = static_cast<double>(part.block.steps - window_.steps);
  if (left <= 0) return 0;
  const auto between = static_cast<double>(window_.steps - 3 * edge_);
  double mean = 0, slots = 0;
  for (const slot_times& own : slot_times_) {
    if (own.steps == 0) continue;
    mean += static_cast<double>(own.draining - own.filled) / between;
    slots += 1;
  }
  mean /= slots;
  const double lasting = lasting_share();
  double simulated = 0, whole = 0;
  for (const slot_times& own : slot_times_) {
    if (own.steps == 0) continue;
    const auto end = static_cast<double>(own.end);
    const double step = static_cast<double>(own.draining - own.filled) / between;
    simulated = std::max(simulated, end);
    whole = std::max(whole, end + left * (mean + lasting * (step - mean)));
  }
  return whole - simulated;
}

/// Share of the variance of slots' paces that lasts: what the paces of both halves of the window
/// have in common (their covariance), against all of it.
double tile_bench::lasting_share() const {
  const auto first_steps = static_cast<double>(halfway_ - 2 * edge_);
  const auto second_steps = static_cast<double>(window_.steps - edge_ - halfway_);
  if (first_steps < 1 || second_steps < 1) return 0;
  const double steps = first_steps + second_steps;
  double n = 0, sum1 = 0, sum2 = 0, product = 0, sum = 0, square = 0;
  for (const slot_times& own : slot_times_) {
    if (own.steps == 0) continue;
    const double first = static_cast<double>(own.halfway - own.filled) / first_steps;
    const double second = static_cast<double>(own.draining - own.halfway) / second_steps;
    const double both = static_cast<double>(own.draining - own.filled) / steps;
    n += 1;
    sum1 += first, sum2 += second, product += first * second;
    sum += both, square += both * both;
  }
  const double in_common = product / n - sum1 / n * sum2 / n;
  const double all = square / n - sum / n * sum / n;
  return all > 0 ? std::clamp(in_common / all, 0.0, 1.0) : 0;
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
