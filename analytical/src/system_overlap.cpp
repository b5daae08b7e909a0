// SPDX-License-Identifier: Apache-2.0
#include "system_overlap.h"

#include <algorithm>

namespace lamina::analytical {

double waves_of(const kernel_schedule& schedule, const chip_spec& chip) {
  const tile_schedule& part = schedule.parts.back();
  const double slots = static_cast<double>(chip.tiles) * part.resident;
  return std::max(1.0, static_cast<double>(part.blocks) / slots);
}

femtoseconds hidden_by(femtoseconds compute, femtoseconds carried, double waves) {
  const double less = std::min(to_seconds(compute), to_seconds(carried));
  return from_seconds(less * (1 - 1 / std::max(1.0, waves)));
}

femtoseconds hidden_by_layer(const std::vector<system_part>& parts, const system_part& gathering) {
  femtoseconds room{0};
  for (auto part = parts.rbegin(); part != parts.rend() && part->group == gathering.group; ++part) {
    room += part->communication ? -part->hidden : part->elapsed;
  }
  return std::clamp(room, femtoseconds{0}, gathering.elapsed);
}

bool runs_in_a_ring(const step_kernel& kernel, const mapping_spec& mapping, overlap_kind overlap) {
  return overlap == overlap_kind::rings && mapping.context > 1 && kernel.name == "attention" &&
         kernel.work.kind == kernel_kind::attention_prefill;
}

kernel_work part_of_ring(kernel_work work, int parts) {
  work.seqlen = (work.seqlen + parts - 1) / parts;
  work.queries = std::min(work.queries, work.seqlen);
  work.pairs = std::min(work.pairs / parts,
                        static_cast<double>(work.queries) * static_cast<double>(work.seqlen));
  work.flops /= parts;
  return work;
}

femtoseconds hidden_by_ring(femtoseconds attention, femtoseconds carried, int parts) {
  const double steps = parts - 1;
  return from_seconds(steps * std::min(to_seconds(attention) / parts, to_seconds(carried) / steps));
}

void layer_bound::close_kernel() {
  layer_ += overlap_ == overlap_kind::none ? kernel_ + shown_ : std::max(kernel_, shown_);
  kernel_ = shown_ = 0;
}

void layer_bound::close_layer() {
  close_kernel();
  sum_ += overlap_ == overlap_kind::none ? layer_ + weights_ : std::max({layer_, weights_, rings_});
  layer_ = weights_ = rings_ = 0;
}

void layer_bound::add_kernel(int group, double seconds) {
  close_kernel();
  if (group != group_) close_layer();
  group_ = group;
  kernel_ = seconds;
}

void layer_bound::add(const llm_communication& what, double seconds) {
  if (what.gathers_weights()) {
    weights_ += seconds;
  } else if (what.name == "keys_ring" && overlap_ == overlap_kind::rings) {
    rings_ += seconds;
  } else {
    shown_ = overlap_ == overlap_kind::none ? shown_ + seconds : std::max(shown_, seconds);
  }
}

double layer_bound::seconds() {
  close_layer();
  return sum_;
}

}  // namespace lamina::analytical
