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

int slice_above(const stacked_chip_spec& spec, const address_map& map, std::uint64_t address,
                std::uint32_t bytes) {
  const int nodes = spec.nodes();
  const int channels = spec.dram_stack.geometry.channels;
  const auto burst = static_cast<std::uint64_t>(spec.dram_stack.geometry.burst_bytes);
  const std::uint64_t bursts = (bytes + burst - 1) / burst;
  const std::uint64_t piece_number = address / spec.piece_bytes;
  const std::uint64_t turn = (piece_number + piece_number / bursts) % bursts;
  const int channel = map.decode(address + turn * burst).channel;
  if (channels >= nodes) return channel * nodes / channels;
  const int first = channel * nodes / channels;
  const int count = (channel + 1) * nodes / channels - first;
  return first + static_cast<int>(address / spec.piece_bytes % static_cast<unsigned>(count));
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
                         std::int64_t slot, block_dealer& dealer)
    : spec_(spec),
      layout_(part, spec),
      dealer_(dealer),
      block_(slot),
      steps_(part.block.steps),
      load_bytes_(part.block.step.load_bytes),
      store_bytes_(part.block.store_bytes),
      in_flight_(static_cast<int>(std::min<std::int64_t>(part.block.stages, steps_))),
      turn_(spec.chip.from_clocks(turn_clocks(part.block.step))),
      finish_(spec.chip.from_clocks(part.block.finish_clocks)),
      tile_(static_cast<int>(slot % spec.chip.tiles)),
      port_load_(spec.chip.from_clocks(load_bytes_ / spec.chip.tile.port_bytes_per_clock)),
      port_store_(spec.chip.from_clocks(store_bytes_ / spec.chip.tile.port_bytes_per_clock)) {
  const step_work& step = part.block.step;
  const double scratchpad = step.scratchpad_bytes / spec.chip.tile.scratchpad.bytes_per_clock;
  const double others = std::max({step.matrix_clocks, scratchpad, step.special_clocks});
  vector_bound_ = step.vector_clocks > others;
  unit_time_ = spec.chip.from_clocks(std::max(step.vector_clocks, others));
}

void slot_client::cut(const tile_schedule& part, std::int64_t steps) {
  const double kept = real(steps) / real(part.block.steps);
  steps_ = steps;
  in_flight_ = static_cast<int>(std::min<std::int64_t>(part.block.stages, steps));
  layout_.through_of_store *= kept;
  finish_ = spec_.chip.from_clocks(part.block.finish_clocks * kept);
  port_store_ = spec_.chip.from_clocks(store_bytes_ * kept / spec_.chip.tile.port_bytes_per_clock);
}

void slot_client::connect(const address_map& map, const slice_order& order, double node_bytes_per_s,
                          femtoseconds buffer_latency) {
  map_ = &map;
  order_ = &order;
  lane_ = spec_.node_of_tile(tile_);
  lane_s_per_byte_ = 1 / node_bytes_per_s;
  nothing_ = buffer_latency;
}

void slot_client::next_step() {
  ++step_;
  if (step_ == steps_) finishes_ = true;
  if (step_ >= steps_) begins_ = true;
  if (step_ <= steps_) return;
  step_ = 0;
  ended_ = true;
}

/// Whole when (nearly) all of it goes to the stack, else as many pieces as are due.
double slot_client::due(double through, double whole, bool write) {
  if (through > 0.999 * whole) return whole;
  double& owed = write ? dealer_.owed_write : dealer_.owed_read;
  const double unit = std::min<double>(spec_.piece_bytes, whole);
  owed += through;
  const double bytes = std::max(0.0, std::floor(owed / unit + 0.5) * unit);
  owed -= bytes;
  return bytes;
}

client_request slot_client::next() {
  for (;; next_step()) {
    client_request request;
    if (ended_) {
      ended_ = false;
      read_ = 0;
      block_ = dealer_.take();
    }
    request.none = block_ < 0;
    if (request.none) return request;
    const bool write = step_ == steps_;
    const double through = write ? layout_.through_of_store : layout_.missed_of_load;
    const double whole = write ? store_bytes_ : load_bytes_;
    const double bytes = through > 0 ? due(through, whole, write) : 0;
    if (write && bytes <= 0) continue;
    request.after_all = begins_;
    if (begins_ && finishes_) {
      request.later = finish_;
      finishes_ = false;
    }
    begins_ = false;
    const std::uint64_t rounded = round_up(bytes, layout_.burst_bytes);
    request.write = write;
    request.bytes = static_cast<std::uint32_t>(rounded);
    request.address =
        write ? layout_.write_address(block_, 0) : layout_.read_address(block_, read_);
    if (request.address + rounded > layout_.capacity) request.address = 0;
    if (!write) read_ += rounded;
    next_step();
    last_ = request;
    return request;
  }
}

request_part slot_client::part_at(std::uint64_t address) const {
  if (order_ == nullptr) return {};
  const std::uint64_t piece = spec_.piece_bytes;
  const std::uint64_t before = (address - last_.address) / piece * piece;
  const std::uint64_t bytes = std::min<std::uint64_t>(piece, last_.bytes - before);
  const std::uint64_t begin = last_.address + before;
  const int slice = slice_above(spec_, *map_, begin, static_cast<std::uint32_t>(bytes));
  return {order_->turn_of[static_cast<std::size_t>(slice)], slice, begin + bytes};
}

femtoseconds slot_client::longer(int way) const {
  if (order_ == nullptr) return femtoseconds{0};
  const slice_order::turn& turn = order_->turns[static_cast<std::size_t>(way)];
  if (last_.write) return turn.back;
  return turn.there - order_->turns.front().there;
}

femtoseconds slot_client::back(int way) const {
  if (order_ == nullptr || last_.write) return femtoseconds{0};
  return order_->turns[static_cast<std::size_t>(way)].back + order_->turns.front().there;
}

double bytes_of_an_access(const dram_stack_spec& stack) {
  const dram_geometry& g = stack.geometry;
  const dram_clocks clocks = resolve(g, stack.timings);
  const double ports = static_cast<double>(g.channels) * g.ports();
  return ports * g.burst_bytes / clocks.burst * (clocks.tRCDRD + clocks.RL + clocks.burst);
}

}  // namespace lamina
