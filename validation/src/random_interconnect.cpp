// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_interconnect.h"

#include <algorithm>
#include <numeric>

#include "lamina/models/interconnect_check.h"
#include "lamina/models/network_graph.h"
#include "lamina/models/packet_time.h"
#include "random_draw.h"

namespace lamina::validation {

namespace {

constexpr int most_endpoints = 256;
/// A case beyond it would simulate for much longer than a second.
constexpr double most_packet_hops = 4e6;
/// A simulation may carry the packets of a long message in so many trains.
constexpr double most_trains = 128;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// A listed graph: a random tree, so that all reach each other, and some links more.
void draw_links(random_draw& draw, network_level& level) {
  const int members = level.sizes[0];
  level.switches = draw.chance(0.5) ? draw.whole(0, members / 2) : 0;
  const int nodes = members + level.switches;
  std::vector<int> order(index(nodes));
  std::iota(order.begin(), order.end(), 0);
  draw.shuffle(order);
  for (int i = 1; i < nodes; ++i) {
    level.links.push_back({order[index(i)], order[index(draw.whole(0, i - 1))]});
  }
  for (int i = draw.whole(0, 2 * nodes); i > 0 && nodes > 2; --i) {
    network_link link{draw.whole(0, nodes - 1), draw.whole(0, nodes - 1)};
    if (link.from == link.to) continue;
    if (draw.chance(0.3)) link.bandwidth_bytes_per_s = draw.logarithmic(1e9, 2e12);
    level.links.push_back(link);
  }
}

void draw_shape(random_draw& draw, int members, network_level& level) {
  level.shape = static_cast<network_shape>(draw.whole(0, 7));
  level.sizes = {members};
  if (level.shape == network_shape::mesh || level.shape == network_shape::torus) {
    const int dimensions = draw.whole(2, 3);
    const double side = std::pow(members, 1.0 / dimensions);
    level.sizes.clear();
    for (int d = 0; d < dimensions; ++d) {
      level.sizes.push_back(
          std::max(1, static_cast<int>(std::lround(side * draw.logarithmic(0.6, 1.6)))));
    }
  } else if (level.shape == network_shape::fat_tree) {
    const int arity = draw.one_of({2, 3, 4, 8});
    int levels = 1;
    for (int count = arity; count * arity <= members; count *= arity) ++levels;
    level.sizes = {arity, levels};
  } else if (level.shape == network_shape::graph) {
    draw_links(draw, level);
  }
}

void draw_protocol(random_draw& draw, packet_protocol& packets) {
  packets.payload_bytes = draw.logarithmic_int(64, 8192);
  packets.header_bytes = draw.chance(0.2) ? 0 : draw.whole(1, 64);
  packets.switching =
      draw.chance(0.5) ? packet_switching::store_and_forward : packet_switching::cut_through;
  packets.acknowledged = draw.chance(0.5);
  packets.time_grid = draw.chance(0.7) ? femtoseconds{0} : from_nanoseconds(1);
  packets.message_overhead =
      draw.chance(0.5) ? femtoseconds{0} : from_seconds(draw.logarithmic(1e-9, 5e-6));
  packets.efficiency = draw.chance(0.5) ? 1 : draw.uniform(0.7, 1);
}

interconnect_spec draw_network(random_draw& draw) {
  interconnect_spec spec;
  const int levels = draw.whole(1, 3);
  const int endpoints = draw.logarithmic_int(1, most_endpoints);
  for (int i = 0; i < levels; ++i) {
    network_level level;
    const double share =
        std::pow(endpoints, 1.0 / levels) * (levels == 1 ? 1 : draw.logarithmic(0.6, 1.6));
    draw_shape(draw, std::max(1, static_cast<int>(std::lround(share))), level);
    level.bandwidth_bytes_per_s = draw.logarithmic(1e9, 2e12);
    level.latency = from_seconds(draw.logarithmic(1e-9, 5e-6));
    level.energy_j_per_bit = draw.logarithmic(1e-13, 1e-11);
    if (i > 0 && draw.chance(0.5)) level.attachment = network_attachment::endpoints;
    draw_protocol(draw, level.packets);
    spec.levels.push_back(std::move(level));
  }
  return spec;
}

/// Up to 16 groups of one size, side by side or interleaved, that fill the network as far as they
/// go; one group is often everybody.
std::vector<std::vector<int>> draw_groups(random_draw& draw, int endpoints) {
  if (endpoints < 2 || draw.chance(0.4)) return {{}};
  const int size = draw.logarithmic_int(2, endpoints);
  const int count = std::min(draw.logarithmic_int(1, 16), endpoints / size);
  const bool interleaved = draw.chance(0.5);
  const int spacing = interleaved ? endpoints / size : 1;
  std::vector<std::vector<int>> groups;
  for (int g = 0; g < count; ++g) {
    std::vector<int> group;
    for (int i = 0; i < size; ++i) {
      group.push_back(interleaved ? g + i * spacing : g * size + i);
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

collective_algorithm draw_algorithm(random_draw& draw, collective_kind kind, int ranks,
                                    const collective_layout& layout) {
  std::vector<collective_algorithm> fitting;
  for (int how = static_cast<int>(collective_algorithm::ring);
       how <= static_cast<int>(collective_algorithm::hierarchical); ++how) {
    const auto algorithm = static_cast<collective_algorithm>(how);
    if (fits(kind, algorithm, ranks, layout)) fitting.push_back(algorithm);
  }
  return fitting[index(draw.whole(0, static_cast<int>(fitting.size()) - 1))];
}

std::string draw_collectives(random_draw& draw, const network_graph& graph,
                             network_workload& workload) {
  const std::vector<std::vector<int>> groups = draw_groups(draw, graph.endpoints());
  const bool alike = draw.chance(0.7);
  collective item;
  for (const std::vector<int>& group : groups) {
    const int ranks = group.empty() ? graph.endpoints() : static_cast<int>(group.size());
    if (workload.collectives.empty() || !alike) {
      item.kind = static_cast<collective_kind>(draw.whole(0, ranks < 2 ? 4 : 5));
      item.algorithm = draw_algorithm(draw, item.kind, ranks, graph.layout_of(group));
      item.bytes = static_cast<std::uint64_t>(draw.logarithmic_whole(1, 1 << 30));
    }
    item.group = group;
    workload.collectives.push_back(item);
  }
  return std::string(name_of(workload.collectives[0].kind));
}

std::string draw_transfers(random_draw& draw, int endpoints, network_workload& workload) {
  const auto most_bytes = draw.logarithmic_whole(1, 1 << 30);
  const bool equal = draw.chance(0.5);
  const auto bytes = [&] {
    return static_cast<std::uint64_t>(equal ? most_bytes : draw.logarithmic_whole(1, most_bytes));
  };
  if (draw.chance(0.5)) {
    std::vector<int> to(index(endpoints));
    std::iota(to.begin(), to.end(), 0);
    draw.shuffle(to);
    for (int i = 0; i < endpoints; ++i) workload.transfers.push_back({i, to[index(i)], bytes()});
    return "permutation";
  }
  for (int i = draw.logarithmic_int(1, 4 * endpoints); i > 0; --i) {
    workload.transfers.push_back(
        {draw.whole(0, endpoints - 1), draw.whole(0, endpoints - 1), bytes()});
  }
  return "transfers";
}

/// Packet-hops, or those of the trains, that a simulation has to move.
double cost_of(const network_graph& graph, const network_workload& workload) {
  double hops = 0;
  std::vector<int> path;
  const auto add = [&](int from, int to, std::uint64_t bytes, double times) {
    path.clear();
    graph.route(from, to, path);
    if (path.empty()) return;
    const int level = graph.outermost_level(from, to);
    const double packets = static_cast<double>(
        cut_into_packets(bytes, graph.spec().levels[index(level)].packets).packets());
    hops += times * static_cast<double>(path.size()) * std::min(packets, most_trains);
  };
  for (const network_transfer& t : workload.transfers) add(t.source, t.destination, t.bytes, 1);
  std::vector<rank_message> messages;
  for (const collective& item : workload.collectives) {
    const int ranks = item.group.empty() ? graph.endpoints() : static_cast<int>(item.group.size());
    const collective_schedule schedule =
        schedule_of(item.kind, item.algorithm, item.bytes, ranks, graph.layout_of(item.group));
    for (const collective_step& step : schedule.steps) {
      messages.clear();
      messages_of(schedule, step, messages);
      for (const rank_message& m : messages) {
        const auto at = [&](int rank) {
          return item.group.empty() ? rank : item.group[index(rank)];
        };
        add(at(m.from), at(m.to), m.bytes, static_cast<double>(step.times));
      }
    }
  }
  return hops;
}

}  // namespace

random_network_case draw_network_case(std::uint64_t seed, int case_index) {
  random_draw draw(seed, static_cast<std::uint64_t>(case_index));
  random_network_case made;
  for (;; ++made.redraws) {
    made.spec = draw_network(draw);
    made.workload = {};
    const std::int64_t endpoints = endpoints_of(made.spec);
    if (endpoints < 1 || endpoints > most_endpoints || !check(made.spec).empty()) continue;
    const network_graph graph(made.spec);
    const std::string work = draw.chance(0.7)
                                 ? draw_collectives(draw, graph, made.workload)
                                 : draw_transfers(draw, graph.endpoints(), made.workload);
    if (cost_of(graph, made.workload) > most_packet_hops) continue;
    const std::size_t levels = made.spec.levels.size();
    made.group = (levels > 1 ? std::to_string(levels) + " levels"
                             : std::string(name_of(made.spec.levels[0].shape))) +
                 "/" + work;
    return made;
  }
}

}  // namespace lamina::validation
