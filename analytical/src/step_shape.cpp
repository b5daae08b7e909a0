// SPDX-License-Identifier: Apache-2.0
#include "step_shape.h"

#include <algorithm>
#include <limits>

namespace lamina::analytical {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

}  // namespace

bool message_shape::add(int link, int hops, int sharers) {
  for (int i = 0; i < leg_count; ++i) {
    shape_leg& known = legs[index(i)];
    if (known.link != link) continue;
    known.hops += hops;
    known.sharers = std::max(known.sharers, sharers);
    return true;
  }
  if (leg_count == most_legs) return false;
  legs[index(leg_count++)] = {link, hops, sharers};
  return true;
}

bool message_shape::is_within(const message_shape& other) const {
  if (protocol_level != other.protocol_level || leg_count > other.leg_count ||
      overheads_fs > other.overheads_fs) {
    return false;
  }
  for (int i = 0; i < leg_count; ++i) {
    const shape_leg& mine = legs[index(i)];
    bool covered = false;
    for (int k = 0; k < other.leg_count; ++k) {
      const shape_leg& its = other.legs[index(k)];
      covered = covered ||
                (its.link == mine.link && its.hops >= mine.hops && its.sharers >= mine.sharers);
    }
    if (!covered) return false;
  }
  return true;
}

void step_shape::add(const message_shape& shape) {
  // What covered one message is likely to cover the next: it comes to the front.
  for (message_shape& known : slowest) {
    if (!shape.is_within(known)) continue;
    std::swap(known, slowest.front());
    return;
  }
  slowest.erase(std::remove_if(slowest.begin(), slowest.end(),
                               [&](const message_shape& known) { return known.is_within(shape); }),
                slowest.end());
  slowest.push_back(shape);
}

bool step_shape::shares_links() const {
  for (const message_shape& shape : slowest) {
    for (int i = 0; i < shape.leg_count; ++i) {
      if (shape.legs[index(i)].sharers > 1) return true;
    }
  }
  return false;
}

double step_shape::time_fs(const link_classes& links, const interconnect_spec& spec,
                           std::uint64_t bytes) const {
  double longest = 0;
  for (const message_shape& shape : slowest) {
    message_time shared;
    message_time alone;
    for (int i = 0; i < shape.leg_count; ++i) {
      const shape_leg& leg = shape.legs[index(i)];
      const link_cost cost = links.cost(leg.link, bytes, shape.protocol_level);
      shared.pass(cost, leg.hops, leg.sharers * cost.own_fs);
      alone.pass(cost, leg.hops, cost.own_fs);
    }
    const packet_protocol& protocol = spec.levels[index(shape.protocol_level)].packets;
    const double back = protocol.acknowledged ? shared.latency_fs() : 0;
    longest =
        std::max(longest, arrival_time_fs(shared, alone, protocol, shape.overheads_fs) + back);
  }
  return longest;
}

namespace {

/// The routes of a step's messages, one after the other, and how many share each link.
struct routes {
  std::vector<int> edges;
  std::vector<std::size_t> ends;  ///< by message
  std::vector<int> sharers;       ///< by edge
};

std::optional<routes> route_all(const network_graph& graph,
                                const std::vector<rank_message>& messages,
                                const std::vector<int>& group) {
  const auto endpoint = [&](int rank) { return group.empty() ? rank : group[index(rank)]; };
  routes out;
  out.edges.reserve(4 * messages.size());
  out.ends.reserve(messages.size());
  for (const rank_message& message : messages) {
    if (message.bytes != messages.front().bytes) return std::nullopt;
    graph.route(endpoint(message.from), endpoint(message.to), out.edges);
    out.ends.push_back(out.edges.size());
  }
  out.sharers.assign(graph.edges().size(), 0);
  for (const int edge : out.edges) ++out.sharers[index(edge)];
  return out;
}

/// Whether each of `ranks` ranks sends and receives.
bool everybody_takes_part(const std::vector<rank_message>& messages, std::size_t ranks) {
  std::vector<bool> sends(ranks, false);
  std::vector<bool> receives(ranks, false);
  for (const rank_message& message : messages) {
    sends[index(message.from)] = receives[index(message.to)] = true;
  }
  const auto all = [](const std::vector<bool>& set) {
    return std::find(set.begin(), set.end(), false) == set.end();
  };
  return all(sends) && all(receives);
}

/// Where all links are alike and messages have no overhead, hops and sharers tell everything.
step_shape shape_of_alike_links(const routes& found) {
  std::vector<int> most;  // sharers, by hops
  int fewest = std::numeric_limits<int>::max();
  std::size_t at = 0;
  for (const std::size_t end : found.ends) {
    const std::size_t hops = end - at;
    int sharers = 0;
    for (; at < end; ++at) sharers = std::max(sharers, found.sharers[index(found.edges[at])]);
    if (most.size() <= hops) most.resize(hops + 1, 0);
    most[hops] = std::max(most[hops], sharers);
    fewest = std::min(fewest, sharers);
  }
  step_shape out;
  for (std::size_t hops = most.size(); hops-- > 1;) {
    if (most[hops] == 0) continue;
    message_shape shape;
    shape.add(0, static_cast<int>(hops), most[hops]);
    out.is_uniform = out.slowest.empty() && most[hops] == fewest;
    out.add(shape);
  }
  out.is_uniform = out.is_uniform && out.slowest.size() == 1;
  return out;
}

}  // namespace

std::optional<step_shape> shape_by_routing(const network_graph& graph, const link_classes& links,
                                           const std::vector<rank_message>& messages,
                                           const std::vector<int>& group,
                                           std::vector<double>* hops) {
  const auto endpoint = [&](int rank) { return group.empty() ? rank : group[index(rank)]; };
  const std::optional<routes> found = route_all(graph, messages, group);
  if (!found) return std::nullopt;
  const std::vector<network_level>& levels = graph.spec().levels;
  if (hops != nullptr) {
    hops->assign(levels.size(), 0);
    for (std::size_t e = 0; e < found->sharers.size(); ++e) {
      (*hops)[index(graph.edges()[e].level)] += found->sharers[e];
    }
  }
  const std::size_t ranks = group.empty() ? index(graph.endpoints()) : group.size();
  if (links.count() == 1 && levels.size() == 1 &&
      levels.front().packets.message_overhead.count() == 0) {
    step_shape alike = shape_of_alike_links(*found);
    alike.is_uniform = alike.is_uniform && everybody_takes_part(messages, ranks);
    return alike;
  }
  step_shape out;
  std::vector<double> overheads(index(graph.endpoints()), 0);
  std::size_t at = 0;
  out.is_uniform = true;
  for (std::size_t m = 0; m < messages.size(); ++m) {
    const int from = endpoint(messages[m].from);
    const int to = endpoint(messages[m].to);
    message_shape shape;
    shape.protocol_level = graph.outermost_level(from, to);
    const packet_protocol& protocol = levels[index(shape.protocol_level)].packets;
    shape.overheads_fs = overheads[index(from)] +=
        static_cast<double>(protocol.message_overhead.count());
    for (; at < found->ends[m]; ++at) {
      const int edge = found->edges[at];
      if (!shape.add(links.of(edge), 1, found->sharers[index(edge)])) return std::nullopt;
    }
    out.add(shape);
    out.is_uniform = out.is_uniform && out.slowest.front().is_within(shape);
  }
  out.is_uniform = out.is_uniform && everybody_takes_part(messages, ranks);
  return out;
}

}  // namespace lamina::analytical
