// SPDX-License-Identifier: Apache-2.0
#include "system_collectives.h"

#include <cmath>

namespace lamina::analytical {
collective_answer system_collectives::one(collective_kind kind, collective_algorithm algorithm,
                                          std::uint64_t bytes,
                                          const std::vector<std::vector<int>>& groups) {
  network_workload work;
  for (const std::vector<int>& group : groups)
    work.collectives.push_back({kind, algorithm, bytes, group});
  collective_answer found;
  found.algorithm = algorithm;
  const network_result result = network_.carry(work);
  found.software = software_.entry;
  const bool two_steps = kind == collective_kind::all_reduce;
  if (algorithm == collective_algorithm::direct && two_steps) found.software += software_.step;
  found.elapsed = result.elapsed + found.software;
  found.bound_by = result.bound_by;
  found.work = std::move(work);
  return found;
}

collective_answer system_collectives::find(collective_kind kind, std::uint64_t bytes,
                                           const std::vector<std::vector<int>>& groups,
                                           collective_algorithm algorithm) {
  const int ranks = static_cast<int>(groups.front().size());
  const collective_layout layout = network_.graph().layout_of(groups.front());
  if (!fits(kind, algorithm, ranks, layout) || algorithm == collective_algorithm::best) {
    // The quickest alone; beside the others it is asked again.
    algorithm = network_.ranking({kind, collective_algorithm::best, bytes, groups.front()})
                    .front()
                    .algorithm;
  }
  collective_answer best = one(kind, algorithm, bytes, groups);
  if (software_.one_shot && kind == collective_kind::all_reduce) {
    const collective_answer other =
        one(collective_kind::all_gather, collective_algorithm::direct, bytes, groups);
    if (other.elapsed < best.elapsed) best = other;
  }
  return best;
}

double system_collectives::least_seconds(const llm_communication& what,
                                         const mapping_spec& mapping) {
  return to_seconds(software_.entry) + floor_.seconds(what, mapping);
}

const collective_answer& system_collectives::answer(const llm_communication& what,
                                                    const mapping_spec& mapping, bool in_a_ring) {
  const auto bytes = static_cast<std::uint64_t>(std::max(1.0, std::ceil(what.bytes)));
  const key asked = {what.kind, bytes, in_a_ring, key_of_groups(what, mapping)};
  const auto known = known_.find(asked);
  if (known != known_.end()) return known->second;
  const collective_answer made = find(what.kind, bytes, groups_of(what, mapping),
                                      in_a_ring ? collective_algorithm::ring : software_.algorithm);
  return known_.emplace(asked, made).first->second;
}

}  // namespace lamina::analytical
