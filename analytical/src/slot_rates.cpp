// SPDX-License-Identifier: Apache-2.0
#include "slot_rates.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

constexpr int halvings = 40;  // of an interval in which a rate is looked for

/// The largest rate below `top` for which `is_within` holds, which is so for all smaller ones.
template <typename Condition>
double largest_rate(double top, const Condition& is_within) {
  double low = 0, high = top;
  for (int i = 0; i < halvings; ++i) {
    const double middle = (low + high) / 2;
    (is_within(middle) ? low : high) = middle;
  }
  return low;
}

/// Mean of the longest rest of a stop that n visits meet, each with probability `share`:
/// the integral of 1 - (1 - share (1 - t / length))^n over t.
double longest_rest(double length, double share, double n) {
  if (share <= 0 || length <= 0) return 0;
  return length * (1 - (1 - std::pow(1 - share, n + 1)) / ((n + 1) * share));
}

/// Wait in a queue with fixed service (Kingman 1961), in services.
double queued(double load, double dispersion) { return dispersion / 2 * load / (1 - load); }

}  // namespace

/// Of a part, in clocks; what is of a byte is of a mean byte, read or written.
struct slot_rates::demand {
  bool reads = false, writes = false;
  row_visits read, write;
  double write_share = 0;     ///< of the bytes
  double requests = 1;        ///< under way, of those that are waited for
  double waited_bytes = 1;    ///< that such a request brings, with what is written meanwhile
  double visits = 0;          ///< of a byte
  double opened = 0;          ///< rows, of a byte
  double port = 0, bank = 0;  ///< clocks of a byte on one port, in one bank
  double port_visit = 0, bank_visit = 0;               ///< clocks of a visit there
  double port_most = 0, bank_most = 0, unit_most = 0;  ///< bytes a clock of all of them
  double batch = 1, turnaround = 0;  ///< bursts of a drain of writes, clocks of its two turns
  const row_visits& waited_for() const { return reads ? read : write; }
};

slot_rates::slot_rates(const stacked_chip_spec& spec)
    : spec_(spec),
      clocks_(resolve(spec.dram_stack.geometry, spec.dram_stack.timings)),
      reach_(spec.dram_stack) {
  const dram_geometry& g = spec.dram_stack.geometry;
  const dram_controller_spec& policy = spec.dram_stack.controller;
  const dram_clocks& c = clocks_;
  units_ = 1.0 * g.channels * g.pseudo_channels * g.stack_ids;
  banks_ = units_ * g.banks_per_stack_id();
  ports_ = 1.0 * g.channels * g.ports();
  buses_ = policy.command_bus == command_bus_scope::port ? ports_ : g.channels;
  spacing_ = std::max(c.burst, g.bank_groups > 1 ? c.tCCD_S : c.tCCD_L);
  const double often = spec.dram_stack.thermal.hot(0) ? 2 : 1;
  refresh_ = unit_stopped_ = bank_stopped_ = 0;
  if (policy.refresh == refresh_policy::all_bank) {
    refresh_ = c.tRFC + c.tRP;
    unit_stopped_ = std::min(0.95, often * refresh_ / c.tREFI);
  } else if (policy.refresh == refresh_policy::per_bank) {
    refresh_ = c.tRFCpb + c.tRP;
    bank_stopped_ = std::min(0.95, often * refresh_ / (1.0 * c.tREFIpb * g.banks_per_stack_id()));
  }
}

slot_rates::demand slot_rates::demand_of(const tile_schedule& part,
                                         const piece_layout& layout) const {
  const dram_clocks& c = clocks_;
  const dram_controller_spec& policy = spec_.dram_stack.controller;
  const double burst_bytes = spec_.dram_stack.geometry.burst_bytes;
  demand d;
  d.reads = layout.missed_of_load > 0;
  d.writes = layout.through_of_store > 0;
  const double moved = part.memory_read_bytes + part.memory_write_bytes;
  d.write_share = d.reads ? part.memory_write_bytes / moved : 1;
  if (!d.writes) d.write_share = 0;
  const std::int64_t stages = std::min<std::int64_t>(part.block.stages, part.block.steps);
  const dram_geometry& g = spec_.dram_stack.geometry;
  if (d.reads) d.read = visits_of(layout, {false, layout.missed_of_load, stages}, g, reach_);
  if (d.writes) d.write = visits_of(layout, {true, layout.through_of_store, 1}, g, reach_);
  for (row_visits* each : {&d.read, &d.write}) {
    if (policy.page != page_policy::closed) continue;
    each->visits = each->bursts;
    each->opens = 1;
  }
  d.requests = static_cast<double>(layout.slots * (d.reads ? stages : 1));
  d.waited_bytes = d.reads ? layout.missed_of_load / (1 - d.write_share) : layout.through_of_store;
  const bool split = policy.queues == queue_organisation::split;
  const double rarer = std::min(d.write_share, 1 - d.write_share);
  d.batch = std::max(1.0, split ? policy.write_high_watermark - policy.write_low_watermark
                                : policy.queue_entries * rarer);
  if (rarer > 0) {
    d.turnaround = std::max(0.0, c.tRTW + c.WL + c.burst + c.tWTR_S - 2 * spacing_);
  }
  d.port = (spacing_ + d.write_share / d.batch * d.turnaround) / burst_bytes;
  const double column = std::max(c.burst, c.tCCD_L);
  const auto add = [&](const row_visits& v, double share, double opening, double recovery) {
    if (v.visits <= 0 || share <= 0) return;
    const double columns = v.bursts / v.visits;
    const double of_byte = share / (columns * burst_bytes);
    const double cycle =
        std::max<double>(c.tRC, opening + (columns - 1) * column + recovery + c.tRP);
    d.visits += of_byte;
    d.opened += of_byte * v.opens;
    d.bank += of_byte * (v.opens * cycle + (1 - v.opens) * columns * column);
  };
  add(d.read, 1 - d.write_share, c.tRCDRD, c.tRTP);
  add(d.write, d.write_share, c.tRCDWR, c.WL + c.burst + c.tWR);
  d.port_visit = d.waited_for().bursts / d.waited_for().visits * spacing_;
  d.bank_visit = d.bank / d.visits;
  // Other stack IDs of a shared port go on while one refreshes.
  d.port_most = ports_ * (units_ > ports_ ? 1 : 1 - unit_stopped_) / d.port;
  d.bank_most = banks_ * (1 - unit_stopped_ - bank_stopped_) / d.bank;
  d.unit_most = units_ / (d.opened * std::max<double>(c.tRRD_S, c.tFAW / 4.0));
  return d;
}

