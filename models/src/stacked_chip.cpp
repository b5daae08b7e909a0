// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/stacked_chip.h"

#include <algorithm>
#include <cmath>

#include "lamina/models/dram_stack_check.h"
#include "lamina/models/interconnect_check.h"

namespace lamina {
namespace {

double real(std::int64_t value) { return static_cast<double>(value); }

std::uint64_t round_up(double bytes, std::uint64_t unit) {
  return static_cast<std::uint64_t>(std::ceil(std::max(0.0, bytes) / static_cast<double>(unit))) *
         unit;
}

/// Bytes that the queues of all controllers hold.
double queue_bytes(const dram_stack_spec& stack) {
  const dram_controller_spec& c = stack.controller;
  const int entries =
      c.queues == queue_organisation::unified ? c.queue_entries : c.read_queue_entries;
  const int buses = c.command_bus == command_bus_scope::port ? stack.geometry.ports() : 1;
  return real(std::int64_t{stack.geometry.channels} * buses * entries) * stack.geometry.burst_bytes;
}

void take(std::vector<spec_problem> problems, const std::string& where,
          std::vector<spec_problem>& found) {
  for (spec_problem& problem : problems) {
    problem.path = problem.path.empty() ? where : where + "." + problem.path;
    found.push_back(std::move(problem));
  }
}

}  // namespace

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
    : nodes(spec.nodes()),
      slots(std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident)),
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

memory_workload stack_traffic(const tile_schedule& part, const stacked_chip_spec& spec,
                              int most_streams) {
  const piece_layout layout(part, spec);
  const std::int64_t slots = std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident);
  const auto streams = static_cast<int>(std::min<std::int64_t>(slots, most_streams));
  const std::uint64_t burst = layout.burst_bytes;
  const double all = part.memory_read_bytes + part.memory_write_bytes;
  memory_workload work;
  const auto add = [&](bool write, double at_once, double whole, double bytes) {
    if (bytes < 0.01 * all || bytes <= 0) return;
    access_stream stream;
    stream.request_bytes = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(spec.piece_bytes, round_up(whole, burst)));
    stream.read_fraction = write ? 0 : 1;
    // What waits outside the controllers' queues does not hasten them.
    const double useful = std::min(at_once, 2 * queue_bytes(spec.dram_stack));
    stream.in_flight =
        static_cast<int>(std::clamp(useful / stream.request_bytes / streams, 1.0, 1024.0));
    // Long enough to be steady, in the part's own proportion of reads and writes.
    const double laps = 12.0 * stream.in_flight * stream.request_bytes;
    const double total = std::max(laps, 64.0 * 1024) * bytes / all;
    stream.total_bytes =
        round_up(std::max(total, 1.0 * stream.request_bytes), stream.request_bytes);
    for (int i = 0; i < streams; ++i) {
      const std::int64_t block = slots * i / streams;
      stream.base = write ? layout.write_address(block, 0) : layout.read_address(block, 0);
      stream.base =
          std::min(stream.base,
                   layout.capacity - std::min<std::uint64_t>(layout.capacity, stream.total_bytes));
      stream.base -= stream.base % burst;
      work.streams.push_back(stream);
    }
  };
  add(false, bytes_at_once(part, spec), part.block.step.load_bytes, part.memory_read_bytes);
  // Of a slot, the store of one block is under way.
  add(true, real(slots) * layout.through_of_store, part.block.store_bytes, part.memory_write_bytes);
  return work;
}

double bytes_at_once(const tile_schedule& part, const stacked_chip_spec& spec) {
  const std::int64_t slots = std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident);
  const std::int64_t stages = std::min<std::int64_t>(part.block.stages, part.block.steps);
  return real(slots * stages) * part.miss_share() * part.block.step.load_bytes;
}

}  // namespace lamina
