// SPDX-License-Identifier: Apache-2.0
// The memory interface: what any memory, in either fidelity, answers when asked to serve streams.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lamina/models/access_stream.h"
#include "lamina/models/units.h"

namespace lamina {

/// What can bound a memory. Each limit's value is the bandwidth that it alone would allow.
enum class memory_limit : std::uint8_t {
  offered_rate,  ///< the streams ask for no more
  in_flight,     ///< requests in flight over the latency (Little)
  port,          ///< data time and bank-group spacing of the busiest port
  turnaround,    ///< the same port, when read/write changes cost more than the data
  activation,    ///< tRRD, tFAW or the stack-wide cap
  bank,          ///< the row cycle of the busiest bank
  refresh,       ///< the same port or bank, when refresh takes more than the work
  command_bus    ///< row or column command slots
};
inline constexpr int memory_limit_count = 8;
std::string_view name_of(memory_limit limit);

/// Latency from issue to the last byte (reads) or to the end of the write burst.
struct latency_summary {
  double mean_s = 0;
  double p50_s = 0;
  double p99_s = 0;
  double max_s = 0;  ///< the closed form fills only what it knows; the rest is NaN
};

struct dram_counts {
  double activates = 0;
  double precharges = 0;
  double reads = 0;   ///< bursts
  double writes = 0;  ///< bursts
  double row_hits = 0;
  double refreshes = 0;
  double turnarounds = 0;
};

struct dram_energy {
  double activate_j = 0;
  double precharge_j = 0;
  double read_j = 0;
  double write_j = 0;
  double refresh_j = 0;
  double port_j = 0;
  double bond_j = 0;
  double background_j = 0;
  double total_j() const {
    return activate_j + precharge_j + read_j + write_j + refresh_j + port_j + bond_j + background_j;
  }
};

struct memory_result {
  femtoseconds elapsed{0};  ///< from time zero to the last completion
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  latency_summary latency;
  dram_counts counts;
  dram_energy energy;
  /// Bandwidth that each limit alone would allow, bytes/s; infinity where it does not apply.
  std::array<double, memory_limit_count> limits{};
  memory_limit bound_by = memory_limit::port;

  double bandwidth_bytes_per_s() const {
    const double seconds = to_seconds(elapsed);
    return seconds > 0 ? static_cast<double>(read_bytes + write_bytes) / seconds : 0;
  }
  double& limit(memory_limit which) { return limits[static_cast<std::size_t>(which)]; }
  double limit(memory_limit which) const { return limits[static_cast<std::size_t>(which)]; }
};

/// Anything that serves access streams.
class memory {
 public:
  virtual ~memory() = default;
  virtual memory_result serve(const memory_workload& workload) = 0;
};

}  // namespace lamina
