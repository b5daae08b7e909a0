// SPDX-License-Identifier: Apache-2.0
#include "interconnect_work.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "lamina/models/packet_time.h"

namespace lamina::sysc {
namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Some hundred bytes each are held at a time.
constexpr double most_messages = 2e7;

double messages_in(const collective_schedule& schedule, const collective_step& step) {
  if (step.how == collective_step::pattern::listed) return step.count;
  const double ranks = schedule.ranks;
  return step.how == collective_step::pattern::all_peers ? ranks * (step.length - 1) : ranks;
}

void refuse_huge(const collective_schedule& schedule) {
  for (const collective_step& step : schedule.steps) {
    const double messages = messages_in(schedule, step);
    if (messages <= most_messages) continue;
    throw std::invalid_argument("interconnect: a step of " +
                                std::to_string(static_cast<std::int64_t>(messages)) +
                                " messages at once is too large to simulate; at most " +
                                std::to_string(static_cast<std::int64_t>(most_messages)));
  }
}

}  // namespace

int endpoint_of(const collective& item, int rank) {
  return item.group.empty() ? rank : item.group[index(rank)];
}

std::vector<collective_schedule> schedules_of(const network_graph& graph,
                                              const network_workload& workload) {
  std::vector<collective_schedule> schedules;
  for (const collective& item : workload.collectives) {
    const int ranks = item.group.empty() ? graph.endpoints() : static_cast<int>(item.group.size());
    schedules.push_back(
        schedule_of(item.kind, item.algorithm, item.bytes, ranks, graph.layout_of(item.group)));
    refuse_huge(schedules.back());
  }
  return schedules;
}

interconnect_work::interconnect_work(const network_graph& graph, const network_workload& workload,
                                     const std::vector<collective_schedule>& schedules)
    : graph_(graph), busy_s_(graph.edges().size(), 0) {
  for (const network_transfer& t : workload.transfers) {
    const demand one = add(t.source, t.destination, t.bytes, 1);
    packet_hops_ += one.packet_hops;
    latency_s_ = std::max(latency_s_, one.latency_s);
  }
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    for (const collective_step& step : schedules[i].steps) {
      add(workload.collectives[i], schedules[i], step);
    }
  }
}

double interconnect_work::seconds() const {
  const auto busiest = std::max_element(busy_s_.begin(), busy_s_.end());
  return latency_s_ + (busiest == busy_s_.end() ? 0 : *busiest);
}

interconnect_work::demand interconnect_work::add(int source, int destination, std::uint64_t bytes,
                                                 double times) {
  demand out;
  if (source == destination || bytes == 0) return out;
  path_.clear();
  graph_.route(source, destination, path_);
  const std::vector<network_level>& levels = graph_.spec().levels;
  const packet_protocol& protocol =
      levels[index(graph_.outermost_level(source, destination))].packets;
  const auto packets = static_cast<double>(cut_into_packets(bytes, protocol).packets());
  out.packet_hops = packets * static_cast<double>(path_.size());
  out.latency_s = to_seconds(protocol.message_overhead);
  for (const int edge : path_) {
    const network_edge& link = graph_.edges()[index(edge)];
    const network_level& own = levels[index(link.level)];
    const bool has_packets = own.transport == network_transport::packets;
    const double header = has_packets ? own.packets.header_bytes : 0;
    const double rate = link.bytes_per_s * (has_packets ? own.packets.efficiency : 1);
    const double exact_s = (static_cast<double>(bytes) + packets * header) / rate;
    const double grid_s = to_seconds(has_packets ? own.packets.time_grid : own.flits.clock);
    busy_s_[index(edge)] += times * std::max(exact_s, packets * grid_s);
    out.latency_s += to_seconds(hop_latency(own, link.latency));
  }
  return out;
}

void interconnect_work::add(const collective& item, const collective_schedule& schedule,
                            const collective_step& step) {
  constexpr std::size_t looked_at = 1000;
  messages_.clear();
  messages_of(schedule, step, messages_);
  const std::size_t stride = messages_.size() / looked_at + 1;
  const auto times = static_cast<double>(step.times);
  double longest = 0;
  for (std::size_t i = 0; i < messages_.size(); i += stride) {
    const rank_message& m = messages_[i];
    const double weight = static_cast<double>(stride) * times;
    const demand one = add(endpoint_of(item, m.from), endpoint_of(item, m.to), m.bytes, weight);
    packet_hops_ += weight * one.packet_hops;
    longest = std::max(longest, one.latency_s);
  }
  latency_s_ += times * longest;
}

}  // namespace lamina::sysc
