// SPDX-License-Identifier: Apache-2.0
#include "collective_floor.h"

#include <algorithm>

namespace lamina::analytical {
namespace {

/// Links of one level into one of its members, at most.
double links_into(const network_level& level) {
  const auto members = static_cast<double>(members_of(level));
  switch (level.shape) {
    case network_shape::chain:
    case network_shape::mesh:
    case network_shape::ring:
    case network_shape::torus: {
      double links = 0;
      for (const int size : level.sizes) links += std::min(2, size - 1);
      return links;
    }
    case network_shape::fully_connected:
      return members - 1;
    case network_shape::switched:
    case network_shape::fat_tree:
      return 1;
    case network_shape::graph:
      return 2 * static_cast<double>(level.links.size());
  }
  return members;
}

double bytes_per_s_into(const network_level& level) {
  if (level.shape != network_shape::graph) return links_into(level) * level.bandwidth_bytes_per_s;
  double sum = 0;
  for (const network_link& link : level.links) {
    sum += 2 * (link.bandwidth_bytes_per_s > 0 ? link.bandwidth_bytes_per_s
                                               : level.bandwidth_bytes_per_s);
  }
  return sum;
}

/// A grid of time may round packets down, so that links seem quicker than they are.
bool is_exact(const network_level& level) {
  return level.transport == network_transport::flits || level.packets.time_grid.count() <= 1;
}

level_crossings crossings_of(const std::vector<std::vector<int>>& groups, std::int64_t beneath) {
  level_crossings sum;
  std::vector<std::int64_t> objects;
  for (const std::vector<int>& group : groups) {
    objects.clear();
    for (const int chip : group) objects.push_back(chip / beneath);
    std::sort(objects.begin(), objects.end());
    const auto n = static_cast<double>(group.size());
    double spanned = 0;
    for (std::size_t i = 0; i < objects.size();) {
      std::size_t end = i;
      while (end < objects.size() && objects[end] == objects[i]) ++end;
      const auto here = static_cast<double>(end - i);
      sum.messages += here * (n - here);
      ++spanned;
      i = end;
    }
    sum.objects += spanned - 1;
    sum.shards += n * (spanned - 1);
  }
  return sum;
}

/// Bytes into all objects.
double crossing_bytes(collective_kind kind, double bytes, const level_crossings& crossings) {
  switch (kind) {
    case collective_kind::all_reduce:
      return 2 * bytes * crossings.objects;
    case collective_kind::reduce_scatter:
    case collective_kind::broadcast:
    case collective_kind::send_receive:
      return bytes * crossings.objects;
    case collective_kind::all_gather:
      return bytes * crossings.shards;
    case collective_kind::all_to_all:
      return bytes * crossings.messages;
  }
  return 0;
}

}  // namespace

collective_floor::collective_floor(const interconnect_spec& network) {
  const std::int64_t endpoints = endpoints_of(network);
  std::int64_t beneath = 1;
  for (std::size_t at = 0; at < network.levels.size(); ++at) {
    level here;
    here.beneath = beneath;
    here.latency_s = to_seconds(network.levels[at].latency);
    bool exact = true;
    // An object may hold the attachment of outer levels, too.
    for (std::size_t outer = at; outer < network.levels.size(); ++outer) {
      const network_level& of = network.levels[outer];
      const bool rails = outer > 0 && of.attachment == network_attachment::endpoints;
      here.bytes_per_s += bytes_per_s_into(of) * (rails ? static_cast<double>(beneath) : 1);
      exact = exact && is_exact(of);
    }
    here.bytes_per_s *= exact ? static_cast<double>(endpoints / beneath) : 0;
    levels_.push_back(here);
    beneath *= members_of(network.levels[at]);
  }
}

const std::vector<level_crossings>& collective_floor::crossings(const llm_communication& what,
                                                                const mapping_spec& mapping) {
  const group_key asked = key_of_groups(what, mapping);
  const auto found = known_.find(asked);
  if (found != known_.end()) return found->second;
  const std::vector<std::vector<int>> groups = groups_of(what, mapping);
  std::vector<level_crossings> made;
  for (const level& each : levels_) made.push_back(crossings_of(groups, each.beneath));
  return known_.emplace(asked, std::move(made)).first->second;
}

double collective_floor::seconds(const llm_communication& what, const mapping_spec& mapping,
                                 bool any_order) {
  const std::vector<level_crossings>& over = crossings(what, mapping);
  double least = 0;
  for (std::size_t at = 0; at < (any_order ? 1 : levels_.size()); ++at) {
    if (over[at].objects <= 0) continue;
    least = std::max(least, levels_[at].latency_s);
    if (levels_[at].bytes_per_s <= 0) continue;
    least =
        std::max(least, crossing_bytes(what.kind, what.bytes, over[at]) / levels_[at].bytes_per_s);
  }
  return least;
}

}  // namespace lamina::analytical