double slot_rates::most_bytes_per_clock(const demand& d) const {
  const int cap = spec_.dram_stack.controller.activation_cap;
  double most = std::min({d.port_most, d.bank_most, d.unit_most});
  if (cap > 0) most = std::min(most, cap / (d.opened * clocks_.tRAS));
  return std::min(most, buses_ / (d.opened * (clocks_.activate + 1)));
}

/// Clocks that a visit waits at port, bank and activation slots.
double slot_rates::waits(const demand& d, double rate) const {
  const row_visits& v = d.waited_for();
  return queued(rate / d.port_most, v.port_dispersion) * d.port_visit +
         queued(rate / d.bank_most, v.bank_dispersion) * d.bank_visit +
         queued(rate / d.unit_most, 1) * std::max<double>(clocks_.tRRD_S, clocks_.tFAW / 4.0);
}

/// Clocks that a request waits for refreshes and for writes that are drained.
double slot_rates::stops(const demand& d, double rate) const {
  const row_visits& v = d.waited_for();
  double sum = longest_rest(refresh_, unit_stopped_ + bank_stopped_, v.visits);
  if (!d.reads || !d.writes) return sum;
  const double drain = d.batch * spacing_ + d.turnaround;
  const double of_byte = d.write_share / (d.batch * spec_.dram_stack.geometry.burst_bytes);
  sum += longest_rest(drain, std::min(0.9, rate * of_byte * drain / ports_), v.ports);
  return sum;
}

slot_rate slot_rates::answer(const tile_schedule& part, double elsewhere_s) const {
  const piece_layout layout(part, spec_);
  slot_rate out;
  if (layout.missed_of_load <= 0 && layout.through_of_store <= 0) return out;
  const demand d = demand_of(part, layout);
  const dram_clocks& c = clocks_;
  const dram_geometry& g = spec_.dram_stack.geometry;
  const dram_controller_spec& policy = spec_.dram_stack.controller;
  const row_visits& v = d.waited_for();
  const double conflict = policy.page == page_policy::closed ? 0 : c.tRP;
  const double opening = d.reads ? c.tRCDRD : c.tRCDWR;
  const double opens_any = 1 - std::pow(1 - v.opens, v.visits);
  const double hops = 0.5 * (g.hops_of(0) + g.hops_of(g.stack_ids - 1));
  const double idle = 1 + (d.reads ? c.RL : c.WL) + opens_any * (opening + conflict) + c.burst +
                      hops * c.hop + std::max(0.0, v.bursts / v.ports - 1) * spacing_;
  const double tck = to_seconds(c.tCK);
  const double elsewhere = elsewhere_s / tck;
  const double most = most_bytes_per_clock(d);
  const double turned = largest_rate(most, [&](double rate) {
    return rate / d.waited_bytes * (idle + waits(d, rate) + stops(d, rate) + elsewhere) <=
           d.requests;
  });
  const bool split = policy.queues == queue_organisation::split;
  const double entries = !split    ? policy.queue_entries
                         : d.reads ? policy.read_queue_entries
                                   : policy.write_queue_entries;
  const double held = entries * v.visits / v.bursts * buses_;
  const double queued_rate = largest_rate(most, [&](double rate) {
    return rate * d.visits * (opening * v.opens + waits(d, rate)) <= held;
  });
  out.bytes_per_s = std::min(turned, queued_rate) / tck;
  out.latency_s = idle * tck;
  const dram_energy_spec& e = spec_.dram_stack.energy;
  const double column_j = (1 - d.write_share) * e.read_j + d.write_share * e.write_j;
  out.j_per_byte = d.opened * (e.activate_j + e.precharge_j) + column_j / g.burst_bytes +
                   8 * (e.port_j_per_bit + hops * e.bond_j_per_bit);
  return out;
}

}  // namespace lamina::analytical
