// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/dram_stack_check.h"

#include <algorithm>
#include <cmath>

#include "lamina/models/dram_timing_rules.h"

namespace lamina {
namespace {

using problems = std::vector<spec_problem>;
using std::to_string;

constexpr std::int64_t most_clocks = 100'000'000;

/// Counts and sizes within what the arithmetic of all models can carry.
void check_counts(const dram_geometry& g, problems& found) {
  const auto within = [&](const char* name, std::int64_t value, std::int64_t most) {
    if (value >= 1 && value <= most) return;
    found.push_back({std::string("geometry.") + name,
                     to_string(value) + " is out of range; expected 1 to " + to_string(most), ""});
  };
  within("layers", g.layers, 64);
  within("stack_ids", g.stack_ids, 64);
  within("connected_layers", g.connected_layers, 64);
  within("channels", g.channels, 4096);
  within("pseudo_channels", g.pseudo_channels, 16);
  within("bank_groups", g.bank_groups, 64);
  within("banks_per_group", g.banks_per_group, 64);
  within("rows", g.rows, 1 << 24);
  within("row_bytes", g.row_bytes, 1 << 20);
  within("burst_bytes", g.burst_bytes, 1 << 12);
  within("port_bits", g.port_bits, 65536);
  if (!(g.pin_rate >= 1e6 && g.pin_rate <= 1e12)) {
    found.push_back({"geometry.pin_rate", "out of range; expected 1 Mb/s to 1 Tb/s", ""});
  }
}

void check_shape(const dram_geometry& g, problems& found) {
  if (g.stack_ids > g.layers) {
    found.push_back({"geometry.stack_ids",
                     to_string(g.stack_ids) + " stack IDs in " + to_string(g.layers) +
                         " layers; expected at most one for each layer",
                     "raise layers or lower stack_ids"});
  }
  if (g.connected_layers > g.stack_ids) {
    found.push_back({"geometry.connected_layers",
                     to_string(g.connected_layers) + " connected layers of the " +
                         to_string(g.stack_ids) + " that a channel reaches",
                     "lower connected_layers to " + to_string(g.stack_ids) + " or less"});
  }
  if (g.row_bytes % g.burst_bytes != 0) {
    found.push_back({"geometry.row_bytes",
                     "a row of " + to_string(g.row_bytes) +
                         " B holds no whole number of bursts of " + to_string(g.burst_bytes) + " B",
                     "make row_bytes a multiple of burst_bytes"});
  }
  constexpr double most_banks = 1 << 20;
  constexpr double most_bytes = 0x1p50;
  const double banks =
      1.0 * g.channels * g.pseudo_channels * g.stack_ids * g.bank_groups * g.banks_per_group;
  if (banks > most_banks) {
    found.push_back({"geometry", "more than 2^20 banks in all", "lower channels or banks"});
  } else if (banks * static_cast<double>(g.rows) * g.row_bytes > most_bytes) {
    found.push_back({"geometry", "more than 1 PiB in all", "lower rows or row_bytes"});
  }
}

struct named_time {
  const char* name;
  clocked_time dram_timings::*time;
};

constexpr named_time all_times[] = {
    {"RL", &dram_timings::RL},         {"WL", &dram_timings::WL},
    {"tRCDRD", &dram_timings::tRCDRD}, {"tRCDWR", &dram_timings::tRCDWR},
    {"tRP", &dram_timings::tRP},       {"tRAS", &dram_timings::tRAS},
    {"tRC", &dram_timings::tRC},       {"tRTP", &dram_timings::tRTP},
    {"tWR", &dram_timings::tWR},       {"tCCD_S", &dram_timings::tCCD_S},
    {"tCCD_L", &dram_timings::tCCD_L}, {"tCCD_R", &dram_timings::tCCD_R},
    {"tRRD_S", &dram_timings::tRRD_S}, {"tRRD_L", &dram_timings::tRRD_L},
    {"tFAW", &dram_timings::tFAW},     {"tWTR_S", &dram_timings::tWTR_S},
    {"tWTR_L", &dram_timings::tWTR_L}, {"tRTW", &dram_timings::tRTW},
    {"tRFC", &dram_timings::tRFC},     {"tRFCpb", &dram_timings::tRFCpb},
    {"tREFI", &dram_timings::tREFI},   {"tREFIpb", &dram_timings::tREFIpb},
    {"tRREFD", &dram_timings::tRREFD}, {"vertical_hop", &dram_timings::vertical_hop}};

/// Distances that resolve() can turn into whole clocks of 32 bits.
void check_times(const dram_stack_spec& stack, problems& found) {
  const dram_timings& t = stack.timings;
  if (t.tCK.count() < 10'000 || t.tCK.count() > 1'000'000'000) {
    found.push_back({"timings.tCK", "out of range; expected 10 ps to 1 us", ""});
    return;
  }
  for (const named_time& named : all_times) {
    const clocked_time& value = t.*named.time;
    const bool fits = value.clocks >= 0 && value.clocks <= most_clocks && value.time.count() >= 0 &&
                      value.time.count() / t.tCK.count() <= most_clocks;
    if (!fits) {
      found.push_back({std::string("timings.") + named.name,
                       "out of range; expected 0 to " + to_string(most_clocks) + " clocks", ""});
    }
  }
  const double burst_s =
      8.0 * stack.geometry.burst_bytes / (1.0 * stack.geometry.port_bits * stack.geometry.pin_rate);
  if (burst_s / to_seconds(t.tCK) > 1e4) {
    found.push_back({"geometry.burst_bytes", "a burst holds its port for more than 10000 clocks",
                     "raise port_bits or pin_rate, or lower burst_bytes"});
  }
  if (t.activate_clocks < 1 || t.activate_clocks > 16) {
    found.push_back({"timings.activate_clocks", "out of range; expected 1 to 16", ""});
  }
}

std::string clocks_text(int clocks) { return to_string(clocks) + " clk"; }

/// Distances of one command pair that contradict each other.
void check_timing_pairs(const dram_clocks& c, problems& found) {
  const auto at_least = [&](const char* name, int value, const char* other, int least) {
    if (value >= least) return;
    found.push_back({std::string("timings.") + name,
                     std::string(name) + " (" + clocks_text(value) + ") is below " + other + " (" +
                         clocks_text(least) + ")",
                     "raise " + std::string(name) + " to " + clocks_text(least) + " or more"});
  };
  // Each of the sum's terms is rounded up on its own, which may add a clock to what the source has.
  if (c.tRC + 1 < c.tRAS + c.tRP) at_least("tRC", c.tRC, "tRAS + tRP", c.tRAS + c.tRP);
  at_least("tCCD_L", c.tCCD_L, "tCCD_S", c.tCCD_S);
  at_least("tRRD_L", c.tRRD_L, "tRRD_S", c.tRRD_S);
  at_least("tWTR_L", c.tWTR_L, "tWTR_S", c.tWTR_S);
  at_least("tFAW", c.tFAW, "tRRD_S", c.tRRD_S);
  const int collision_free = c.RL + c.burst - c.WL;
  if (c.tRTW < collision_free) {
    found.push_back(
        {"timings.tRTW",
         "tRTW (" + clocks_text(c.tRTW) +
             ") lets the data of a write meet that of the read before it on the port",
         "raise tRTW to RL + burst - WL (" + clocks_text(collision_free) + ") or more"});
  }
}

void check_refresh(const dram_stack_spec& stack, const dram_clocks& c, problems& found) {
  bool hot = false;
  for (int id = 0; id < stack.geometry.stack_ids; ++id) hot = hot || stack.thermal.hot(id);
  const int share = hot ? 2 : 1;
  const std::string twice = hot ? " (due twice as often above hot_limit)" : "";
  const auto fits = [&](const char* name, int busy, const char* period_name, int period) {
    if (period > 0 && busy > 0 && busy < period / share) return;
    if (busy == 0 || period == 0) {
      const char* missing = period == 0 ? period_name : name;
      found.push_back({std::string("timings.") + missing,
                       std::string(missing) + " is 0; the refresh policy needs it",
                       "give it, or set controller.refresh to none"});
    } else {
      found.push_back({std::string("timings.") + name,
                       std::string(name) + " (" + clocks_text(busy) + ") leaves no time within " +
                           period_name + " (" + clocks_text(period) + ")" + twice,
                       std::string("lower ") + name + " or raise " + period_name});
    }
  };
  switch (stack.controller.refresh) {
    case refresh_policy::none:
      break;
    case refresh_policy::all_bank:
      fits("tRFC", c.tRFC, "tREFI", c.tREFI);
      break;
    case refresh_policy::per_bank:
      fits("tRFCpb", c.tRFCpb, "tREFI", c.tREFI);
      break;
  }
}

void check_controller(const dram_controller_spec& c, problems& found) {
  const auto positive = [&](const char* name, int value) {
    if (value >= 1 && value <= 65536) return true;
    found.push_back({std::string("controller.") + name,
                     to_string(value) + " is out of range; expected 1 to 65536", ""});
    return false;
  };
  if (c.activation_cap < 0) {
    found.push_back({"controller.activation_cap", "negative; expected 0 (no cap) or more", ""});
  }
  if (c.queues == queue_organisation::unified) {
    positive("queue_entries", c.queue_entries);
    return;
  }
  positive("read_queue_entries", c.read_queue_entries);
  if (!positive("write_queue_entries", c.write_queue_entries)) return;
  if (c.write_high_watermark < 1 || c.write_high_watermark > c.write_queue_entries) {
    found.push_back({"controller.write_high_watermark",
                     "a high watermark of " + to_string(c.write_high_watermark) +
                         " in a queue of " + to_string(c.write_queue_entries) + " entries",
                     "expected 1 to write_queue_entries"});
  }
  if (c.write_low_watermark < 0 || c.write_low_watermark >= c.write_high_watermark) {
    found.push_back({"controller.write_low_watermark",
                     "a low watermark of " + to_string(c.write_low_watermark) +
                         " is not below the high one of " + to_string(c.write_high_watermark),
                     "a drain ends below where it starts: lower write_low_watermark"});
  }
}

void check_thermal(const dram_stack_spec& stack, problems& found) {
  const auto given = stack.thermal.layer_temperatures_c.size();
  if (given > static_cast<std::size_t>(stack.geometry.stack_ids)) {
    found.push_back({"thermal.layer_temperatures",
                     to_string(given) + " temperatures for " + to_string(stack.geometry.stack_ids) +
                         " stack IDs",
                     "expected at most one for each stack ID, from the base up"});
  }
}

/// A stream's own contradictions, and its addresses against the capacity.
class stream_check {
 public:
  stream_check(const access_stream& stream, std::size_t index, std::uint64_t capacity,
               problems& found)
      : s_(stream),
        path_("streams." + to_string(index) + '.'),
        capacity_(capacity),
        found_(found) {}

