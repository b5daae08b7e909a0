// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/interconnect_check.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace lamina {

namespace {

/// More endpoints or links than this are a slip of the keyboard.
constexpr std::int64_t most_endpoints = 1 << 20;
constexpr std::int64_t most_switches = 1 << 20;

using problems = std::vector<spec_problem>;

void check_sizes(const network_level& level, const std::string& path, problems& found) {
  const bool grid = level.shape == network_shape::mesh || level.shape == network_shape::torus;
  const bool tree = level.shape == network_shape::fat_tree;
  if (level.sizes.empty() || (!grid && level.sizes.size() != (tree ? 2U : 1U))) {
    found.push_back({path + ".sizes",
                     "a " + std::string(name_of(level.shape)) + " takes " +
                         (grid   ? "a size for each dimension"
                          : tree ? "two sizes: arity and levels"
                                 : "one size") +
                         ", not " + std::to_string(level.sizes.size()),
                     tree ? "write [4, 3] for 64 members under 4-ary switches" : ""});
    return;
  }
  for (std::size_t i = 0; i < level.sizes.size(); ++i) {
    if (level.sizes[i] < 1 || level.sizes[i] > most_endpoints) {
      found.push_back({path + ".sizes." + std::to_string(i),
                       "a size is from 1 to " + std::to_string(most_endpoints) + ", not " +
                           std::to_string(level.sizes[i]),
                       ""});
      return;
    }
  }
  if (tree && level.sizes[0] < 2) {
    found.push_back({path + ".sizes.0", "the switches of a fat tree have an arity of at least 2",
                     "use shape switch for one switch"});
  }
  if (members_of(level) == 0 || members_of(level) > most_endpoints) {
    found.push_back({path + ".sizes",
                     "more than " + std::to_string(most_endpoints) + " members in one level", ""});
  }
}

bool is_rate(double value) { return std::isfinite(value) && value > 0; }

void check_transport(const network_level& level, const std::string& path, problems& found) {
  const packet_protocol& p = level.packets;
  const auto least = [&](std::int64_t value, std::int64_t low, const char* name) {
    if (value < low) {
      found.push_back({path + "." + name,
                       "must be at least " + std::to_string(low) + ", not " + std::to_string(value),
                       ""});
    }
  };
  least(level.latency.count(), 0, "latency");
  if (!std::isfinite(level.energy_j_per_bit) || level.energy_j_per_bit < 0) {
    found.push_back({path + ".energy_per_bit", "must not be negative", ""});
  }
  if (level.transport == network_transport::packets) {
    least(p.payload_bytes, 1, "packets.payload");
    least(p.header_bytes, 0, "packets.header");
    least(p.time_grid.count(), 0, "packets.time_grid");
    least(p.message_overhead.count(), 0, "packets.message_overhead");
    if (!is_rate(p.efficiency) || p.efficiency > 1) {
      found.push_back({path + ".packets.efficiency", "a share above 0, at most 1", ""});
    }
    return;
  }
  const flit_protocol& f = level.flits;
  least(f.clock.count(), 1, "flits.clock");
  least(f.virtual_channels, 1, "flits.virtual_channels");
  least(f.buffer_flits, 1, "flits.buffer_flits");
  least(f.router_clocks, 1, "flits.router_clocks");
  least(f.link_clocks, 1, "flits.link_clocks");
  least(f.injection_clocks, 0, "flits.injection_clocks");
  least(f.credit_clocks, 0, "flits.credit_clocks");
  least(f.packet_flits_most, 1, "flits.packet_flits_most");
  if (f.clock.count() >= 1 && is_rate(level.bandwidth_bytes_per_s) &&
      level.bandwidth_bytes_per_s * to_seconds(f.clock) < 1) {
    found.push_back({path + ".bandwidth", "gives less than one byte a flit",
                     "a flit's bytes are bandwidth x clock: raise one of them"});
  }
}

void check_rate(const network_level& level, const std::string& path, problems& found) {
  if (is_rate(level.bandwidth_bytes_per_s)) return;
  bool each_link_has_its_own = level.shape == network_shape::graph && !level.links.empty();
  for (const network_link& link : level.links) {
    each_link_has_its_own = each_link_has_its_own && is_rate(link.bandwidth_bytes_per_s);
  }
  if (each_link_has_its_own && level.bandwidth_bytes_per_s == 0) return;
  found.push_back({path + ".bandwidth", "every link needs a bandwidth above zero",
                   "give the bandwidth of a link, each way, such as 32 GB/s"});
}

/// Local nodes that `start` reaches over the listed links, forwards or backwards.
std::vector<bool> reached_from(const network_level& level, int nodes, bool backwards) {
  std::vector<std::vector<int>> next(static_cast<std::size_t>(nodes));
  for (const network_link& link : level.links) {
    const int from = backwards ? link.to : link.from;
    const int to = backwards ? link.from : link.to;
    next[static_cast<std::size_t>(from)].push_back(to);
    if (link.both_ways) next[static_cast<std::size_t>(to)].push_back(from);
  }
  std::vector<bool> seen(static_cast<std::size_t>(nodes), false);
  std::vector<int> open{0};
  seen[0] = true;
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    for (const int to : next[static_cast<std::size_t>(at)]) {
      if (seen[static_cast<std::size_t>(to)]) continue;
      seen[static_cast<std::size_t>(to)] = true;
      open.push_back(to);
    }
  }
  return seen;
}

