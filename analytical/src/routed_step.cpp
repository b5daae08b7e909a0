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
    const packet_protocol& protocol = graph_.spec().levels[index(message.protocol_level)].packets;
    message_end end{message.sender, message.receiver, 0, 0};
    end.arrived_fs = arrival_time_fs(shared, alone, protocol, message.overheads_fs);
    end.sent_fs = end.arrived_fs + (protocol.acknowledged ? shared.latency_fs() : 0);
    out.push_back(end);
  }
}

}  // namespace lamina::analytical
