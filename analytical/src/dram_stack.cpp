// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/dram_stack.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "burst_walk.h"
#include "closed_form.h"
#include "lamina/models/memory_demand.h"

namespace lamina::analytical {
namespace {

/// What the streams ask for in all.
struct requested {
  double read_bytes = 0, write_bytes = 0;
  double offered_s = 0;  ///< 0: some stream has no rate
  double in_flight = 0;
};

double offered_seconds(const access_stream& s) {
  if (s.pattern == access_pattern::trace)
    return s.trace.empty() ? 0 : to_seconds(s.trace.back().time);
  if (s.rate_bytes_per_s <= 0) return 0;
  return static_cast<double>(s.requests() - 1) * s.request_bytes / s.rate_bytes_per_s;
}

bool is_same(const access_stream& a, const access_stream& b) {
  const auto facts = [](const access_stream& s) {
    return std::tie(s.pattern, s.base, s.range_bytes, s.stride_bytes, s.request_bytes,
                    s.total_bytes, s.read_fraction, s.hit_fraction, s.in_flight,
                    s.rate_bytes_per_s);
  };
  return facts(a) == facts(b) && a.trace.empty() && b.trace.empty();
}

bool is_same(const memory_workload& a, const memory_workload& b) {
  return a.seed == b.seed && a.streams.size() == b.streams.size() &&
         std::equal(a.streams.begin(), a.streams.end(), b.streams.begin(),
                    [](const access_stream& x, const access_stream& y) { return is_same(x, y); });
}

// Controllers are alike: more of them than these are not followed.
constexpr int most_ports = 64;

}  // namespace

/// The last answers, so that who asks again does not wait again.
class dram_stack::memo {
 public:
  const memory_result* find(const memory_workload& workload) const {
    for (const entry& known : entries_) {
      if (is_same(known.workload, workload)) return &known.result;
    }
    return nullptr;
  }
  void keep(const memory_workload& workload, const memory_result& result) {
    constexpr std::size_t most = 64;
    if (entries_.size() < most) {
      entries_.push_back({workload, result});
    } else {
      entries_[oldest_] = {workload, result};
      oldest_ = (oldest_ + 1) % most;
    }
  }

 private:
  struct entry {
    memory_workload workload;
    memory_result result;
  };
  std::vector<entry> entries_;
  std::size_t oldest_ = 0;
};

dram_stack::dram_stack(const dram_stack_spec& spec)
    : spec_(spec),
      clocks_(resolve(spec.geometry, spec.timings)),
      map_(spec.address_map, spec.geometry),
      form_(std::make_unique<closed_form>(spec_, clocks_)),
      walk_(std::make_unique<burst_walk>(spec_, clocks_, map_)),
      memo_(std::make_unique<memo>()) {}

dram_stack::~dram_stack() = default;

memory_result dram_stack::estimate(const memory_workload& workload) const {
  memory_result result = form_->estimate(workload);
  const double elapsed_s = to_seconds(result.elapsed);
  const dram_geometry& g = spec_.geometry;
  result.counts.refreshes = elapsed_s * refreshes_per_s(spec_);
  const double mean_hops = 0.5 * (g.hops_of(0) + g.hops_of(g.stack_ids - 1));
  add_energy(mean_hops * (result.counts.reads + result.counts.writes), result);
  return result;
}

void dram_stack::add_energy(double hop_bursts, memory_result& result) const {
  const dram_counts& n = result.counts;
  const dram_energy_spec& e = spec_.energy;
  const double bits = 8.0 * spec_.geometry.burst_bytes;
  const double refresh_j = spec_.controller.refresh == refresh_policy::per_bank
                               ? e.refresh_per_bank_j
                               : e.refresh_all_bank_j;
  result.energy = {n.activates * e.activate_j,
                   n.precharges * e.precharge_j,
                   n.reads * e.read_j,
                   n.writes * e.write_j,
                   n.refreshes * refresh_j,
                   (n.reads + n.writes) * bits * e.port_j_per_bit,
                   hop_bursts * bits * e.bond_j_per_bit,
                   to_seconds(result.elapsed) * e.background_w};
}

memory_result dram_stack::serve(const memory_workload& workload) {
  if (const memory_result* known = memo_->find(workload)) return *known;
  const memory_result result = follow(workload);
  memo_->keep(workload, result);
  return result;
}

double dram_stack::followed_share() const {
  return static_cast<double>(walk_->followed_channels(most_ports)) / spec_.geometry.channels;
}

finished_result dram_stack::finish(const std::vector<memory_client*>& clients, double full_bytes) {
  const finished_walk w = walk_->finish(clients, most_ports, full_bytes);
  memory_result moved;
  moved.elapsed = from_seconds(w.elapsed * to_seconds(clocks_.tCK));
  moved.counts = w.counts;
  add_energy(w.hop_bursts, moved);
  const double tck = to_seconds(clocks_.tCK);
  return {to_seconds(moved.elapsed), w.occupied * tck, w.gate * tck, moved.counts, moved.energy};
}

memory_result dram_stack::follow(const memory_workload& workload) {
  for (const access_stream& stream : workload.streams) {
    if (stream.end_address() > map_.capacity_bytes()) {
      throw std::invalid_argument("stream '" + stream.name +
                                  "' goes beyond the stack's capacity of " +
                                  std::to_string(map_.capacity_bytes()) + " bytes");
    }
  }
  const walk_result w = walk_->run(workload);
  const double tck = to_seconds(clocks_.tCK);
  memory_result result;
  if (w.requests <= 0) return result;
  result.elapsed = from_seconds(w.elapsed * tck);
  result.read_bytes = static_cast<std::uint64_t>(w.read_bytes + 0.5);
  result.write_bytes =
      static_cast<std::uint64_t>(w.read_bytes + w.write_bytes + 0.5) - result.read_bytes;
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  result.latency = {w.latency_sum / w.requests * tck, unknown, unknown, unknown};
  result.counts = w.counts;
  memory_demand d = w.demand;
  for (double* value : {&d.port_data, &d.port_turnaround, &d.port_refresh, &d.bank_cycle,
                        &d.bank_refresh, &d.activation, &d.command_bus}) {
    *value *= tck;
  }
  requested asked;
  bool all_have_rates = true;
  for (const access_stream& s : workload.streams) {
    const double seconds = offered_seconds(s);
    all_have_rates = all_have_rates && seconds > 0;
    asked.offered_s = std::max(asked.offered_s, seconds);
    asked.in_flight += s.in_flight;
  }
  d.offered = all_have_rates ? asked.offered_s : 0;
  d.in_flight = w.unloaded_sum * tck / asked.in_flight;
  name_limits(d, result);
  add_energy(w.hop_bursts, result);
  return result;
}

}  // namespace lamina::analytical
