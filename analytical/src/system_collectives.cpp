// SPDX-License-Identifier: Apache-2.0
#include "system_collectives.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

std::uint64_t whole_bytes(const llm_communication& what) {
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(what.bytes)));
}

network_workload workload_of(collective_kind kind, collective_algorithm algorithm,
                             std::uint64_t bytes, const std::vector<std::vector<int>>& groups) {
  network_workload work;
  for (const std::vector<int>& group : groups) {
    work.collectives.push_back({kind, algorithm, bytes, group});
  }
  return work;
}

}  // namespace

system_collectives::system_collectives(const interconnect_spec& network,
                                       const collective_software& software, model_detail detail)
    : spec_(network), software_(software), floor_(network) {
  if (detail == model_detail::closed_form) forms_.emplace(network);
}

interconnect& system_collectives::network() {
  if (!network_) network_ = std::make_unique<interconnect>(spec_);
  return *network_;
}

void system_collectives::replace_network(const interconnect_spec& network) {
  spec_ = network;
  floor_ = collective_floor(network);
  network_.reset();
  known_.clear();
  if (forms_) forms_->replace_network(network);
}

/// Beside what the network takes: entry, and a barrier where two steps follow each other.
femtoseconds system_collectives::software_of(collective_kind kind,
                                             collective_algorithm algorithm) const {
  const bool two_steps =
      kind == collective_kind::all_reduce && algorithm == collective_algorithm::direct;
  return two_steps ? software_.entry + software_.step : software_.entry;
}

collective_answer system_collectives::follow_one(collective_kind kind,
                                                 collective_algorithm algorithm,
                                                 std::uint64_t bytes, const group_list& groups) {
  const network_result result = network().carry(workload_of(kind, algorithm, bytes, groups));
  collective_answer found;
  found.kind = kind;
  found.algorithm = algorithm;
  found.software = software_of(kind, algorithm);
  found.elapsed = result.elapsed + found.software;
  found.bound_by = result.bound_by;
  found.energy_j = result.energy_total_j();
  return found;
}

collective_answer system_collectives::follow(const question& asked, const group_list& groups) {
  const int ranks = static_cast<int>(groups.front().size());
  const collective_layout layout = network().graph().layout_of(groups.front());
  collective_algorithm algorithm = asked.algorithm;
  if (!fits(asked.kind, algorithm, ranks, layout) || algorithm == collective_algorithm::best) {
    // The quickest alone; beside the others it is asked again.
    algorithm = network()
                    .ranking({asked.kind, collective_algorithm::best, asked.bytes, groups.front()})
                    .front()
                    .algorithm;
  }
  collective_answer best = follow_one(asked.kind, algorithm, asked.bytes, groups);
  if (software_.one_shot && asked.kind == collective_kind::all_reduce) {
    const collective_answer other =
        follow_one(collective_kind::all_gather, collective_algorithm::direct, asked.bytes, groups);
    if (other.elapsed < best.elapsed) best = other;
  }
  return best;
}

std::optional<collective_answer> system_collectives::look_up(const question& asked,
                                                             const llm_communication& what,
                                                             const mapping_spec& mapping) {
  auto at = sets_.find(asked.groups);
  if (at == sets_.end()) {
    at = sets_.emplace(asked.groups, forms_->add(groups_of(what, mapping))).first;
  }
  std::optional<collective_answer> best;
  const auto try_one = [&](collective_kind kind, collective_algorithm algorithm) {
    const auto form = forms_->ask(kind, algorithm, asked.bytes, at->second);
    if (!form) return;
    collective_answer found;
    found.kind = kind;
    found.algorithm = form->algorithm;
    found.software = software_of(kind, form->algorithm);
    found.elapsed = from_seconds(form->time_fs * 1e-15) + found.software;
    found.bound_by = form->bound_by;
    found.energy_j = form->energy_j;
    if (!best || found.elapsed < best->elapsed) best = found;
  };
  try_one(asked.kind, asked.algorithm);
  if (best && software_.one_shot && asked.kind == collective_kind::all_reduce) {
    try_one(collective_kind::all_gather, collective_algorithm::direct);
  }
  return best;
}

double system_collectives::least_seconds(const llm_communication& what, const mapping_spec& mapping,
                                         bool any_order) {
  return to_seconds(software_.entry) + floor_.seconds(what, mapping, any_order);
}

const collective_answer& system_collectives::answer(const llm_communication& what,
                                                    const mapping_spec& mapping, bool in_a_ring) {
  const question asked = {what.kind, in_a_ring ? collective_algorithm::ring : software_.algorithm,
                          whole_bytes(what), key_of_groups(what, mapping)};
  const auto known = known_.find(asked);
  if (known != known_.end()) return known->second;
  std::optional<collective_answer> made;
  if (forms_) made = look_up(asked, what, mapping);
  if (!made) made = follow(asked, groups_of(what, mapping));
  return known_.emplace(asked, *made).first->second;
}

network_workload system_collectives::work_of(const llm_communication& what,
                                             const mapping_spec& mapping, bool in_a_ring) {
  const collective_answer& found = answer(what, mapping, in_a_ring);
  return workload_of(found.kind, found.algorithm, whole_bytes(what), groups_of(what, mapping));
}

}  // namespace lamina::analytical
