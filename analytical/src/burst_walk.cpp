// SPDX-License-Identifier: Apache-2.0
#include "burst_walk.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "burst_walk_tools.h"

namespace lamina::analytical {
namespace {

// A long workload is followed in this many windows behind the first, each of so many bursts.
constexpr int windows = 8;
constexpr int fewest_bursts = 4000;
constexpr int most_bursts = 8000;
// Unless the streams are alike and the first windows, which are shorter, pass at one pace.
constexpr int steady_windows = 3;
constexpr int fewest_to_be_steady = 1000;
constexpr double steady_within = 0.01;

double bytes_of(const access_stream& s) {
  if (s.pattern != access_pattern::trace) {
    return static_cast<double>(s.requests()) * s.request_bytes;
  }
  double bytes = 0;
  for (const trace_entry& entry : s.trace) bytes += entry.bytes;
  return bytes;
}

/// Streams of one kind, which speed up and slow down together.
bool alike(const std::vector<access_stream>& streams) {
  for (const access_stream& s : streams) {
    if (s.pattern == access_pattern::trace || s.pattern != streams.front().pattern ||
        s.stride_bytes != streams.front().stride_bytes ||
        s.hit_fraction != streams.front().hit_fraction ||
        s.request_bytes != streams.front().request_bytes ||
        s.rate_bytes_per_s != streams.front().rate_bytes_per_s ||
        s.total_bytes != streams.front().total_bytes) {
      return false;
    }
  }
  return true;
}

}  // namespace

burst_walk::burst_walk(const dram_stack_spec& spec, const dram_clocks& clocks,
                       const address_map& map)
    : spec_(spec),
      clocks_(clocks),
      rules_(clocks),
      map_(map),
      split_(spec.controller.queues == queue_organisation::split),
      fcfs_(spec.controller.scheduler == scheduler_policy::fcfs) {
  const dram_geometry& g = spec.geometry;
  const bool by_port = spec.controller.command_bus == command_bus_scope::port;
  units_per_channel_ = g.pseudo_channels * g.stack_ids;
  banks_per_unit_ = g.banks_per_stack_id();
  banks_per_group_ = g.banks_per_group;
  buses_per_channel_ = by_port ? g.ports() : 1;
  capacity_ = split_ ? std::array<int, 2>{spec.controller.read_queue_entries,
                                          spec.controller.write_queue_entries}
                     : std::array<int, 2>{spec.controller.queue_entries, 0};
  for (int channel = 0; channel < g.channels; ++channel) {
    for (int pc = 0; pc < g.pseudo_channels; ++pc) {
      for (int sid = 0; sid < g.stack_ids; ++sid) {
        const int place = g.port_of(pc, sid);
        port_of_unit_.push_back(channel * g.ports() + place);
        bus_of_unit_.push_back(channel * buses_per_channel_ + (by_port ? place : 0));
      }
    }
  }
  units_.resize(at(g.channels * units_per_channel_));
  groups_.resize(units_.size() * at(g.bank_groups));
  banks_.resize(units_.size() * at(banks_per_unit_));
  for (int i = 0; i < static_cast<int>(banks_.size()); ++i) {
    unit_of_bank_.push_back(i / banks_per_unit_);
    group_of_bank_.push_back(i / banks_per_group_);
  }
  ports_.resize(at(g.channels * g.ports()));
  buses_.resize(at(g.channels * buses_per_channel_));
  budget_.resize(at(std::max(1, spec.controller.activation_cap)));
}

// ---------------------------------------------------------------- state, reset when touched

void burst_walk::renew(bank& k, const unit& u) {
  if (k.stamp != stamp_) {
    k = bank{};
    k.stamp = stamp_;
  } else if (k.row != none) {
    k.row = none;
    out_.counts.precharges += 1;
    k.conflict = false;
  }
  k.refreshes = u.refreshes;
}

void burst_walk::renew(unit& u, int index) {
  u = unit{};
  u.stamp = stamp_;
  if (spec_.controller.refresh == refresh_policy::none) return;
  const int place = index % units_per_channel_;
  u.interval =
      spec_.controller.refresh == refresh_policy::per_bank ? clocks_.tREFIpb : clocks_.tREFI;
  if (spec_.thermal.hot(place % spec_.geometry.stack_ids))
    u.interval = std::max<clock>(1, u.interval / 2);
  const clock offset = u.interval * place / units_per_channel_;
  u.refresh_due = offset > 0 ? offset : u.interval;
}

void burst_walk::renew(bus& b) {
  std::array<std::vector<int>, 2> keep = std::move(b.banks);
  b = bus{};
  b.banks = std::move(keep);
  b.banks[0].clear();
  b.banks[1].clear();
  b.stamp = stamp_;
}

/// Scales what was followed: each stream by its own bytes, resources by those of all.
void burst_walk::finish(double passed_over) {
  double bytes = 0;
  double followed = 0;
  for (const stream& s : streams_) {
    const tally& t = s.followed;
    if (t.bytes <= 0) continue;
    const double all = bytes_of(*s.spec);
    const double scale = all / t.bytes;
    bytes += all;
    followed += t.bytes;
    out_.write_bytes += t.write_bytes * scale;
    out_.read_bytes += all - t.write_bytes * scale;
    out_.counts.reads += t.reads * scale;
    out_.counts.writes += t.writes * scale;
    out_.counts.activates += t.activates * scale;
    out_.counts.row_hits += t.hits * scale;
    out_.hop_bursts += t.hop_bursts * scale;
    out_.unloaded_sum += t.unloaded * scale;
    out_.latency_sum += t.latency * scale;
    out_.requests += t.requests * scale;
  }
  const auto last = static_cast<double>(last_done_);
  out_.elapsed = last + passed_over;
  if (last > 0) out_.counts.refreshes *= out_.elapsed / last;
  add_port_demand();
  const double scale = followed > 0 ? bytes / followed : 1;
  out_.counts.precharges *= scale;
  out_.counts.turnarounds *= scale;
  memory_demand& d = out_.demand;
  for (double* value : {&d.port_data, &d.port_turnaround, &d.port_refresh, &d.bank_cycle,
                        &d.bank_refresh, &d.activation, &d.command_bus}) {
    *value *= scale;
  }
  if (spec_.controller.activation_cap > 0) {
    raise(d.activation, out_.counts.activates * clocks_.tRAS / spec_.controller.activation_cap);
  }
}

/// The busiest port, with the mean refresh of its stack IDs.
void burst_walk::add_port_demand() {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const port& p = ports_[i];
    if (p.stamp != stamp_) continue;
    double refresh = 0;
    int units = 0;
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (port_of_unit_[u] != static_cast<int>(i)) continue;
      ++units;
      if (units_[u].stamp == stamp_) refresh += static_cast<double>(units_[u].refresh_demand);
    }
    refresh /= std::max(1, units);
    memory_demand& d = out_.demand;
    if (static_cast<double>(p.data + p.turnaround) + refresh >
        d.port_data + d.port_turnaround + d.port_refresh) {
      d.port_data = static_cast<double>(p.data);
      d.port_turnaround = static_cast<double>(p.turnaround);
      d.port_refresh = refresh;
    }
  }
}

