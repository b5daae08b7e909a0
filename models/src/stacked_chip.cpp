// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/stacked_chip.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lamina/models/dram_stack_check.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/interconnect_check.h"

namespace lamina {
namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

std::uint64_t round_up(double bytes, std::uint64_t unit) {
  return static_cast<std::uint64_t>(std::ceil(std::max(0.0, bytes) / static_cast<double>(unit))) *
         unit;
}

double blocks_of_a_tile(const tile_schedule& part, const chip_spec& chip) {
  return std::min<double>(part.resident, std::ceil(real(part.blocks) / chip.tiles));
}

void take(std::vector<spec_problem> problems, const std::string& where,
          std::vector<spec_problem>& found) {
  for (spec_problem& problem : problems) {
    problem.path = problem.path.empty() ? where : where + "." + problem.path;
    found.push_back(std::move(problem));
  }
}

}  // namespace

double turn_clocks(const step_work& step) {
  return step.matrix_clocks + step.vector_clocks + step.special_clocks + step.idle_clocks;
}

int stacked_chip_spec::nodes() const { return static_cast<int>(endpoints_of(noc)); }

std::vector<spec_problem> check(const stacked_chip_spec& spec) {
  std::vector<spec_problem> found;
  chip_spec chip = spec.chip;
  chip.memory.bytes_per_s = 1;  // answered by the stack
  take(check(chip), "chip", found);
  take(check(spec.noc), "noc", found);
  take(check(spec.dram_stack), "dram_stack", found);
  if (!found.empty()) return found;
  if (spec.nodes() > spec.chip.tiles) {
    found.push_back(
        {"noc",
         std::to_string(spec.nodes()) + " nodes for " + std::to_string(spec.chip.tiles) + " tiles",
         "make the network smaller, or give each node at least a tile"});
  }
  if (spec.chip.area.stated()) {
    const die_area area = area_of(spec);
    if (area.total() > spec.chip.area.limit) {
      char message[64];
      std::snprintf(message, sizeof message, "the die takes %.0f of %.0f mm2: ", area.total(),
                    spec.chip.area.limit);
      found.push_back({"chip.area.limit", message + area.text(),
                       "take fewer tiles (chip.area.fill takes as many as fit), smaller buffers or "
                       "fewer connected layers"});
    }
  }
  const int burst = spec.dram_stack.geometry.burst_bytes;
  if (spec.piece_bytes < static_cast<std::uint32_t>(burst) ||
      spec.piece_bytes % static_cast<std::uint32_t>(burst) != 0) {
    found.push_back({"piece_bytes",
                     "must be a multiple of the stack's burst of " + std::to_string(burst) + " B",
                     ""});
  }
  return found;
}

piece_layout::piece_layout(const tile_schedule& part, const stacked_chip_spec& spec)
    : slots(std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident)),
      nodes(spec.nodes()),
      steps(part.block.steps) {
  const auto pieces = [&spec](double bytes) {
    return static_cast<std::int64_t>(std::ceil(bytes / spec.piece_bytes - 1e-9));
  };
  burst_bytes = static_cast<std::uint64_t>(spec.dram_stack.geometry.burst_bytes);
  capacity = static_cast<std::uint64_t>(spec.dram_stack.geometry.capacity_bytes());
  pieces_of_load = pieces(part.block.step.load_bytes);
  pieces_of_store = pieces(part.block.store_bytes);
  missed_of_load = part.miss_share() * part.block.step.load_bytes;
  through_of_store = part.write_through_share() * part.block.store_bytes;
  read_of_block = round_up(missed_of_load * real(part.block.steps), burst_bytes);
  write_of_block = round_up(through_of_store, burst_bytes);
  write_base = read_of_block * static_cast<std::uint64_t>(part.blocks) % capacity;
}

std::uint64_t piece_layout::read_address(std::int64_t block, std::uint64_t before) const {
  if (read_of_block == 0) return 0;
  const auto skipped =
      static_cast<std::uint64_t>(missed_of_load * static_cast<double>(first_step(block)));
  const std::uint64_t place = (skipped - skipped % burst_bytes + before) % read_of_block;
  return (read_of_block * static_cast<std::uint64_t>(block) + place) % capacity;
}

std::uint64_t piece_layout::write_address(std::int64_t block, std::uint64_t before) const {
  return (write_base + write_of_block * static_cast<std::uint64_t>(block) + before) % capacity;
}

