// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/stacked_chip.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>
#include <unordered_map>

#include "lamina/analytical/dram_stack.h"
#include "lamina/analytical/kernel_time.h"
#include "lamina/models/kernel_key.h"
#include "slot_rates.h"
#include "tile_network.h"

namespace lamina::analytical {
namespace {

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

/// Parts that move no more bursts than these are followed from their begin to their end: that takes
/// no longer than the search for what the stack sustains may take.
constexpr double most_bursts_of_part = 800e3;

/// What decides the streams of a part.
struct traffic_key {
  std::int64_t blocks;  ///< 0: without end
  std::uint64_t read_of_block, write_of_block;
  std::int64_t slots, stages;
  double load_bytes, missed, through;
  std::int64_t turn_fs, spacing_fs, finish_fs;
  auto fields() const {
    return std::tie(blocks, read_of_block, write_of_block, slots, stages, load_bytes, missed,
                    through, turn_fs, spacing_fs, finish_fs);
  }
  bool operator<(const traffic_key& other) const { return fields() < other.fields(); }
};

/// One load at a time.
class lone_client : public memory_client {
 public:
  explicit lone_client(slot_client slot) : slot_(std::move(slot)) {}
  client_request next() override {
    client_request next = slot_.next();
    while (next.bytes == 0) next = slot_.next();
    return next;
  }
  int in_flight() const override { return 1; }

 private:
  slot_client slot_;
};

}  // namespace

chip_network_spec network_answer(const stacked_chip_spec& spec) {
  return tile_network(spec).of_all_tiles();
}

/// What the stack is to one part's loads and stores.
struct memory_answer {
  chip_memory_spec as_seen;
  double j_per_byte = 0;  ///< of commands, ports and bonds
  double part_s = 0;      ///< of the part when tiles have their units for themselves; 0: unknown
  double needed_s = 0;    ///< that the stack was busy for in it
};

double commands_and_moves(const dram_energy& e) {
  return e.activate_j + e.precharge_j + e.read_j + e.write_j + e.port_j + e.bond_j;
}

struct stacked_chip::state {
  stacked_chip_spec spec;
  model_detail detail;
  chip_spec chip;
  dram_stack stack;
  address_map map;
  slot_rates rates;
  tile_network network;
  std::unique_ptr<mapper> plans;
  std::map<traffic_key, memory_answer> memories;
  std::map<kernel_key, planned> known;

  state(stacked_chip_spec given, model_detail how)
      : spec(std::move(given)),
        detail(how),
        chip(spec.chip),
        stack(spec.dram_stack),
        map(spec.dram_stack.address_map, spec.dram_stack.geometry),
        rates(spec),
        network(spec) {
    chip.network = network.of_all_tiles();
    chip.memory = long_read();
    plans = std::make_unique<mapper>(chip);
  }

  /// All tiles read blocks of 8 KiB one after the other.
  chip_memory_spec long_read() {
    tile_schedule part;
    part.blocks = 64L * spec.chip.tiles;
    part.block.steps = 16;
    part.block.stages = 4;
    part.block.step.load_bytes = 8192;
    part.memory_read_bytes = part.load_bytes();
    return (quick() ? look_up(part) : ask(part, piece_layout(part, spec))).as_seen;
  }

  const memory_answer& memory_of(const tile_schedule& part) {
    const piece_layout layout(part, spec);
    const slot_client one(part, spec, 0);
    const bool ends =
        !quick() && bursts_of(part, layout) * stack.followed_share() <= most_bursts_of_part;
    const traffic_key key{ends ? part.blocks : 0,
                          layout.read_of_block,
                          layout.write_of_block,
                          std::min(part.blocks, std::int64_t{spec.chip.tiles} * part.resident),
                          std::min<std::int64_t>(part.block.stages, part.block.steps),
                          part.block.step.load_bytes,
                          layout.missed_of_load,
                          layout.through_of_store,
                          one.pause().count(),
                          one.spacing().count(),
                          ends ? std::llround(1e3 * part.block.finish_clocks) : 0};
    const auto found = memories.find(key);
    if (found != memories.end()) return found->second;
    if (quick()) return memories.emplace(key, look_up(part)).first->second;
    return memories.emplace(key, ends ? follow(part) : ask(part, layout)).first->second;
  }

  bool quick() const { return detail == model_detail::closed_form; }

  /// In closed form.
  memory_answer look_up(const tile_schedule& part) {
    const double turn = to_seconds(chip.from_clocks(turn_clocks(part.block.step)));
    const slot_rate rate = rates.answer(part, to_seconds(chip.network.latency) + turn);
    memory_answer all;
    all.as_seen.bytes = static_cast<std::uint64_t>(spec.dram_stack.geometry.capacity_bytes());
    all.as_seen.bytes_per_s = rate.bytes_per_s > 0 ? rate.bytes_per_s : 1;  // nothing asks for it
    all.as_seen.latency = from_seconds(rate.latency_s);
    all.as_seen.share = 1;
    all.j_per_byte = rate.j_per_byte;
    return all;
  }

