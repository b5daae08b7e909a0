// SPDX-License-Identifier: Apache-2.0
// Groups of chips that are told apart by their keys, and bounds of what they carry.
#include "../../analytical/src/system_groups.h"

#include <gtest/gtest.h>

#include <map>

#include "../../analytical/src/system_collectives.h"
#include "../models/llm_models.h"

namespace lamina::analytical {
namespace {

constexpr communication_group all_groups[] = {
    communication_group::tensor,        communication_group::sequence, communication_group::context,
    communication_group::experts,       communication_group::weights,  communication_group::stages,
    communication_group::expert_weights};

/// Whether a step of the mapping has such a communication.
bool has(communication_group group, const mapping_spec& m) {
  switch (group) {
    case communication_group::tensor:
      return m.tensor > 1;
    case communication_group::sequence:
      return m.sequence > 1;
    case communication_group::context:
      return m.context > 1;
    case communication_group::experts:
      return m.replicas_of_experts() > 1;
    case communication_group::weights:
      return m.fsdp > 1;
    case communication_group::expert_weights:
      return m.fsdp_of_experts() > 1;
    case communication_group::stages:
      return m.pipeline > 1;
  }
  return false;
}

std::vector<mapping_spec> all_mappings(int chips) {
  std::vector<mapping_spec> all;
  for (const mapping_spec& m : legal_mappings(llm_models::deepseek_v3(), chips)) {
    all.push_back(m);
    for (const mapping_spec& sharing : with_shared_weights(m)) all.push_back(sharing);
  }
  return all;
}

TEST(group_keys, are_equal_only_for_equal_groups) {
  std::map<group_key, std::vector<std::vector<int>>> known;
  for (mapping_spec m : all_mappings(16)) {
    std::sort(m.order.begin(), m.order.end());
    for (int turn = 0; turn < 120; ++turn) {
      std::next_permutation(m.order.begin(), m.order.end());
      if (turn % 7 != 0) continue;
      for (const communication_group group : all_groups) {
        if (!has(group, m)) continue;
        llm_communication what;
        what.group = group;
        auto groups = groups_of(what, m);
        std::sort(groups.begin(), groups.end());
        const auto [at, fresh] = known.emplace(key_of_groups(what, m), groups);
        EXPECT_EQ(at->second, groups) << name_of(m) << ' ' << name_of(group);
      }
    }
  }
  EXPECT_GT(known.size(), 20U);
}

interconnect_spec network_of(network_shape inner, network_shape outer, network_attachment by) {
  interconnect_spec spec;
  for (const network_shape shape : {inner, outer}) {
    network_level level;
    level.name = "level";
    level.shape = shape;
    level.sizes = {4};
    if (shape == network_shape::mesh || shape == network_shape::torus) level.sizes = {2, 2};
    if (shape == network_shape::fat_tree) level.sizes = {2, 2};
    level.bandwidth_bytes_per_s = spec.levels.empty() ? 200e9 : 50e9;
    level.latency = from_nanoseconds(spec.levels.empty() ? 20 : 500);
    spec.levels.push_back(level);
  }
  spec.levels.back().attachment = by;
  return spec;
}

TEST(collective_floor, is_never_above_the_time) {
  const network_shape shapes[] = {network_shape::ring,     network_shape::mesh,
                                  network_shape::torus,    network_shape::switched,
                                  network_shape::fat_tree, network_shape::fully_connected};
  double closest = 0;
  for (const network_shape inner : shapes) {
    for (const network_shape outer : {network_shape::switched, network_shape::torus}) {
      for (const auto by : {network_attachment::group, network_attachment::endpoints}) {
        collective_software software;
        software.entry = from_nanoseconds(700);
        software.one_shot = true;
        system_collectives collectives(network_of(inner, outer, by), software,
                                       model_detail::followed);
        std::size_t index = 0;
        for (const mapping_spec& m : all_mappings(16)) {
          if (++index % 9 != 0) continue;
          for (const communication_group group : all_groups) {
            if (!has(group, m)) continue;
            for (const collective_kind kind :
                 {collective_kind::all_reduce, collective_kind::reduce_scatter,
                  collective_kind::all_gather, collective_kind::all_to_all}) {
              if (group == communication_group::stages) continue;
              for (const double bytes : {100.0, 1e6}) {
                const llm_communication what = {"", kind, group, bytes, 0, 1};
                const double time = to_seconds(collectives.answer(what, m).elapsed);
                const double least = collectives.least_seconds(what, m);
                EXPECT_LE(least, time * (1 + 1e-9)) << name_of(m) << ' ' << name_of(group);
                closest = std::max(closest, least / time);
              }
            }
          }
        }
      }
    }
  }
  EXPECT_GT(closest, 0.9);
}

}  // namespace
}  // namespace lamina::analytical
