// SPDX-License-Identifier: Apache-2.0
#include "routed_step.h"

#include <algorithm>

namespace lamina::analytical {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

}  // namespace

void routed_step::add(int source, int destination, std::uint64_t bytes) {
  if (source == destination || bytes == 0) return;
  routed_message made;
  made.bytes = bytes;
  made.sender = source;
  made.receiver = destination;
  made.protocol_level = graph_.outermost_level(source, destination);
  const packet_protocol& protocol = graph_.spec().levels[index(made.protocol_level)].packets;
  made.overheads_fs = overheads_fs_[index(source)] +=
      static_cast<double>(protocol.message_overhead.count());
  made.first = edges_.size();
  graph_.route(source, destination, edges_);
  made.end = edges_.size();
  messages_.push_back(made);
}

void routed_step::finish() {
  load_fs_.assign(graph_.edges().size(), 0);
  bytes_on_.assign(graph_.edges().size(), 0);
  sharers_.assign(graph_.edges().size(), 0);
  const std::vector<network_level>& levels = graph_.spec().levels;
  for (const routed_message& message : messages_) {
    const packet_cut cut =
        cut_into_packets(message.bytes, levels[index(message.protocol_level)].packets);
    const auto packets = static_cast<double>(cut.packets());
    packets_ += packets;
    packet_hops_ += packets * static_cast<double>(message.end - message.first);
    payload_bytes_ += static_cast<double>(message.bytes);
    for (std::size_t i = message.first; i < message.end; ++i) {
      const int edge = edges_[i];
      shares_links_ = ++sharers_[index(edge)] > 1 || shares_links_;
      const network_level& level = levels[index(graph_.edges()[index(edge)].level)];
      const double header =
          level.transport == network_transport::packets ? level.packets.header_bytes : 0;
      load_fs_[index(edge)] +=
          links_.cost(links_.of(edge), message.bytes, message.protocol_level).own_fs;
      bytes_on_[index(edge)] += static_cast<double>(message.bytes) + packets * header;
    }
  }
}

void routed_step::times(const std::vector<double>& background,
                        std::vector<message_end>& out) const {
  out.clear();
  for (const routed_message& message : messages_) {
    message_time shared;
    message_time alone;
    // Links of one class follow each other: one leg for each run of them.
    for (std::size_t i = message.first; i < message.end;) {
      const int link = links_.of(edges_[i]);
      const link_cost cost = links_.cost(link, message.bytes, message.protocol_level);
      int hops = 0;
      double load = 0;
      double busy = 0;
      for (; i < message.end && links_.of(edges_[i]) == link; ++i, ++hops) {
        const double share = background.empty() ? 0 : background[index(edges_[i])];
        const double here = load_fs_[index(edges_[i])];
        if (here / (1 - share) > load / (1 - busy)) load = here, busy = share;
      }
      shared.pass(cost, hops, load, busy);
      alone.pass(cost, hops, cost.own_fs);
    }
    out.push_back(end_of(message, shared, alone));
  }
}

message_end routed_step::end_of(const routed_message& message, const message_time& shared,
                                const message_time& alone) const {
  const packet_protocol& protocol = graph_.spec().levels[index(message.protocol_level)].packets;
  message_end end{message.sender, message.receiver, 0, 0};
  end.arrived_fs = arrival_time_fs(shared, alone, protocol, message.overheads_fs);
  end.sent_fs = end.arrived_fs + (protocol.acknowledged ? shared.latency_fs() : 0);
  return end;
}

void routed_step::times(const std::vector<double>& clocks, fluid_links& links,
                        std::vector<message_end>& out) const {
  links.next_step();
  std::vector<std::size_t> places(edges_.size(), 0);  // of the arrivals at their links
  for (const routed_message& message : messages_) {
    double head = clocks[index(message.sender)] + message.overheads_fs;
    double burst = 0;  // the slowest link so far spreads a message over its own time
    for (std::size_t i = message.first; i < message.end; ++i) {
      const link_cost cost =
          links_.cost(links_.of(edges_[i]), message.bytes, message.protocol_level);
      if (is_shared(edges_[i])) {
        const double spread = i == message.first ? cost.own_fs : burst;
        places[i] = links.arrive(edges_[i], {head, spread, cost.own_fs, cost.last_fs});
      }
      head += cost.forward_fs + cost.latency_fs;
      burst = std::max(burst, cost.own_fs);
    }
  }
  out.clear();
  for (const routed_message& message : messages_) {
    message_time shared;
    message_time alone;
    for (std::size_t i = message.first; i < message.end; ++i) {
      const int edge = edges_[i];
      const link_cost cost = links_.cost(links_.of(edge), message.bytes, message.protocol_level);
      double load = cost.own_fs;
      if (is_shared(edge)) {
        load =
            links.is_followed(edge) ? links.served_after(edge, places[i]) : load_fs_[index(edge)];
      }
      shared.pass(cost, 1, load);
      alone.pass(cost, 1, cost.own_fs);
    }
    out.push_back(end_of(message, shared, alone));
  }
}

}  // namespace lamina::analytical
