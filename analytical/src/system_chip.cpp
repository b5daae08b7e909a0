// SPDX-License-Identifier: Apache-2.0
#include "system_chip.h"

#include <algorithm>

#include "lamina/analytical/kernel_time.h"

namespace lamina::analytical {
namespace {

/// As if the stack gave what its wires can, as soon as its cells can.
femtoseconds least_in_closed_form(const kernel_schedule& schedule, const stacked_chip& stacked) {
  chip_spec chip = stacked.chip();
  femtoseconds sum = launch_time(schedule, chip.launch);
  for (const tile_schedule& part : schedule.parts) {
    chip.memory = quickest_memory(part, stacked.spec().dram_stack);
    chip.network.bytes_per_s = stacked.network_bytes_per_s(part);
    sum += part_time(part, chip);
  }
  return sum;
}

/// As if the unit of a tile that is busiest, or the way in, never waited.
femtoseconds least_when_followed(const kernel_schedule& schedule, const stacked_chip& stacked) {
  const chip_spec& chip = stacked.chip();
  femtoseconds sum = launch_time(schedule, chip.launch);
  for (const tile_schedule& part : schedule.parts) {
    const double least =
        std::max(unit_seconds(part, chip), part.load_bytes() / stacked.network_bytes_per_s(part));
    sum += chip.launch.start + from_seconds(least);
  }
  return sum;
}

/// The least time of a kernel that is mapped for the chip.
femtoseconds least_time(const kernel_schedule& schedule, const stacked_chip& stacked) {
  return stacked.detail() == model_detail::closed_form ? least_in_closed_form(schedule, stacked)
                                                       : least_when_followed(schedule, stacked);
}

}  // namespace

double memory_peak(const system_spec& system) {
  if (!system.stacked) return system.chip.memory.bytes_per_s;
  return wire_bytes_per_s(system.stacked->dram_stack.geometry);
}

system_chip::system_chip(const system_spec& system, model_detail detail) {
  if (system.stacked) {
    stacked_ = std::make_unique<stacked_chip>(*system.stacked, detail);
    plans_ = std::make_unique<mapper>(stacked_->chip());
  } else {
    plans_ = std::make_unique<mapper>(system.chip);
    tile_ = std::make_unique<compute_tile>(system.chip);
  }
}

system_chip::answer system_chip::run(const kernel_work& work) {
  if (stacked_) {
    const auto known = known_.find(key_of(work));
    const stacked_chip::planned& plan =
        known != known_.end() ? *known->second : stacked_->plan(work);
    if (known == known_.end()) known_.emplace(key_of(work), &plan);
    return {plan.schedule, plan.result};
  }
  const kernel_schedule& schedule = plans_->schedule(work);
  return {&schedule, tile_->run(schedule)};
}

bool system_chip::is_known(const kernel_work& work) const {
  return !stacked_ || known_.find(key_of(work)) != known_.end();
}

system_chip::answer system_chip::least(const kernel_work& work) {
  if (is_known(work)) return run(work);
  const kernel_key key = key_of(work);
  const auto found = bounds_.find(key);
  if (found != bounds_.end()) return found->second;
  const kernel_schedule& schedule = plans_->schedule(work);
  answer bound{&schedule, {}};
  bound.result.elapsed = least_time(schedule, *stacked_);
  return bounds_.emplace(key, bound).first->second;
}

}  // namespace lamina::analytical
