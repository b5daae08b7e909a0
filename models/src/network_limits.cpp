// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/network_limits.h"

#include <algorithm>

#include "lamina/models/packet_time.h"

namespace lamina {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Parts of a chain of steps, in femtoseconds.
struct chain {
  double latency = 0;
  double acknowledgement = 0;
  double overhead = 0;
};

/// The parts of one message alone on the network.
chain parts_of(const network_graph& graph, int from, int to, std::uint64_t bytes,
               std::vector<int>& path) {
  chain out;
  path.clear();
  graph.route(from, to, path);
  if (path.empty() || bytes == 0) return out;
  const std::vector<network_level>& levels = graph.spec().levels;
  const packet_protocol& protocol = levels[index(graph.outermost_level(from, to))].packets;
  const packet_cut cut = cut_into_packets(bytes, protocol);
  const bool stores = protocol.switching == packet_switching::store_and_forward;
  const double first = cut.full > 0 ? protocol.payload_bytes : static_cast<double>(cut.rest);
  for (std::size_t hop = 0; hop < path.size(); ++hop) {
    const network_edge& link = graph.edges()[index(path[hop])];
    const network_level& own = levels[index(link.level)];
    const auto latency = static_cast<double>(hop_latency(own, link.latency).count());
    const double header =
        own.transport == network_transport::packets ? own.packets.header_bytes : 0;
    const double forwarded = stores ? first + header : header;
    out.latency += latency;
    if (forwarded > 0 && hop + 1 < path.size()) {
      out.latency += static_cast<double>(link_time(forwarded, own, link.bytes_per_s).count());
    }
    if (protocol.acknowledged) out.acknowledgement += latency;
  }
  out.overhead = static_cast<double>(protocol.message_overhead.count());
  return out;
}

void raise(double& value, double to) { value = std::max(value, to); }

/// The longest parts of the steps, one after the other.
chain chain_of(const network_graph& graph, const collective& item) {
  const int ranks = item.group.empty() ? graph.endpoints() : static_cast<int>(item.group.size());
  const collective_schedule schedule =
      schedule_of(item.kind, item.algorithm, item.bytes, ranks, graph.layout_of(item.group));
  const auto endpoint = [&](int rank) {
    return item.group.empty() ? rank : item.group[index(rank)];
  };
  chain sum;
  std::vector<rank_message> messages;
  std::vector<int> path;
  std::vector<double> overhead(index(ranks));
  for (const collective_step& step : schedule.steps) {
    messages.clear();
    messages_of(schedule, step, messages);
    chain longest;
    std::fill(overhead.begin(), overhead.end(), 0.0);
    for (const rank_message& m : messages) {
      const chain one = parts_of(graph, endpoint(m.from), endpoint(m.to), m.bytes, path);
      raise(longest.latency, one.latency);
      raise(longest.acknowledgement, one.acknowledgement);
      raise(longest.overhead, overhead[index(m.from)] += one.overhead);
    }
    const auto times = static_cast<double>(step.times);
    sum.latency += times * longest.latency;
    sum.acknowledgement += times * longest.acknowledgement;
    sum.overhead += times * longest.overhead;
  }
  return sum;
}

chain chain_of(const network_graph& graph, const std::vector<network_transfer>& transfers) {
  chain longest;
  std::vector<int> path;
  std::vector<double> overhead(index(graph.endpoints()), 0);
  for (const network_transfer& t : transfers) {
    if (t.source == t.destination) continue;
    const chain one = parts_of(graph, t.source, t.destination, t.bytes, path);
    raise(longest.latency, one.latency);
    raise(longest.acknowledgement, one.acknowledgement);
    raise(longest.overhead, overhead[index(t.source)] += one.overhead);
  }
  return longest;
}

}  // namespace

void name_limits(const network_graph& graph, const network_workload& workload,
                 const std::vector<double>& busy_fs, network_result& result) {
  const auto limit = [&](network_limit which) -> double& {
    return result.limits_s[static_cast<std::size_t>(which)];
  };
  const auto add = [&](const chain& parts) {
    raise(limit(network_limit::latency), parts.latency * 1e-15);
    raise(limit(network_limit::acknowledgement), parts.acknowledgement * 1e-15);
    raise(limit(network_limit::overhead), parts.overhead * 1e-15);
  };
  for (const collective& item : workload.collectives) add(chain_of(graph, item));
  add(chain_of(graph, workload.transfers));
  const auto elapsed = static_cast<double>(result.elapsed.count());
  result.utilisation.clear();
  for (const double busy : busy_fs) result.utilisation.push_back(elapsed > 0 ? busy / elapsed : 0);
  const auto busiest = std::max_element(busy_fs.begin(), busy_fs.end());
  if (busiest != busy_fs.end() && *busiest > 0) {
    result.busiest = static_cast<int>(busiest - busy_fs.begin());
    limit(network_limit::link) = *busiest * 1e-15;
  }
  const auto largest = std::max_element(result.limits_s.begin(), result.limits_s.end());
  result.bound_by = static_cast<network_limit>(largest - result.limits_s.begin());
}

}  // namespace lamina