slot_client::slot_client(const tile_schedule& part, const stacked_chip_spec& spec,
                         std::int64_t slot, block_dealer* dealer)
    : layout_(part, spec),
      dealer_(dealer),
      first_block_(slot),
      blocks_(part.blocks),
      slots_(layout_.slots),
      steps_(part.block.steps),
      load_bytes_(part.block.step.load_bytes),
      store_bytes_(part.block.store_bytes),
      piece_bytes_(spec.piece_bytes),
      turn_(spec.chip.from_clocks(turn_clocks(part.block.step))),
      finish_(spec.chip.from_clocks(part.block.finish_clocks)),
      port_(spec.chip.from_clocks(load_bytes_ * blocks_of_a_tile(part, spec.chip) /
                                  spec.chip.tile.port_bytes_per_clock)),
      block_(slot),
      // Rounding is even over the slots.
      owed_read_(piece_bytes_ * real(slot) / real(slots_)),
      owed_write_(owed_read_) {
  const auto stages = std::min<std::int64_t>(part.block.stages, part.block.steps);
  const double missed = layout_.missed_of_load;
  if (missed > 0) in_flight_ = static_cast<int>(stages);
  if (part.blocks > slots_ &&
      part.memory_write_bytes > 0.02 * (part.memory_read_bytes + part.memory_write_bytes)) {
    step_ = slot % slots_ * steps_ / slots_;
    read_ = static_cast<std::uint64_t>(missed * real(step_)) / layout_.burst_bytes *
            layout_.burst_bytes;
  }
}

void slot_client::begin(const tile_schedule& part, const chip_spec& chip, femtoseconds way) {
  step_ = 0;
  read_ = 0;
  way_ = way;
  const step_work& step = part.block.step;
  const double in_tile = blocks_of_a_tile(part, chip);
  const double scratchpad = step.scratchpad_bytes / chip.tile.scratchpad.bytes_per_clock;
  const double busiest =
      std::max({step.matrix_clocks, scratchpad, step.vector_clocks, step.special_clocks});
  turn_ = chip.from_clocks(std::max(in_tile * busiest, turn_clocks(step)));
  finish_ = chip.from_clocks(in_tile * part.block.finish_clocks);
}

void slot_client::hurry(double share) {
  turn_ = from_seconds(to_seconds(turn_) * share);
  port_ = from_seconds(to_seconds(port_) * share);
  finish_ = from_seconds(to_seconds(finish_) * share);
}

void slot_client::next_step() {
  ++step_;
  if (step_ >= steps_) begins_ = true;
  if (step_ <= steps_) return;
  step_ = 0;
  read_ = 0;
  if (dealer_ != nullptr) {
    block_ = dealer_->take();
    return;
  }
  block_ += slots_;
  if (block_ >= blocks_) block_ = first_block_;
}

/// Whole when (nearly) all of it goes to the stack, else as many pieces as are due.
double slot_client::due(double through, double whole, bool write) {
  if (through > 0.999 * whole) return whole;
  double& owed = dealer_ == nullptr ? (write ? owed_write_ : owed_read_)
                                    : (write ? dealer_->owed_write : dealer_->owed_read);
  const double unit = std::min(piece_bytes_, whole);
  // Slots by themselves are spread by where they begin.
  const double early = dealer_ == nullptr ? 0 : 0.5;
  owed += through;
  const double bytes = std::max(0.0, std::floor(owed / unit + early) * unit);
  owed -= bytes;
  return bytes;
}

client_request slot_client::next() {
  for (;; next_step()) {
    client_request request;
    request.none = block_ < 0;
    if (request.none) return request;
    const bool write = step_ == steps_;
    const double through = write ? layout_.through_of_store : layout_.missed_of_load;
    if (through <= 0) {
      if (!write) step_ = steps_ - 1;
      continue;
    }
    const double bytes = due(through, write ? store_bytes_ : load_bytes_, write);
    if (write && bytes <= 0) continue;
    request.after_all = begins_ && posts_writes();
    if (write) request.later = finish_;
    begins_ = false;
    const std::uint64_t rounded = round_up(bytes, layout_.burst_bytes);
    request.write = write;
    request.bytes = static_cast<std::uint32_t>(rounded);
    request.address =
        write ? layout_.write_address(block_, 0) : layout_.read_address(block_, read_);
    if (request.address + rounded > layout_.capacity) request.address = 0;
    if (!write) read_ += rounded;
    next_step();
    return request;
  }
}

double bytes_of_an_access(const dram_stack_spec& stack) {
  const dram_geometry& g = stack.geometry;
  const dram_clocks clocks = resolve(g, stack.timings);
  const double ports = static_cast<double>(g.channels) * g.ports();
  return ports * g.burst_bytes / clocks.burst * (clocks.tRCDRD + clocks.RL + clocks.burst);
}

double bytes_at_once(const tile_schedule& part, const stacked_chip_spec& spec) {
  const std::int64_t slots = std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident);
  const std::int64_t stages = std::min<std::int64_t>(part.block.stages, part.block.steps);
  return real(slots * stages) * part.miss_share() * part.block.step.load_bytes;
}

}  // namespace lamina
