// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/stacked_chip.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <tuple>
#include <unordered_map>

#include "followed_part.h"
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

/// What decides what the stack is to a part.
struct traffic_key {
  std::int64_t blocks, steps;
  std::int32_t resident, stages;
  double read_bytes, write_bytes;
  step_work step;
  double store_bytes, finish_clocks;
  auto fields() const {
    return std::tie(blocks, steps, resident, stages, read_bytes, write_bytes, step.load_bytes,
                    step.matrix_clocks, step.vector_clocks, step.special_clocks, step.idle_clocks,
                    step.scratchpad_bytes, store_bytes, finish_clocks);
  }
  bool operator<(const traffic_key& other) const { return fields() < other.fields(); }
};

}  // namespace

chip_network_spec network_answer(const stacked_chip_spec& spec) {
  return tile_network(spec).of_all_tiles();
}

/// What the stack is to one part's loads and stores.
struct memory_answer {
  chip_memory_spec as_seen;
  double j_per_byte = 0;  ///< of commands, ports and bonds
  double part_s = 0;      ///< of the part as followed; 0: it was not
  double needed_s = 0;    ///< that the stack was busy for in it
  double slice_s = 0;     ///< that the busiest slice was
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
    part.blocks = 4L * spec.chip.tiles;
    part.block.steps = 16;
    part.block.stages = 4;
    part.block.step.load_bytes = 8192;
    part.memory_read_bytes = part.load_bytes();
    chip_memory_spec memory = look_up(part).as_seen;
    if (!quick()) memory.bytes_per_s = part.load_bytes() / follow(part).part_s;
    return memory;
  }

  const memory_answer& memory_of(const tile_schedule& part) {
    const traffic_key key{part.blocks,       part.block.steps,       part.resident,
                          part.block.stages, part.memory_read_bytes, part.memory_write_bytes,
                          part.block.step,   part.block.store_bytes, part.block.finish_clocks};
    const auto found = memories.find(key);
    if (found != memories.end()) return found->second;
    return memories.emplace(key, quick() ? look_up(part) : follow(part)).first->second;
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

  memory_answer follow(const tile_schedule& part) {
    memory_answer all;
    all.as_seen = quickest_memory(part, spec.dram_stack);
    const double moved = part.memory_read_bytes + part.memory_write_bytes;
    if (moved <= 0) return all;
    const finished_result found = followed_part(stack, spec, network, map).whole(part);
    all.part_s = found.elapsed_s;
    all.needed_s = found.occupied_s;
    all.slice_s = found.gate_s;
    all.j_per_byte = commands_and_moves(found.energy) / moved;
    return all;
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
  demand.memory_s = demand.network_s = demand.shared_buffer_s = 0;
  result.elapsed = launch_time(schedule, s.chip.launch);
  const chip_memory_spec nominal = s.chip.memory;
  const chip_network_spec even = s.chip.network;
  for (const tile_schedule& part : schedule.parts) {
    const memory_answer& memory = s.memory_of(part);
    s.chip.memory = memory.as_seen;
    s.chip.network.bytes_per_s = s.network.bytes_per_s(part);
    const double bytes = part.load_bytes() + part.store_bytes();
    const double network_s = bytes / s.chip.network.bytes_per_s;
    demand.network_s += network_s;
    const double slices_s = bytes / s.chip.shared_buffer.bytes_per_s;
    const double moved = part.memory_read_bytes + part.memory_write_bytes;
    result.energy.memory_j += moved * memory.j_per_byte;
    if (memory.part_s > 0) {
      // What is extrapolated, or followed in one direction only, is no quicker than any unit.
      const double seconds =
          std::max({memory.part_s, unit_seconds(part, s.chip), network_s, slices_s});
      result.elapsed += s.chip.launch.start + from_seconds(seconds);
      demand.memory_s += std::min(memory.needed_s, seconds);
      demand.shared_buffer_s += std::clamp(memory.slice_s, slices_s, seconds);
    } else {
      result.elapsed += part_time(part, s.chip);
      demand.memory_s += moved / s.chip.memory.sustained_bytes_per_s();
      demand.shared_buffer_s += slices_s;
    }
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
model_detail stacked_chip::detail() const { return state_->detail; }
const stacked_chip_spec& stacked_chip::spec() const { return state_->spec; }
const chip_spec& stacked_chip::chip() const { return state_->chip; }
std::size_t stacked_chip::searches() const { return state_->known.size(); }
std::size_t stacked_chip::memory_questions() const { return state_->memories.size(); }

}  // namespace lamina::analytical
