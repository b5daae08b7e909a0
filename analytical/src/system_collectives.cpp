// SPDX-License-Identifier: Apache-2.0
#include "system_collectives.h"

#include <cmath>

namespace lamina::analytical {
namespace {

std::vector<std::vector<int>> groups_of(const llm_communication& what,
                                        const mapping_spec& mapping) {
  switch (what.group) {
    case communication_group::tensor:
      return groups_along(mapping, mapping_axis::tensor);
    case communication_group::sequence:
      return groups_along(mapping, mapping_axis::sequence);
    case communication_group::context:
      return groups_along(mapping, mapping_axis::context);
    case communication_group::experts:
      return expert_groups(mapping);
    case communication_group::stages:
      return stage_pairs(mapping);
  }
  return {};
}

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
    : spec_(network), software_(software) {
  if (detail == model_detail::closed_form) forms_.emplace(network);
}

interconnect& system_collectives::network() {
  if (!network_) network_ = std::make_unique<interconnect>(spec_);
  return *network_;
}

void system_collectives::replace_network(const interconnect_spec& network) {
  spec_ = network;
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

collective_answer system_collectives::follow(collective_kind kind, collective_algorithm algorithm,
                                             std::uint64_t bytes,
                                             const std::vector<std::vector<int>>& groups) {
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

collective_answer system_collectives::follow(collective_kind kind, std::uint64_t bytes,
                                             const std::vector<std::vector<int>>& groups) {
  const int ranks = static_cast<int>(groups.front().size());
  const collective_layout layout = network().graph().layout_of(groups.front());
  collective_algorithm algorithm = software_.algorithm;
  if (!fits(kind, algorithm, ranks, layout) || algorithm == collective_algorithm::best) {
    // The quickest alone; beside the others it is asked again.
    algorithm = network()
                    .ranking({kind, collective_algorithm::best, bytes, groups.front()})
                    .front()
                    .algorithm;
  }
  collective_answer best = follow(kind, algorithm, bytes, groups);
  if (software_.one_shot && kind == collective_kind::all_reduce) {
    const collective_answer other =
        follow(collective_kind::all_gather, collective_algorithm::direct, bytes, groups);
    if (other.elapsed < best.elapsed) best = other;
  }
  return best;
}

std::optional<collective_answer> system_collectives::look_up(collective_kind kind,
                                                             std::uint64_t bytes,
                                                             const llm_communication& what,
                                                             const mapping_spec& mapping) {
  const group_key asked = key_of(what, mapping);
  auto at = groups_.find(asked);
  if (at == groups_.end()) {
    at = groups_.emplace(asked, forms_->add(groups_of(what, mapping))).first;
  }
  std::optional<collective_answer> best;
  const auto try_one = [&](collective_kind as, collective_algorithm algorithm) {
    const auto form = forms_->ask(as, algorithm, bytes, at->second);
    if (!form) return;
    collective_answer found;
    found.kind = as;
    found.algorithm = form->algorithm;
    found.software = software_of(as, form->algorithm);
    found.elapsed = from_seconds(form->time_fs * 1e-15) + found.software;
    found.bound_by = form->bound_by;
    found.energy_j = form->energy_j;
    if (!best || found.elapsed < best->elapsed) best = found;
  };
  try_one(kind, software_.algorithm);
  if (best && software_.one_shot && kind == collective_kind::all_reduce) {
    try_one(collective_kind::all_gather, collective_algorithm::direct);
  }
  return best;
}

system_collectives::group_key system_collectives::key_of(const llm_communication& what,
                                                         const mapping_spec& mapping) {
  return {what.group,   mapping.tensor, mapping.sequence, mapping.context,
          mapping.data, mapping.expert, mapping.pipeline, mapping.order};
}

const collective_answer& system_collectives::answer(const llm_communication& what,
                                                    const mapping_spec& mapping) {
  const std::uint64_t bytes = whole_bytes(what);
  const key asked = {what.kind, bytes, key_of(what, mapping)};
  const auto known = known_.find(asked);
  if (known != known_.end()) return known->second;
  std::optional<collective_answer> made;
  if (forms_) made = look_up(what.kind, bytes, what, mapping);
  if (!made) made = follow(what.kind, bytes, groups_of(what, mapping));
  return known_.emplace(asked, *made).first->second;
}

network_workload system_collectives::work_of(const llm_communication& what,
                                             const mapping_spec& mapping) {
  const collective_answer& found = answer(what, mapping);
  return workload_of(found.kind, found.algorithm, whole_bytes(what), groups_of(what, mapping));
}

}  // namespace lamina::analytical
