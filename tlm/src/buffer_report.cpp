// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lamina/tlm/buffer.h"

namespace lamina::sysc {

void buffer::report(buffer_result& result, buffer_demand& demand) const {
  const double clock_s = to_seconds(spec_.clock);
  result.counts.reads = static_cast<double>(read_words_);
  result.counts.writes = static_cast<double>(write_words_);
  result.counts.conflicts = static_cast<double>(conflicts_);
  result.counts.conflict_clocks = static_cast<double>(conflict_clocks_);
  const auto raise = [&](buffer_limit which, double clocks) {
    double& value = demand[static_cast<std::size_t>(which)];
    value = std::max(value, clocks * clock_s);
  };
  for (const port& p : ports_) {
    raise(buffer_limit::port, static_cast<double>(p.words));
    raise(buffer_limit::depth, static_cast<double>(p.unloaded) / spec_.depth);
  }
  for (const std::int64_t words : bank_words_) {
    raise(buffer_limit::bank, static_cast<double>(words));
  }
  const double latencies = result.counts.reads * spec_.read_latency_clocks +
                           result.counts.writes * spec_.write_latency_clocks;
  raise(buffer_limit::in_flight, latencies / spec_.in_flight);
}

}  // namespace lamina::sysc
