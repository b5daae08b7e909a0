// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/mapping_choices.h"

#include <algorithm>

namespace lamina {
namespace {

std::int64_t divide_up(std::int64_t whole, std::int64_t parts) {
  return (whole + parts - 1) / parts;
}

/// Of the group of alike sequences that has most.
std::int64_t sequences_of_replica(const std::vector<llm_phase>& steps, int replicas) {
  std::int64_t most = 0;
  for (const llm_phase& step : steps) {
    for (const sequence_group& group : step.groups) most = std::max(most, group.count);
  }
  return divide_up(most, replicas);
}

}  // namespace

bool is_decode(const llm_phase& step) {
  return std::all_of(step.groups.begin(), step.groups.end(),
                     [](const sequence_group& g) { return g.new_tokens == 1; });
}

double unrounded_share(const mapping_spec& mapping, const std::vector<llm_phase>& steps) {
  const auto shares = mapping.token_ranks() / mapping.data;
  double share = 1;
  for (const llm_phase& step : steps) {
    for (const sequence_group& group : step.groups) {
      const std::int64_t sequences = divide_up(group.count, mapping.data);
      const std::int64_t each = divide_up(divide_up(sequences, mapping.parts()), shares) * shares;
      share = std::min(
          share, static_cast<double>(sequences) / static_cast<double>(mapping.parts() * each));
    }
  }
  return share;
}

std::vector<mapping_spec> with_other_orders(const mapping_spec& mapping) {
  std::vector<mapping_axis> placed;
  std::vector<mapping_axis> single;
  for (const mapping_axis axis : mapping.order) {
    (mapping.size_of(axis) > 1 ? placed : single).push_back(axis);
  }
  const std::vector<mapping_axis> own = placed;
  std::vector<mapping_spec> found = {mapping};
  std::sort(placed.begin(), placed.end());
  do {
    if (placed == own) continue;
    found.push_back(mapping);
    const auto end = std::copy(placed.begin(), placed.end(), found.back().order.begin());
    std::copy(single.begin(), single.end(), end);
  } while (std::next_permutation(placed.begin(), placed.end()));
  return found;
}

std::vector<mapping_spec> with_other_microbatches(const mapping_spec& mapping,
                                                  const std::vector<llm_phase>& steps) {
  std::vector<mapping_spec> found = {mapping};
  if (mapping.pipeline == 1) return found;
  const bool decodes = std::all_of(steps.begin(), steps.end(), is_decode);
  const std::int64_t most =
      std::min<std::int64_t>(1 << 16, sequences_of_replica(steps, mapping.data));
  const auto add = [&](std::int64_t count) {
    if (count == mapping.parts() || (decodes && count < mapping.pipeline)) return;
    found.push_back(mapping);
    found.back().microbatches = static_cast<int>(count);
  };
  std::int64_t count = 1;
  for (; count < most; count *= 2) add(count);
  add(most);
  return found;
}

}  // namespace lamina
