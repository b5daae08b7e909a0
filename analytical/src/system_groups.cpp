// SPDX-License-Identifier: Apache-2.0
#include "system_groups.h"

namespace lamina::analytical {

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
    case communication_group::weights:
      return weight_groups(mapping);
    case communication_group::expert_weights:
      return expert_weight_groups(mapping);
    case communication_group::stages:
      return stage_pairs(mapping);
  }
  return {};
}

namespace {

/// Places between neighbours of a group, and its size, where tensor ranks are innermost, then
/// sequence, context and data: ranks that differ in tokens are then evenly spaced, too.
std::array<std::int64_t, 2> line_of(communication_group group, const mapping_spec& m) {
  const std::int64_t tensor = m.tensor;
  switch (group) {
    case communication_group::tensor:
      return {1, tensor};
    case communication_group::sequence:
      return {tensor, m.sequence};
    case communication_group::context:
      return {tensor * m.sequence, m.context};
    case communication_group::experts:
      return {1, m.expert};
    case communication_group::weights:
      return {tensor, m.fsdp};
    case communication_group::expert_weights:
      return {tensor * m.replicas_of_experts(), m.fsdp_of_experts()};
    case communication_group::stages:
      return {tensor * m.token_ranks(), 2};
  }
  return {1, 1};
}

}  // namespace

group_key key_of_groups(const llm_communication& what, const mapping_spec& m) {
  group_key key = {};
  if (m.order == mapping_spec{}.order) {
    const auto [apart, size] = line_of(what.group, m);
    // Stages do not end a line: each meets the next.
    key = {what.group == communication_group::stages ? 1 : 0, apart, size};
    return key;
  }
  key = {2 + static_cast<std::int64_t>(what.group),
         m.tensor,
         m.sequence,
         m.context,
         m.data,
         m.pipeline,
         m.expert,
         m.fsdp};
  for (std::size_t i = 0; i < m.order.size(); ++i) {
    key[8 + i] = static_cast<std::int64_t>(m.order[i]);
  }
  return key;
}

}  // namespace lamina::analytical
