// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/packet_time.h"

#include <algorithm>
#include <cmath>

namespace lamina {

femtoseconds link_time(double bytes, const network_level& level, double bytes_per_s) {
  const bool packets = level.transport == network_transport::packets;
  const double rate = bytes_per_s * (packets ? level.packets.efficiency : 1);
  const double exact = bytes / rate * 1e15;
  const std::int64_t grid = packets ? level.packets.time_grid.count() : level.flits.clock.count();
  if (grid <= 1) return femtoseconds{std::llround(exact)};
  const double steps = exact / static_cast<double>(grid);
  // Flits are whole; packets are rounded as their protocol's clock sees them.
  const double whole = packets ? std::floor(steps + 0.5) : std::ceil(steps - 1e-9);
  return femtoseconds{grid * std::max<std::int64_t>(1, static_cast<std::int64_t>(whole))};
}

femtoseconds hop_latency(const network_level& level, femtoseconds link_latency) {
  if (level.transport == network_transport::packets) return link_latency;
  return link_latency + (level.flits.router_clocks + level.flits.link_clocks) * level.flits.clock;
}

}  // namespace lamina
