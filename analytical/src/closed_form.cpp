// SPDX-License-Identifier: Apache-2.0
#include "closed_form.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina::analytical {
namespace {

constexpr double half_pi = 1.5707963267948966;
constexpr double most_stopped = 0.95;  // share of time that refreshes may take

}  // namespace

/// What a stream has under way at one time.
struct closed_form::part {
  double requests = 0;     ///< in all
  double bursts_each = 1;  ///< of a request
  double in_queues = 1;    ///< bursts
  map_spread at_once;
  map_spread of_request;
  double columns = 1;        ///< of a visit to a row, where others use its bank
  double columns_alone = 1;  ///< where none does
};

/// What all streams together ask for; means of requests are summed over them.
struct closed_form::sums {
  double bytes = 0, read_bytes = 0, requests = 0;
  double bursts = 0, writes = 0;
  double activates = 0;        ///< where others use the banks
  double activates_alone = 0;  ///< where none does
  double in_flight = 0;        ///< requests
  double in_queues = 0;        ///< bursts
  double offered_s = 0;        ///< longest time that a rate needs
  bool all_have_rates = true;
  bool in_disorder = false;  ///< neighbours come from several places
  double on_port = 0;        ///< bursts of a request on one port
  double visits_each = 0;    ///< rows that a request visits while it is in the queues
  double repeats = 0;        ///< of them, to the same bank one after the other
  double spacing = 0;        ///< clocks of a burst on its port, summed over bursts
  double port = 0, activation = 0, bank = 0;  ///< clocks of the longest stream alone
  map_spread met{1, 1, 1, 1, 1, 1};           ///< share of the places that no stream meets
};

closed_form::closed_form(const dram_stack_spec& spec, const dram_clocks& clocks)
    : spec_(spec),
      clocks_(clocks),
      map_(spec),
      in_order_(spec.controller.scheduler == scheduler_policy::fcfs),
      closed_(spec.controller.page == page_policy::closed) {
  const dram_geometry& g = spec.geometry;
  const dram_controller_spec& policy = spec.controller;
  all_.ports = 1.0 * g.channels * g.ports();
  all_.units = 1.0 * g.channels * g.pseudo_channels * g.stack_ids;
  all_.banks = all_.units * g.banks_per_stack_id();
  all_.buses = policy.command_bus == command_bus_scope::port ? all_.ports : g.channels;
  const bool split = policy.queues == queue_organisation::split;
  entries_read_ = split ? policy.read_queue_entries : policy.queue_entries;
  entries_write_ = split ? policy.write_queue_entries : policy.queue_entries;
  const double often = spec.thermal.hot(0) ? 2 : 1;
  if (policy.refresh == refresh_policy::all_bank) {
    unit_refresh_share_ = std::min(most_stopped, often * (clocks.tRFC + clocks.tRP) / clocks.tREFI);
  } else if (policy.refresh == refresh_policy::per_bank) {
    const double round = 1.0 * clocks.tREFIpb * g.banks_per_stack_id();
    bank_refresh_share_ = std::min(most_stopped, often * (clocks.tRFCpb + clocks.tRP) / round);
  }
}

double closed_form::opening_of(double reads) const {
  return reads * clocks_.tRCDRD + (1 - reads) * clocks_.tRCDWR;
}

/// Clocks of a row: it opens, serves so many columns, recovers and closes.
double closed_form::cycle_of(double columns, double reads) const {
  const dram_clocks& c = clocks_;
  const double recovery = reads * c.tRTP + (1 - reads) * (c.WL + c.burst + c.tWR);
  const double streaming = (columns - 1) * std::max(c.tCCD_L, c.burst);
  return std::max<double>(c.tRC, opening_of(reads) + streaming + recovery + c.tRP);
}

