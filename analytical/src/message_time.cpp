// SPDX-License-Identifier: Apache-2.0
#include "message_time.h"

#include <cmath>

namespace lamina::analytical {

link_classes::link_classes(const network_graph& graph) {
  const std::vector<network_level>& levels = graph.spec().levels;
  for (const network_edge& edge : graph.edges()) {
    const network_level& level = levels[static_cast<std::size_t>(edge.level)];
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
  levels_ = levels.size();
  for (const link_class& link : classes_) {
    const network_level& own = levels[static_cast<std::size_t>(link.level)];
    const bool packets = own.transport == network_transport::packets;
    for (const network_level& outermost : levels) {
      rates made;
      made.payload = outermost.packets.payload_bytes;
      made.header = packets ? own.packets.header_bytes : 0;
      made.fs_per_byte = 1e15 / (link.bytes_per_s * (packets ? own.packets.efficiency : 1));
      made.grid_fs =
          static_cast<double>((packets ? own.packets.time_grid : own.flits.clock).count());
      made.whole_up = !packets;
      made.full_fs = made.time_fs(made.payload + made.header);
      made.header_fs = made.header > 0 ? made.time_fs(made.header) : 0;
      made.cut_through = outermost.packets.switching == packet_switching::cut_through;
      rates_.push_back(made);
    }
  }
}

double link_classes::rates::time_fs(double bytes) const {
  const double exact = bytes * fs_per_byte;
  if (grid_fs <= 1) return exact;
  const double steps = exact / grid_fs;
  const double whole = whole_up ? std::ceil(steps - 1e-9) : std::floor(steps + 0.5);
  return grid_fs * (whole > 1 ? whole : 1);
}

link_cost link_classes::cost(int index, std::uint64_t bytes, int protocol_level) const {
  const rates& at =
      rates_[static_cast<std::size_t>(index) * levels_ + static_cast<std::size_t>(protocol_level)];
  const auto payload = static_cast<std::uint64_t>(at.payload);
  const std::uint64_t full = bytes / payload;
  const std::uint64_t rest = bytes - full * payload;
  const double rest_fs = rest > 0 ? at.time_fs(static_cast<double>(rest) + at.header) : 0;
  link_cost cost;
  cost.latency_fs = (*this)[index].latency_fs;
  cost.own_fs = static_cast<double>(full) * at.full_fs + rest_fs;
  cost.last_fs = rest > 0 ? rest_fs : at.full_fs;
  cost.forward_fs = at.cut_through ? at.header_fs : full > 0 ? at.full_fs : rest_fs;
  return cost;
}

}  // namespace lamina::analytical
