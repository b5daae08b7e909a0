// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/dram_stack.h"

#include <algorithm>
#include <cmath>

#include "burst_walk.h"

namespace lamina::analytical {

dram_stack::dram_stack(const dram_stack_spec& spec)
    : spec_(spec),
      clocks_(resolve(spec.geometry, spec.timings)),
      map_(spec.address_map, spec.geometry),
      walk_(std::make_unique<burst_walk>(spec_, clocks_, map_)) {}

dram_stack::~dram_stack() = default;

memory_result dram_stack::serve(const memory_workload& workload) {
  const walk_result w = walk_->run(workload);
  memory_result result;
  double total = 0, offered = 0;
  for (const access_stream& s : workload.streams) {
    total += double(s.requests()) * s.request_bytes;
    if (s.rate_bytes_per_s > 0) offered = std::max(offered, double(s.requests()-1) * s.request_bytes / s.rate_bytes_per_s);
  }
  const double tck = to_seconds(clocks_.tCK);
  const double scale = total / w.bytes;
  result.read_bytes = std::uint64_t(w.read_bytes*scale);
  result.write_bytes = std::uint64_t(w.write_bytes*scale);
  result.elapsed = from_seconds(w.elapsed * tck);
  result.latency.mean_s = w.latency_sum / w.requests * tck;
  result.counts = w.counts;
  memory_demand d = w.demand;
  for (double* v : {&d.port_data,&d.port_turnaround,&d.port_refresh,&d.bank_cycle,&d.bank_refresh,&d.activation,&d.command_bus}) *v *= tck*scale;
  d.offered = offered;
  double inflight=0; for (const access_stream& s : workload.streams) inflight += s.in_flight;
  d.in_flight = w.unloaded_sum*tck*scale/inflight;
  name_limits(d, result);
  return result;
}

}  // namespace lamina::analytical