closed_form::part closed_form::part_of(const access_stream& s, double streams) const {
  const double burst_bytes = spec_.geometry.burst_bytes;
  const double reads = s.read_fraction;
  part p;
  p.requests = static_cast<double>(s.requests());
  p.bursts_each = std::ceil(s.request_bytes / burst_bytes);
  p.of_request = map_.of(s, 1);
  // A stream enters in order, and waits when the queue of a bus is full.
  const bool unified = spec_.controller.queues == queue_organisation::unified;
  const double entries = unified ? entries_read_
                                 : std::min(entries_read_ / std::max(reads, 1e-3),
                                            entries_write_ / std::max(1 - reads, 1e-3));
  double n = std::min<double>(s.in_flight, p.requests);
  p.at_once = map_.of(s, n);
  for (int i = 0; i < 3; ++i) {
    const double sharing = std::max(1.0, streams * p.at_once.buses / all_.buses);
    const double room = std::max(1.0, entries / sharing * p.at_once.buses) / p.bursts_each;
    if (n <= room) break;
    n = room;
    p.at_once = map_.of(s, n);
  }
  p.in_queues = std::max(1.0, n * p.bursts_each);
  if (!closed_) {
    // A visit to a row: all of it that is in the queues, in order only what follows each other.
    const double neighbours = map_.row_visit_bytes() / burst_bytes;
    const double of_request = p.bursts_each / std::min(p.bursts_each, p.of_request.rows);
    p.columns = in_order_ ? std::clamp(std::min(of_request, neighbours), 1.0, p.in_queues)
                          : p.in_queues / std::min(p.in_queues, p.at_once.rows);
    // With the bank to itself it goes on with the row that it left open.
    if (s.pattern == access_pattern::random) {
      const map_spread range = map_.of_range(s);
      const double opened = std::min(1.0, range.rows * p.columns / (p.requests * p.bursts_each));
      p.columns_alone = p.columns / std::max(1 - range.banks / range.rows, opened);
    } else {
      const double step =
          static_cast<double>(std::max<std::uint64_t>(s.request_bytes, s.stride_bytes));
      const bool strided = s.pattern == access_pattern::strided;
      const double rows = strided ? step / burst_bytes * p.of_request.rows / p.bursts_each : 1;
      p.columns_alone = std::max(p.columns, neighbours / rows);
    }
  }
  // Banks that it comes to before it could return to one.
  const double latency = opening_of(reads) + reads * clocks_.RL + (1 - reads) * clocks_.WL;
  const double passed = n * (1 + cycle_of(p.columns, reads) / (latency + clocks_.burst));
  p.at_once.banks = map_.of(s, std::min(p.requests, passed)).banks;
  return p;
}

void closed_form::add(const access_stream& s, double streams, sums& t) const {
  if (s.requests() <= 0) return;
  const dram_clocks& c = clocks_;
  const part p = part_of(s, streams);
  const double bursts = p.requests * p.bursts_each;
  const double bytes = s.pattern == access_pattern::trace ? 0 : p.requests * s.request_bytes;
  t.bytes += bytes;
  t.read_bytes += bytes * s.read_fraction;
  t.requests += p.requests;
  t.bursts += bursts;
  t.writes += bursts * (1 - s.read_fraction);
  t.activates += bursts / p.columns;
  t.activates_alone += bursts / p.columns_alone;
  t.in_flight += std::min<double>(s.in_flight, p.requests);
  t.in_queues += p.in_queues;
  t.in_disorder = t.in_disorder || streams > 1 || s.pattern == access_pattern::random;
  t.on_port += p.requests * p.bursts_each / std::min(p.bursts_each, p.of_request.ports);
  const double visits = std::min(p.bursts_each, p.in_queues) / p.columns;
  const double banks = std::clamp(p.of_request.banks, 1.0, std::max(1.0, visits));
  t.visits_each += p.requests * visits;
  t.repeats += p.requests * std::max(0.0, std::ceil(visits / banks - 1e-6) - 1);
  if (s.rate_bytes_per_s > 0) {
    t.offered_s = std::max(t.offered_s, (p.requests - 1) * s.request_bytes / s.rate_bytes_per_s);
  } else {
    t.all_have_rates = false;
  }
  const double groups = streams > 1 ? spec_.geometry.bank_groups : p.at_once.groups;
  const double spacing = std::max<double>(
      c.burst, groups > 1 ? std::max<double>(c.tCCD_S, c.tCCD_L / groups) : c.tCCD_L);
  t.spacing += bursts * spacing;
  const double rows = bursts / p.columns_alone;
  const auto alone = [](double& longest, double work, double places) {
    longest = std::max(longest, work / std::max(1.0, places));
  };
  alone(t.port, bursts * spacing, p.at_once.ports);
  alone(t.activation, rows * std::max<double>(c.tRRD_S, c.tFAW / 4.0), p.at_once.units);
  alone(t.bank, rows * cycle_of(p.columns_alone, s.read_fraction), p.at_once.banks);
  for (double map_spread::*places :
       {&map_spread::buses, &map_spread::ports, &map_spread::units, &map_spread::banks}) {
    t.met.*places *= 1 - std::min(1.0, p.at_once.*places / (all_.*places));
  }
}