  void run() {
    check_pattern_keys();
    if (s_.in_flight < 1)
      complain("in_flight", "no request may be in flight; expected 1 or more", "");
    if (s_.pattern == access_pattern::trace) {
      check_trace();
    } else {
      check_sizes();
    }
  }

 private:
  void complain(const char* key, std::string message, std::string suggestion) {
    found_.push_back({path_ + key, std::move(message), std::move(suggestion)});
  }

  void check_pattern_keys() {
    if (s_.pattern == access_pattern::strided && s_.stride_bytes == 0) {
      complain("stride", "a strided stream without stride", "add 'stride: 4 KiB' or the like");
    }
    if (s_.pattern != access_pattern::strided && s_.stride_bytes != 0) {
      complain("stride", "a stride means nothing to this pattern",
               "set 'pattern: strided' or remove it");
    }
    if (s_.pattern != access_pattern::random && s_.hit_fraction != 0) {
      complain("hit_fraction", "a hit fraction means nothing to this pattern",
               "set 'pattern: random' or remove it");
    }
    if (s_.pattern != access_pattern::trace && !s_.trace.empty()) {
      complain("trace", "a trace means nothing to this pattern",
               "set 'pattern: trace' or remove it");
    }
    if (s_.pattern == access_pattern::trace && s_.trace.empty()) {
      complain("trace", "a trace stream without requests", "add 'trace: FILE.csv'");
    }
  }

