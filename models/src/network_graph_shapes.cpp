// SPDX-License-Identifier: Apache-2.0
// Links and routes inside one level: grids, fat trees and listed graphs.
#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

#include "lamina/models/network_graph.h"

namespace lamina {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Steps from place `from` to `to` on `size` places; negative ones go down. Half way round, even
/// places go up and odd ones down, so that neither direction carries all.
int steps(int from, int to, int size, bool wraps) {
  int distance = to - from;
  if (!wraps) return distance;
  if (distance < 0) distance += size;
  if (2 * distance < size || (2 * distance == size && from % 2 == 0)) return distance;
  return distance - size;
}

}  // namespace

void network_graph::wire_grid(instance& made, bool wraps) {
  const std::vector<int>& sizes = spec_.levels[index(made.level)].sizes;
  made.next.resize(made.members.size() * sizes.size() * 2);
  made.places.resize(made.members.size() * sizes.size());
  for (int member = 0; member < static_cast<int>(made.members.size()); ++member) {
    int spacing = 1;
    for (int dimension = 0; dimension < static_cast<int>(sizes.size()); ++dimension) {
      const int size = sizes[index(dimension)];
      const int place = member / spacing % size;
      const int at = member * static_cast<int>(sizes.size()) + dimension;
      made.places[index(at)] = place;
      for (const int direction : {-1, 1}) {
        const int there = place + direction;
        if (size == 1 || (!wraps && (there < 0 || there >= size))) continue;
        const int neighbour = member + ((there + size) % size - place) * spacing;
        made.next[index(at * 2 + (direction > 0 ? 1 : 0))] = {static_cast<int>(edges_.size()),
                                                              neighbour};
        add_edge(made.level, made.members[index(member)], made.members[index(neighbour)]);
      }
      spacing *= size;
    }
  }
}

void network_graph::cross_grid(const instance& in, int from, int to, std::vector<int>& path) const {
  const network_level& is = spec_.levels[index(in.level)];
  const bool wraps = is.shape == network_shape::ring || is.shape == network_shape::torus;
  const int dimensions = static_cast<int>(is.sizes.size());
  int at = from;
  for (int dimension = 0; dimension < dimensions; ++dimension) {
    int left =
        steps(in.places[index(at * dimensions + dimension)],
              in.places[index(to * dimensions + dimension)], is.sizes[index(dimension)], wraps);
    const int direction = left > 0 ? 1 : -1;
    for (; left != 0; left -= direction) {
      const hop& next = in.next[index((at * dimensions + dimension) * 2 + (direction > 0 ? 1 : 0))];
      path.push_back(next.edge);
      at = next.local;
    }
  }
}

// A k-ary n-tree: switch w of row l has up-links to the switches of row l + 1 that differ from w in
// digit l only. Edges in order: member and leaf switch (up, down), then row by row, switch by
// switch, up-port by up-port (up, down).
void network_graph::wire_fat_tree(instance& made) {
  const std::vector<int>& sizes = spec_.levels[index(made.level)].sizes;
  const int arity = sizes[0];
  const int rows = sizes[1];
  const int row = static_cast<int>(made.members.size()) / arity;
  for (int member = 0; member < static_cast<int>(made.members.size()); ++member) {
    add_edge(made.level, made.members[index(member)], made.first_switch + member / arity);
    add_edge(made.level, made.first_switch + member / arity, made.members[index(member)]);
  }
  int spacing = 1;
  for (int level = 0; level + 1 < rows; ++level, spacing *= arity) {
    for (int w = 0; w < row; ++w) {
      for (int port = 0; port < arity; ++port) {
        const int low = made.first_switch + level * row + w;
        const int above = w + (port - w / spacing % arity) * spacing;
        const int high = made.first_switch + (level + 1) * row + above;
        add_edge(made.level, low, high);
        add_edge(made.level, high, low);
      }
    }
  }
}

void network_graph::cross_fat_tree(const instance& in, int from, int to,
                                   std::vector<int>& path) const {
  const int arity = spec_.levels[index(in.level)].sizes[0];
  const int count = static_cast<int>(in.members.size());
  const int row = count / arity;
  const auto link = [&](int level, int w, int port) {
    return in.first_edge + 2 * (count + (level * row + w) * arity + port);
  };
  path.push_back(in.first_edge + 2 * from);
  int w = from / arity;
  const int leaf = to / arity;
  int level = 0;
  int spacing = 1;
  // Up to the nearest row from which the destination's leaf is below; there the digits below
  // `level` are free, and those of the destination spread the load.
  for (; w / spacing != leaf / spacing; ++level, spacing *= arity) {
    const int port = to / spacing % arity;
    path.push_back(link(level, w, port));
    w += (port - w / spacing % arity) * spacing;
  }
  while (level > 0) {
    --level;
    spacing /= arity;
    const int came = w / spacing % arity;  // the up-port by which the lower switch reaches this one
    w += (leaf / spacing % arity - came) * spacing;
    path.push_back(link(level, w, came) + 1);
  }
  path.push_back(in.first_edge + 2 * to + 1);
}

void network_graph::wire_listed(instance& made) {
  const network_level& is = spec_.levels[index(made.level)];
  const int members = static_cast<int>(made.members.size());
  const int nodes = members + is.switches;
  const auto node = [&](int local) {
    return local < members ? made.members[index(local)] : made.first_switch + local - members;
  };
  std::vector<std::vector<std::pair<int, int>>> arriving(index(nodes));  // (from, edge)
  for (const network_link& link : is.links) {
    for (int way = 0; way < (link.both_ways ? 2 : 1); ++way) {
      const int from = way == 0 ? link.from : link.to;
      const int to = way == 0 ? link.to : link.from;
      arriving[index(to)].push_back({from, static_cast<int>(edges_.size())});
      add_edge(made.level, node(from), node(to));
      network_edge& edge = edges_.back();
      if (link.bandwidth_bytes_per_s > 0) edge.bytes_per_s = link.bandwidth_bytes_per_s;
      if (link.latency.count() > 0) edge.latency = link.latency;
    }
  }
  // Next hop towards each member: fewest hops, then least latency, then the lowest edge.
  made.next.assign(index(nodes * members), {});
  for (int target = 0; target < members; ++target) {
    using reached = std::tuple<int, std::int64_t, int>;  // hops, latency, node
    std::vector<std::pair<int, std::int64_t>> best(index(nodes), {nodes, 0});
    std::priority_queue<reached, std::vector<reached>, std::greater<>> open;
    best[index(target)] = {0, 0};
    open.push({0, 0, target});
    while (!open.empty()) {
      const auto [hops, latency, at] = open.top();
      open.pop();
      if (best[index(at)] != std::pair(hops, latency)) continue;
      for (const auto& [from, edge] : arriving[index(at)]) {
        const std::pair cost(hops + 1, latency + edges_[index(edge)].latency.count());
        if (cost >= best[index(from)]) continue;
        best[index(from)] = cost;
        made.next[index(from * members + target)] = {edge, at};
        open.push({cost.first, cost.second, from});
      }
    }
  }
}

void network_graph::cross_listed(const instance& in, int from, int to,
                                 std::vector<int>& path) const {
  const int members = static_cast<int>(in.members.size());
  for (int at = from; at != to;) {
    const hop& next = in.next[index(at * members + to)];
    path.push_back(next.edge);
    at = next.local;
  }
}

}  // namespace lamina