/// Ports: columns, changes of direction and refreshes of all banks.
void closed_form::demand_columns(const sums& t, memory_demand& d) const {
  const dram_clocks& c = clocks_;
  const dram_controller_spec& policy = spec_.controller;
  const double reads = 1 - t.writes / t.bursts;
  const double rarer = std::min(reads, 1 - reads);
  const double spacing = t.spacing / t.bursts;
  d.port_data = std::max(t.bursts * spacing / t.met.ports, t.port);
  // Bursts between two changes back and forth: what the queues of a port let gather, and a request.
  const double entries = policy.queues == queue_organisation::split
                             ? policy.write_high_watermark - policy.write_low_watermark
                             : policy.queue_entries * rarer;
  const double gathered =
      std::min(entries * t.met.buses, t.in_flight * t.bursts / t.requests * rarer);
  const double of_request = t.on_port / t.requests / std::max(reads, 1 - reads);
  const double batch = std::max({1.0, gathered / t.met.ports, of_request});
  const double pair = c.tRTW + c.WL + c.burst + c.tWTR_S - 2.0 * spacing;
  d.port_turnaround = t.bursts / t.met.ports * rarer / batch * std::max(0.0, pair);
  d.port_refresh =
      (d.port_data + d.port_turnaround) * unit_refresh_share_ / (1 - unit_refresh_share_);
  d.command_bus = std::max(t.activates * (c.activate + 1), t.bursts) / t.met.buses;
}

/// Banks whose rows cycle together. In order, and at random, those of a bus that are met before one
/// of them is met again (the birthday problem).
double closed_form::banks_together(const sums& t) const {
  if (!in_order_ || !t.in_disorder) return t.met.banks;
  const double of_bus = std::max(1.0, t.met.banks / t.met.buses);
  return t.met.buses * (std::sqrt(half_pi * of_bus) - 1.0 / 3 + std::sqrt(half_pi / of_bus) / 12);
}

/// Activations, and the row cycles of banks.
void closed_form::demand_rows(const sums& t, memory_demand& d) const {
  const dram_clocks& c = clocks_;
  const double reads = 1 - t.writes / t.bursts;
  const double columns = t.bursts / t.activates;
  const double cycle = cycle_of(columns, reads);
  const double spacing = std::max<double>(c.tRRD_S, c.tFAW / 4.0);
  d.activation = std::max(t.activates * spacing / t.met.units, t.activation);
  const int cap = spec_.controller.activation_cap;
  if (cap > 0) d.activation = std::max(d.activation, t.activates * c.tRAS / cap);
  d.bank_cycle = std::max(t.activates * cycle / t.met.banks, t.bank);
  if (in_order_) {
    double together = banks_together(t);
    const double run = map_.bank_run_bytes() / spec_.geometry.burst_bytes / columns;
    if (run > 1) together = std::min(together, t.met.buses * run / (run - 1));
    d.bank_cycle =
        std::max({d.bank_cycle, t.activates * cycle / together, t.repeats * cycle / t.met.buses});
  }
  const double stopped = std::min(most_stopped, unit_refresh_share_ + bank_refresh_share_);
  d.bank_refresh = d.bank_cycle * stopped / (1 - stopped);
}

/// Latency of a request that is alone.
double closed_form::idle_latency(const sums& t) const {
  const dram_clocks& c = clocks_;
  const dram_geometry& g = spec_.geometry;
  const double reads = 1 - t.writes / t.bursts;
  const double columns = t.bursts / t.activates;
  const double opens = std::min(1.0, t.activates / t.requests);
  const double hops = 0.5 * (g.hops_of(0) + g.hops_of(g.stack_ids - 1));
  return 1 + reads * c.RL + (1 - reads) * c.WL + c.burst + hops * c.hop +
         opens * (opening_of(reads) + (closed_ ? 0 : c.tRP)) +
         (t.on_port / t.requests - 1) * t.spacing / t.bursts +
         t.repeats / t.requests * cycle_of(columns, reads);
}

/// Clocks in which what is under way turns over, as often as all of it does: requests with their
/// whole latency, bursts that fill the queues until their columns.
double closed_form::turn(const sums& t, double idle) const {
  const double reads = 1 - t.writes / t.bursts;
  const double cycle = cycle_of(t.bursts / t.activates, reads);
  const double opens = t.activates / t.bursts;
  const double visits = t.in_queues * opens;
  const double together = banks_together(t);
  const double others =
      t.in_disorder ? (visits - t.visits_each / t.requests) / together : visits / together - 1;
  const bool queues_are_full = t.in_queues < 0.99 * t.in_flight * t.bursts / t.requests;
  const double own = queues_are_full
                         ? 1 + opens * (opening_of(reads) + (closed_ ? 0 : clocks_.tRP)) +
                               t.repeats / t.requests * cycle
                         : idle;
  return std::max(t.requests / t.in_flight * idle,
                  t.bursts / t.in_queues * (own + std::max(0.0, others) * cycle));
}

