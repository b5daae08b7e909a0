// SPDX-License-Identifier: Apache-2.0
#include "message_time.h"

namespace lamina::analytical {

link_classes::link_classes(const network_graph& graph) : spec_(graph.spec()) {
  for (const network_edge& edge : graph.edges()) {
    const network_level& level = spec_.levels[static_cast<std::size_t>(edge.level)];
    const auto latency = static_cast<double>(hop_latency(level, edge.latency).count());
    int found = -1;
    for (int i = count() - 1; i >= 0 && found < 0; --i) {
      const link_class& known = classes_[static_cast<std::size_t>(i)];
      if (known.level == edge.level && known.bytes_per_s == edge.bytes_per_s &&
          known.latency_fs == latency) {
        found = i;
      }
    }
    if (found < 0) {
      found = count();
      classes_.push_back({edge.level, edge.bytes_per_s, latency});
    }
    of_edge_.push_back(found);
  }
}

link_cost link_classes::cost(int index, std::uint64_t bytes, int protocol_level) const {
  const link_class& link = (*this)[index];
  const network_level& level = spec_.levels[static_cast<std::size_t>(link.level)];
  const packet_protocol& protocol = spec_.levels[static_cast<std::size_t>(protocol_level)].packets;
  const packet_cut cut = cut_into_packets(bytes, protocol);
  const double header =
      level.transport == network_transport::packets ? level.packets.header_bytes : 0;
  const auto time = [&](double payload) {
    return static_cast<double>(link_time(payload + header, level, link.bytes_per_s).count());
  };
  link_cost cost;
  cost.latency_fs = link.latency_fs;
  const double full = cut.full > 0 ? time(protocol.payload_bytes) : 0;
  const double rest = cut.rest > 0 ? time(static_cast<double>(cut.rest)) : 0;
  cost.own_fs = static_cast<double>(cut.full) * full + rest;
  cost.first_fs = cut.full > 0 ? full : rest;
  cost.forward_fs = cost.first_fs;
  if (protocol.switching == packet_switching::cut_through) {
    cost.forward_fs =
        header > 0 ? static_cast<double>(link_time(header, level, link.bytes_per_s).count()) : 0;
  }
  return cost;
}

}  // namespace lamina::analytical
