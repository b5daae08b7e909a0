// SPDX-License-Identifier: Apache-2.0
// How a message becomes packets and how long each holds a link, for both fidelities.
#pragma once

#include <cstdint>

#include "lamina/models/interconnect.h"

namespace lamina {

/// A message as packets: `full` ones with the most payload, then one with `rest` bytes unless 0.
struct packet_cut {
  std::uint64_t full = 0;
  std::uint64_t rest = 0;
  std::uint64_t packets() const { return full + (rest > 0 ? 1 : 0); }
};

inline packet_cut cut_into_packets(std::uint64_t bytes, const packet_protocol& protocol) {
  const auto payload = static_cast<std::uint64_t>(protocol.payload_bytes);
  return {bytes / payload, bytes % payload};
}

/// Time that `bytes` hold a link of this level and rate: to the nearest of its time grid (half:
/// up), at least one step of it; without a grid to the nearest femtosecond.
femtoseconds link_time(double bytes, const network_level& level, double bytes_per_s);

/// Extra latency of each hop of a level of flits that carries packets: the router and the wire.
femtoseconds hop_latency(const network_level& level, femtoseconds link_latency);

}  // namespace lamina