/// The next event: a request is issued or a bus takes its step. False when there is none left.
bool burst_walk::advance() {
  const clock errand_time = errands_.empty() ? never : errands_.front().when;
  const clock next = std::min(issues_.when(), errand_time);
  if (agenda_.when() <= next) {
    if (agenda_.when() == never) return false;
    now_ = agenda_.when();
    step(agenda_.index(), now_);
  } else if (errand_time == next) {
    const errand due = errands_.front();
    std::pop_heap(errands_.begin(), errands_.end(), std::greater<>());
    errands_.pop_back();
    now_ = next;
    run(due);
  } else {
    now_ = next;
    issue(issues_.index(), next);
  }
  while (!arrivals_.empty()) {
    const int bus_index = arrivals_.back();
    arrivals_.pop_back();
    if (bus_at(bus_index).stale) plan(bus_index, now_);
  }
  return true;
}

/// Moves every stream on by `share` of what it issued in the window, less where one would end:
/// ends are always walked. The share that was possible.
double burst_walk::pass_over(double share) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::int64_t issued = sources_[i].issued() - streams_[i].window_start;
    if (issued <= 0) continue;
    const auto left = static_cast<double>(sources_[i].left());
    share = std::min(share, left / static_cast<double>(issued));
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::int64_t issued = sources_[i].issued() - streams_[i].window_start;
    const auto count = static_cast<std::int64_t>(share * static_cast<double>(issued));
    if (count <= 0) continue;
    const access_stream& spec = *streams_[i].spec;
    const auto place = static_cast<std::size_t>(sources_[i].issued());
    sources_[i].skip(count);
    if (spec.pattern == access_pattern::trace) {
      const std::size_t last = spec.trace.size() - 1;
      const femtoseconds from = spec.trace[std::min(place, last)].time;
      const femtoseconds to =
          spec.trace[std::min(place + static_cast<std::size_t>(count), last)].time;
      streams_[i].skipped += (to - from).count();
    } else if (spec.rate_bytes_per_s > 0) {
      streams_[i].skipped += static_cast<clock>(static_cast<double>(count) * spec.request_bytes /
                                                spec.rate_bytes_per_s * 1e15);
    }
    expect(static_cast<int>(i));
  }
  return std::max(0.0, share);
}