/// In order, a bus waits for each of its places that is refreshed, but for what passes before it is
/// asked for: `clocks` without that.
double closed_form::waiting_for_refresh(const sums& t, double clocks) const {
  const bool of_units = unit_refresh_share_ > 0;
  const double share = of_units ? unit_refresh_share_ : bank_refresh_share_;
  if (!in_order_ || share <= 0) return clocks;
  const double length = of_units ? clocks_.tRFC : clocks_.tRFCpb;
  const double places = (of_units ? t.met.units : t.met.banks) / t.met.buses;
  const double between = places * clocks * t.met.buses / t.activates;  // of visits to a place
  const double waited = between < length ? 1 - between / length / 2 : length / between / 2;
  return clocks / std::max(1 - most_stopped, std::pow(1 - share * waited, places));
}

memory_result closed_form::estimate(const memory_workload& workload) const {
  const dram_clocks& c = clocks_;
  sums t;
  const auto streams = static_cast<double>(workload.streams.size());
  for (const access_stream& stream : workload.streams) add(stream, streams, t);
  memory_result result;
  if (t.bursts <= 0) return result;
  const double undisturbed = std::pow(t.met.banks, (streams - 1) / streams);
  t.activates += undisturbed * (t.activates_alone - t.activates);
  for (double map_spread::*places :
       {&map_spread::buses, &map_spread::ports, &map_spread::units, &map_spread::banks}) {
    t.met.*places = std::max(1.0, (1 - t.met.*places) * (all_.*places));
  }
  const bool split = spec_.controller.queues == queue_organisation::split;
  t.in_queues = std::min(t.in_queues, t.met.buses * (entries_read_ + (split ? entries_write_ : 0)));

  memory_demand d;
  demand_columns(t, d);
  demand_rows(t, d);
  const double clock_s = to_seconds(c.tCK);
  if (t.all_have_rates) d.offered = t.offered_s / clock_s;
  const double idle = idle_latency(t);
  d.in_flight = turn(t, idle);
  const double needed = waiting_for_refresh(
      t, std::max({d.port_data + d.port_turnaround + d.port_refresh, d.bank_cycle + d.bank_refresh,
                   d.activation, d.command_bus, d.in_flight}));
  const bool saturated = needed > d.offered * 1.0001;
  const double elapsed = std::max(needed, d.offered) + idle;

  const double load = std::min(0.99, (d.bank_cycle + d.bank_refresh) / elapsed);
  const double refresh_wait = 0.5 * (unit_refresh_share_ > 0 ? unit_refresh_share_ * c.tRFC
                                                             : bank_refresh_share_ * c.tRFCpb);
  const double cycle = cycle_of(t.bursts / t.activates, 1 - t.writes / t.bursts);
  const double queueing = load / (2 * (1 - load)) * cycle * t.activates / t.bursts;
  const double latency = saturated ? std::max(idle, t.in_flight / t.requests * elapsed)
                                   : idle + refresh_wait + queueing;
  result.elapsed = from_seconds(elapsed * clock_s);
  result.read_bytes = static_cast<std::uint64_t>(std::llround(t.read_bytes));
  result.write_bytes = static_cast<std::uint64_t>(std::llround(t.bytes - t.read_bytes));
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  result.latency = {latency * clock_s, unknown, unknown, unknown};
  result.counts.activates = result.counts.precharges = t.activates;
  result.counts.reads = t.bursts - t.writes;
  result.counts.writes = t.writes;
  result.counts.row_hits = t.bursts - t.activates;
  const double pair = c.tRTW + c.WL + c.burst + c.tWTR_S - 2.0 * t.spacing / t.bursts;
  if (pair > 0) result.counts.turnarounds = 2 * t.met.ports * d.port_turnaround / pair;
  for (double* value : {&d.port_data, &d.port_turnaround, &d.port_refresh, &d.bank_cycle,
                        &d.bank_refresh, &d.activation, &d.command_bus, &d.offered, &d.in_flight}) {
    *value *= clock_s;
  }
  name_limits(d, result);
  return result;
}

}  // namespace lamina::analytical