void check_links(const network_level& level, const std::string& path, problems& found) {
  const bool is_graph = level.shape == network_shape::graph;
  if (!is_graph) {
    if (!level.links.empty() || level.switches != 0) {
      found.push_back({path + (level.links.empty() ? ".switches" : ".links"),
                       "only the shape graph lists its links and switches",
                       "drop them, or use shape: graph"});
    }
    return;
  }
  if (level.switches < 0 || level.switches > most_switches) {
    found.push_back({path + ".switches", "from 0 to " + std::to_string(most_switches), ""});
    return;
  }
  const int members = static_cast<int>(members_of(level));
  const int nodes = members + level.switches;
  const std::size_t before = found.size();
  for (std::size_t i = 0; i < level.links.size(); ++i) {
    const network_link& link = level.links[i];
    const std::string at = path + ".links." + std::to_string(i);
    for (const int end : {link.from, link.to}) {
      if (end >= 0 && end < nodes) continue;
      found.push_back({at,
                       "node " + std::to_string(end) + " does not exist: members are 0 to " +
                           std::to_string(members - 1) + ", switches follow, " +
                           std::to_string(nodes) + " nodes in all",
                       ""});
    }
    if (link.from == link.to) found.push_back({at, "a link must join two nodes", ""});
    if (!std::isfinite(link.bandwidth_bytes_per_s) || link.bandwidth_bytes_per_s < 0) {
      found.push_back({at + ".bandwidth", "must be above zero", ""});
    }
    if (link.latency.count() < 0) found.push_back({at + ".latency", "must not be negative", ""});
  }
  if (found.size() != before || members < 1) return;
  for (const bool backwards : {false, true}) {
    const std::vector<bool> seen = reached_from(level, nodes, backwards);
    for (int member = 0; member < members; ++member) {
      if (seen[static_cast<std::size_t>(member)]) continue;
      found.push_back({path + ".links",
                       backwards ? "member " + std::to_string(member) + " cannot reach member 0"
                                 : "member 0 cannot reach member " + std::to_string(member),
                       "add a link; links go both ways unless both_ways: false"});
      return;
    }
  }
}

}  // namespace

std::vector<spec_problem> check(const interconnect_spec& spec) {
  problems found;
  if (spec.levels.empty())
    found.push_back({"levels", "an interconnect has at least one level", ""});
  for (std::size_t i = 0; i < spec.levels.size(); ++i) {
    const network_level& level = spec.levels[i];
    const std::string path = "levels." + std::to_string(i);
    const std::size_t before = found.size();
    check_sizes(level, path, found);
    check_rate(level, path, found);
    check_transport(level, path, found);
    if (found.size() == before) check_links(level, path, found);
  }
  if (found.empty() && (endpoints_of(spec) == 0 || endpoints_of(spec) > most_endpoints)) {
    found.push_back(
        {"levels", "more than " + std::to_string(most_endpoints) + " endpoints in all", ""});
  }
  return found;
}

std::vector<spec_problem> check(const network_workload& workload, const interconnect_spec& spec) {
  problems found;
  const int endpoints = static_cast<int>(endpoints_of(spec));
  const auto outside = [&](int endpoint, const std::string& path) {
    if (endpoint >= 0 && endpoint < endpoints) return;
    found.push_back({path, "endpoint " + std::to_string(endpoint) + " does not exist",
                     "endpoints are 0 to " + std::to_string(endpoints - 1)});
  };
  for (std::size_t i = 0; i < workload.collectives.size(); ++i) {
    const collective& item = workload.collectives[i];
    const std::string path = "collectives." + std::to_string(i);
    std::vector<int> sorted = item.group;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < item.group.size(); ++k) {
      outside(item.group[k], path + ".group." + std::to_string(k));
    }
    const auto twin = std::adjacent_find(sorted.begin(), sorted.end());
    if (twin != sorted.end()) {
      found.push_back({path + ".group", "names endpoint " + std::to_string(*twin) + " twice", ""});
    }
    const int ranks = item.group.empty() ? endpoints : static_cast<int>(item.group.size());
    if (item.kind == collective_kind::send_receive && ranks < 2) {
      found.push_back({path + ".group", "a message needs a sender and a receiver", ""});
    }
  }
  for (std::size_t i = 0; i < workload.transfers.size(); ++i) {
    const std::string path = "transfers." + std::to_string(i);
    outside(workload.transfers[i].source, path + ".source");
    outside(workload.transfers[i].destination, path + ".destination");
  }
  return found;
}

}  // namespace lamina