walk_result burst_walk::run(const memory_workload& workload) {
  start(workload);
  double bursts_left = 0;
  double in_flight = 0;  // bursts
  for (const access_stream& s : workload.streams) {
    const auto requests = static_cast<double>(s.requests());
    const double each =
        std::ceil(bytes_of(s) / std::max(1.0, requests) / spec_.geometry.burst_bytes);
    bursts_left += requests * each;
    in_flight += std::min<double>(s.in_flight, requests) * each;
  }
  const double queues = static_cast<double>(buses_.size()) * (capacity_[0] + capacity_[1]);
  // A window turns over what is in flight, or it would see no more than the queues fill.
  const double turnover = std::min(in_flight, queues);
  // A window holds a whole refresh interval, so that each holds its share of refreshes.
  const clock period = spec_.controller.refresh == refresh_policy::none ? 0 : clocks_.tREFI;
  const bool may_be_steady = alike(workload.streams);
  double passed_over = 0;  // clocks
  double before = 0;       // clocks a burst of the window before
  double share = 0;        // of a window, that is passed over behind it
  bool running = true;
  for (int window = 0; running; ++window) {
    const double first_burst = bursts_followed_;
    const clock first_clock = now_;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].window_start = sources_[i].issued();
    }
    const auto followed = [&] { return bursts_followed_ - first_burst; };
    const bool short_window = may_be_steady && window < steady_windows;
    const double fewest =
        std::max<double>(turnover, short_window ? fewest_to_be_steady : fewest_bursts);
    const double most = std::max<double>(2 * turnover, most_bursts);
    while (running && followed() < most && (followed() < fewest || now_ - first_clock < period)) {
      running = advance();
    }
    if (!running) break;
    bursts_left -= followed();
    const auto length = static_cast<double>(now_ - first_clock);
    const double pace = length / followed();
    const bool steady = may_be_steady && std::abs(pace - before) < steady_within * pace;
    before = pace;
    // The first windows fill the queues and stand for themselves alone. When two of them pass at
    // one pace, so does the rest; else the rest is followed in windows that stand for neighbours.
    if (window < steady_windows && window > 0 && steady) {
      passed_over += pass_over(bursts_left / followed()) * length;
    } else if (window == (may_be_steady ? steady_windows : 0)) {
      share = bursts_left / (windows * followed()) - 1;
    } else if (share > 0) {
      passed_over += pass_over(share) * length;
    }
  }
  finish(passed_over);
  return out_;
}

}  // namespace lamina::analytical