  void check_trace() {
    for (std::size_t i = 0; i < s_.trace.size(); ++i) {
      const trace_entry& request = s_.trace[i];
      if (request.address <= capacity_ && request.bytes <= capacity_ - request.address) continue;
      complain("trace",
               "request " + to_string(i) + " of the trace reaches beyond the stack's " +
                   to_string(capacity_) + " B",
               "");
      return;
    }
  }

  void check_sizes() {
    constexpr std::uint64_t most = std::uint64_t{1} << 50U;
    if (s_.request_bytes < 1 || s_.total_bytes < 1 || s_.total_bytes > most) {
      complain("total", "out of range; expected requests of 1 B or more, and at most 1 PiB in all",
               "");
      return;
    }
    const std::uint64_t range = s_.range_bytes != 0 ? s_.range_bytes : s_.total_bytes;
    if (s_.request_bytes > range) {
      complain("request",
               "a request of " + to_string(s_.request_bytes) + " B in a range of " +
                   to_string(range) + " B",
               "raise range or total, or lower request");
    }
    if (s_.base > capacity_ || range > capacity_ - s_.base) {
      complain(s_.range_bytes != 0 ? "range" : "total",
               "addresses from " + to_string(s_.base) + " B on, for " + to_string(range) +
                   " B, reach beyond the stack's " + to_string(capacity_) + " B",
               "set 'range' to what the stream may touch, or lower base");
    }
    if (static_cast<double>(s_.total_bytes) / s_.request_bytes > 1e10) {
      complain("total", "more than 1e10 requests", "lower total or raise request");
    }
    if (s_.rate_bytes_per_s < 0 ||
        (s_.rate_bytes_per_s > 0 &&
         static_cast<double>(s_.total_bytes) / s_.rate_bytes_per_s > 3600)) {
      complain("rate", "at this rate the stream lasts more than an hour",
               "raise rate or lower total");
    }
  }