  /// Bursts that the part moves.
  static double bursts_of(const tile_schedule& part, const piece_layout& layout) {
    const double steps = static_cast<double>(part.block.steps);
    return static_cast<double>(part.blocks) *
           (steps * layout.missed_of_load + layout.through_of_store) /
           static_cast<double>(layout.burst_bytes);
  }

  /// All blocks of a part, from the first load to the last store.
  memory_answer follow(const tile_schedule& part) {
    memory_answer all;
    // All waiting for the stack is in the part's time, which tiles, ports and network may exceed.
    all.as_seen = quickest_memory(part, spec.dram_stack);
    const double moved = part.memory_read_bytes + part.memory_write_bytes;
    if (moved <= 0) return all;
    const std::int64_t count = piece_layout(part, spec).slots;
    block_dealer dealer(part.blocks, count, count, true);
    std::vector<slot_client> slots;
    std::vector<memory_client*> clients;
    for (std::int64_t i = 0; i < count; ++i) {
      slots.emplace_back(part, spec, i, &dealer);
      slots.back().begin(part, chip, chip.network.latency);
    }
    for (slot_client& slot : slots) clients.push_back(&slot);
    const finished_result found = stack.finish(clients, bytes_of_an_access(spec.dram_stack));
    all.part_s = found.elapsed_s;
    all.needed_s = found.occupied_s;
    all.j_per_byte = commands_and_moves(found.energy) / moved;
    return all;
  }

  memory_answer ask(const tile_schedule& part, const piece_layout& layout) {
    memory_answer all;
    chip_memory_spec& answer = all.as_seen;
    answer.bytes = static_cast<std::uint64_t>(spec.dram_stack.geometry.capacity_bytes());
    if (layout.missed_of_load <= 0 && layout.through_of_store <= 0) {
      answer.bytes_per_s = 1;  // nothing asks for it
      return all;
    }
    const std::int64_t count = clients_needed(part, layout);
    const double share = static_cast<double>(count) / static_cast<double>(layout.slots);
    const double loads =
        static_cast<double>(count * std::min<std::int64_t>(part.block.stages, part.block.steps));
    double pause = share * to_seconds(slot_client(part, spec, 0).pause());
    sustained_result alone = of_clients(part, count, share);
    double inside = loads * layout.missed_of_load - alone.bytes_per_s * pause;
    if (alone.bytes_per_s * pause > 0.5 * static_cast<double>(count) * layout.missed_of_load) {
      // Tiles hold it up: what it could do shows when they do not.
      pause = 0;
      alone = of_clients(part, count, 0);
      inside = loads * layout.missed_of_load;
    }
    lone_client lone(slot_client(part, spec, 0));
    answer.latency = from_seconds(stack.sustain({&lone}).latency_s);
    answer.bytes_per_s = in_a_loop(part, alone.bytes_per_s, inside, to_seconds(answer.latency));
    answer.share = 1;
    all.j_per_byte = commands_and_moves(alone.energy);
    return all;
  }

  sustained_result of_clients(const tile_schedule& part, std::int64_t count, double haste) {
    const std::int64_t all = piece_layout(part, spec).slots;
    block_dealer dealer(part.blocks, all, count);
    std::vector<slot_client> slots;
    std::vector<memory_client*> clients;
    for (std::int64_t i = 0; i < count; ++i) {
      slots.emplace_back(part, spec, all * i / count, &dealer);
      slots.back().hurry(haste);
    }
    for (slot_client& slot : slots) clients.push_back(&slot);
    return stack.sustain(clients);
  }

  /// Slots are alike: no more are asked than keep every controller's queue full, with loads that
  /// reach each of them several times over.
  std::int64_t clients_needed(const tile_schedule& part, const piece_layout& layout) const {
    constexpr double deep = 8;
    const dram_geometry& g = spec.dram_stack.geometry;
    const dram_controller_spec& c = spec.dram_stack.controller;
    const double load = std::max<double>(
        g.burst_bytes, layout.missed_of_load > 0 ? layout.missed_of_load : layout.through_of_store);
    const bool by_port = c.command_bus == command_bus_scope::port;
    const double entries =
        c.queues == queue_organisation::unified ? c.queue_entries : c.read_queue_entries;
    const double queues = entries * g.channels * (by_port ? g.ports() : 1) * g.burst_bytes;
    std::vector<char> reached(static_cast<std::size_t>(g.channels), 0);
    double channels = 0;
    for (std::uint64_t at = 0; static_cast<double>(at) < load; at += layout.burst_bytes) {
      char& seen =
          reached[static_cast<std::size_t>(map.decode(layout.read_address(0, at)).channel)];
      if (seen == 0) ++channels;
      seen = 1;
    }
    const double loads = deep * std::max(queues / load, g.channels / channels);
    const slot_client one(part, spec, 0);
    const double cheap = 64e3 / (load / g.burst_bytes);
    return std::clamp(
        static_cast<std::int64_t>(std::ceil(std::max(loads, cheap) / one.in_flight())),
        std::int64_t{1}, layout.slots);
  }

