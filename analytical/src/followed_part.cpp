// SPDX-License-Identifier: Apache-2.0
#include "followed_part.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lamina::analytical {
namespace {

/// Bursts and loads: parts of no more are followed as a whole, of longer ones about so many.
constexpr double most_events = 800e3;
constexpr double events_of_window = 400e3;

/// Slots in the order in which they ask when all begin at once: tile after tile. They are dealt to
/// the tiles in turn.
std::vector<std::int64_t> by_tile(std::int64_t slots, std::int64_t tiles) {
  std::vector<std::int64_t> order;
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    for (std::int64_t slot = tile; slot < slots; slot += tiles) order.push_back(slot);
  }
  return order;
}

/// `times` what `more` took longer than `less`.
void add(finished_result& sum, const finished_result& more, const finished_result& less,
         double times) {
  sum.elapsed_s += times * (more.elapsed_s - less.elapsed_s);
  sum.occupied_s += times * (more.occupied_s - less.occupied_s);
  sum.gate_s += times * (more.gate_s - less.gate_s);
  for (double dram_counts::*count :
       {&dram_counts::activates, &dram_counts::precharges, &dram_counts::reads,
        &dram_counts::writes, &dram_counts::row_hits, &dram_counts::refreshes,
        &dram_counts::turnarounds}) {
    sum.counts.*count += times * (more.counts.*count - less.counts.*count);
  }
  for (double dram_energy::*energy :
       {&dram_energy::activate_j, &dram_energy::precharge_j, &dram_energy::read_j,
        &dram_energy::write_j, &dram_energy::refresh_j, &dram_energy::port_j, &dram_energy::bond_j,
        &dram_energy::background_j}) {
    sum.energy.*energy += times * (more.energy.*energy - less.energy.*energy);
  }
}

}  // namespace

finished_result followed_part::over(const tile_schedule& part, std::int64_t blocks,
                                    std::int64_t steps) const {
  const std::int64_t count = std::min(piece_layout(part, spec_).slots, blocks);
  const double node_bytes_per_s = network_.node_bytes_per_s(part);
  const femtoseconds buffer_latency =
      spec_.chip.shared_buffer.latency + network_.of_all_tiles().latency;
  block_dealer dealer(blocks, count);
  std::vector<slot_client> slots;
  std::vector<memory_client*> clients;
  for (const std::int64_t slot : by_tile(count, spec_.chip.tiles)) {
    slots.emplace_back(part, spec_, slot, dealer);
    const int node = spec_.node_of_tile(slots.back().unit());
    slots.back().cut(part, steps);
    slots.back().connect(map_, network_.order_of(node), node_bytes_per_s, buffer_latency);
  }
  for (slot_client& slot : slots) clients.push_back(&slot);
  return stack_.finish(clients, bytes_of_an_access(spec_.dram_stack));
}

finished_result followed_part::whole(const tile_schedule& part) const {
  const piece_layout layout(part, spec_);
  const std::int64_t steps = part.block.steps;
  const std::int64_t waves = part.blocks / layout.slots;
  const double moved = static_cast<double>(steps) * layout.missed_of_load + layout.through_of_store;
  if (moved <= 0) return {};
  const double bursts = moved / static_cast<double>(layout.burst_bytes) * stack_.followed_share();
  const double of_block = bursts + static_cast<double>(steps);
  if (of_block * static_cast<double>(part.blocks) <= most_events) {
    return over(part, part.blocks, steps);
  }

  // As many waves as are affordable whole, and as many of their steps if those are only two.
  const double of_wave = of_block * static_cast<double>(layout.slots);
  const std::int64_t more_waves = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(events_of_window / of_wave), 2, std::max<std::int64_t>(2, waves));
  const bool cuts_waves = more_waves < waves;
  const std::int64_t blocks =
      cuts_waves ? part.blocks - (waves - more_waves) * layout.slots : part.blocks;
  const double share = events_of_window / (of_block * static_cast<double>(blocks));
  const auto affordable = static_cast<std::int64_t>(share * static_cast<double>(steps));
  const std::int64_t some = std::max<std::int64_t>(4L * part.block.stages, affordable);
  const bool cuts_steps = 3 * some < 2 * steps;
  const std::int64_t more_steps = cuts_steps ? some : steps;

  const finished_result longest = over(part, blocks, more_steps);
  finished_result sum = longest;
  finished_result long_loops = longest;
  std::int64_t compared = blocks;
  if (cuts_waves) {
    const std::int64_t fewer = more_waves / 2;
    compared = blocks - fewer * layout.slots;
    long_loops = over(part, compared, more_steps);
    add(sum, longest, long_loops,
        static_cast<double>(waves - more_waves) / static_cast<double>(fewer));
  }
  if (cuts_steps) {
    const finished_result short_loops = over(part, compared, more_steps / 2);
    const double lengths =
        static_cast<double>(steps - more_steps) / static_cast<double>(more_steps - more_steps / 2);
    add(sum, long_loops, short_loops,
        lengths * static_cast<double>(part.blocks) / static_cast<double>(compared));
  }
  return sum;
}

}  // namespace lamina::analytical