  const access_stream& s_;
  const std::string path_;
  const std::uint64_t capacity_;
  problems& found_;
};

}  // namespace

std::vector<spec_problem> check(const dram_stack_spec& stack) {
  problems found;
  check_counts(stack.geometry, found);
  if (!found.empty()) return found;
  check_shape(stack.geometry, found);
  check_times(stack, found);
  check_controller(stack.controller, found);
  check_thermal(stack, found);
  if (stack.geometry.row_bytes % stack.geometry.burst_bytes == 0) {
    for (std::string& text : address_map::check(stack.address_map, stack.geometry)) {
      found.push_back({"address_map", std::move(text), ""});
    }
  }
  const bool times_fit = std::none_of(found.begin(), found.end(), [](const spec_problem& p) {
    return p.path.rfind("timings", 0) == 0 || p.path.rfind("geometry", 0) == 0;
  });
  if (times_fit) {
    const dram_clocks clocks = resolve(stack.geometry, stack.timings);
    check_timing_pairs(clocks, found);
    check_refresh(stack, clocks, found);
  }
  return found;
}

std::vector<spec_problem> check(const memory_workload& workload, const dram_stack_spec& stack) {
  problems found;
  if (workload.streams.empty()) {
    found.push_back({"streams", "no streams; expected one or more", "add a stream"});
  }
  const auto capacity = static_cast<std::uint64_t>(stack.geometry.capacity_bytes());
  for (std::size_t i = 0; i < workload.streams.size(); ++i) {
    stream_check(workload.streams[i], i, capacity, found).run();
  }
  return found;
}

}  // namespace lamina