  /// The stack alone gives `alone` bytes/s to `inside` bytes in flight, each of which takes
  /// `idle_s` when it is alone. Its latency under load grows with what is in it: n bytes take
  /// idle + c n, with c from that answer. In the chip, loads also spend time on the network and
  /// in the tile, and what is there is not in the stack: of N bytes under way at rate X
  ///
  ///     N = X idle / (1 - c X) + X elsewhere.
  ///
  /// All that of what is read: nobody waits for what is written beside it.
  double in_a_loop(const tile_schedule& part, double alone, double inside, double idle_s) const {
    const double under_way = bytes_at_once(part, spec);
    const double moved = part.memory_read_bytes + part.memory_write_bytes;
    const double read_share = part.memory_read_bytes / moved;
    const double read_alone = alone * read_share;
    if (under_way <= 0 || inside <= 0) return alone;
    const double c = std::max(0.0, 1 / read_alone - idle_s / inside);
    const double turn = part.block.step.matrix_clocks / chip.clock_hz;
    const double elsewhere = to_seconds(chip.network.latency) + turn;
    double low = 0;
    double high = std::min(read_alone * 4, c > 0 ? 1 / c : read_alone * 4);
    for (int i = 0; i < 50; ++i) {
      const double x = (low + high) / 2;
      const double needed = x * idle_s / std::max(1e-12, 1 - c * x) + x * elsewhere;
      (needed > under_way ? high : low) = x;
    }
    // Beyond what the queues hold, the stack does not get quicker.
    return std::min(low / read_share, alone);
  }
};

stacked_chip::stacked_chip(stacked_chip_spec spec, model_detail detail) {
  refuse(check(spec));
  state_ = std::make_unique<state>(std::move(spec), detail);
}
stacked_chip::~stacked_chip() = default;
stacked_chip::stacked_chip(stacked_chip&&) noexcept = default;
stacked_chip& stacked_chip::operator=(stacked_chip&&) noexcept = default;

kernel_result stacked_chip::run(const kernel_schedule& schedule) {
  state& s = *state_;
  kernel_result result;
  way_demand demand = demand_of(schedule, s.chip);
  demand.memory_s = demand.network_s = 0;
  result.elapsed = launch_time(schedule, s.chip.launch);
  const chip_memory_spec nominal = s.chip.memory;
  const chip_network_spec even = s.chip.network;
  for (const tile_schedule& part : schedule.parts) {
    const memory_answer& memory = s.memory_of(part);
    s.chip.memory = memory.as_seen;
    s.chip.network.bytes_per_s = s.network.bytes_per_s(part);
    demand.network_s += (part.load_bytes() + part.store_bytes()) / s.chip.network.bytes_per_s;
    const double moved = part.memory_read_bytes + part.memory_write_bytes;
    result.energy.memory_j += moved * memory.j_per_byte;
    const femtoseconds followed = s.chip.launch.start + from_seconds(memory.part_s);
    result.elapsed += std::max(part_time(part, s.chip), followed);
    demand.memory_s +=
        memory.part_s > 0 ? memory.needed_s : moved / s.chip.memory.sustained_bytes_per_s();
  }
  s.chip.memory = nominal;
  s.chip.network = even;
  name_limits(schedule, s.chip, demand, result);
  result.energy.memory_j += to_seconds(result.elapsed) * idle_power_w(s.spec.dram_stack);
  result.energy.network_j = result.shared_buffer_bytes * s.network.j_per_byte();
  name_energy(schedule, s.chip, result);
  return result;
}

const stacked_chip::planned& stacked_chip::plan(const kernel_work& kernel) {
  const kernel_key key = key_of(kernel);
  const auto found = state_->known.find(key);
  if (found != state_->known.end()) return found->second;
  const kernel_schedule& schedule = state_->plans->schedule(kernel);
  return state_->known.emplace(key, planned{&schedule, run(schedule)}).first->second;
}

double stacked_chip::network_bytes_per_s(const tile_schedule& part) const {
  return state_->network.bytes_per_s(part);
}
const stacked_chip_spec& stacked_chip::spec() const { return state_->spec; }
const chip_spec& stacked_chip::chip() const { return state_->chip; }
std::size_t stacked_chip::searches() const { return state_->known.size(); }
std::size_t stacked_chip::memory_questions() const { return state_->memories.size(); }

}  // namespace lamina::analytical
