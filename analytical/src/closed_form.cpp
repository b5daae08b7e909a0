// SPDX-License-Identifier: Apache-2.0
#include "closed_form.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lamina::analytical {

/// What all streams together ask for.
struct closed_form::sums {
  double bytes = 0, read_bytes = 0, requests = 0;
  double bursts = 0, writes = 0;
  double activates = 0;
  double in_flight = 0;  ///< requests
  double offered_s = 0;  ///< longest time that a rate needs
  bool all_have_rates = true;
  double ports = 0, units = 0, banks = 0;  ///< weighted by bursts: that a stream reaches
};

closed_form::closed_form(const dram_stack_spec& spec, const dram_clocks& clocks)
    : spec_(spec), clocks_(clocks) {
  const dram_geometry& g = spec.geometry;
  const std::vector<address_digit> digits =
      spec.address_map.digits.empty() ? default_address_digits() : spec.address_map.digits;
  const std::array<double, address_field_count> sizes = {static_cast<double>(g.bursts_per_row()),
                                                         static_cast<double>(g.channels),
                                                         static_cast<double>(g.pseudo_channels),
                                                         static_cast<double>(g.stack_ids),
                                                         static_cast<double>(g.bank_groups),
                                                         static_cast<double>(g.banks_per_group),
                                                         static_cast<double>(g.rows)};
  std::array<double, address_field_count> covered;
  covered.fill(1);
  double weight = g.burst_bytes;
  bool row_seen = false;
  row_visit_bytes_ = g.burst_bytes;
  for (const address_digit& d : digits) {
    const auto field = static_cast<std::size_t>(d.field);
    const double radix = d.radix == 0 ? sizes[field] / covered[field] : d.radix;
    covered[field] *= radix;
    if (radix <= 1 || digit_count_ == static_cast<int>(digits_.size())) continue;
    digits_[static_cast<std::size_t>(digit_count_++)] = {d.field, weight, radix};
    weight *= radix;
    row_seen = row_seen || d.field == address_field::row;
    if (d.field == address_field::column && !row_seen) row_visit_bytes_ *= radix;
    if (d.field == address_field::bank_group && !row_seen) groups_alternate_ = true;
  }
  for (const address_xor& x : spec.address_map.xors)
    hashed_[static_cast<std::size_t>(x.target)] = true;
  const double hot = spec.thermal.hot(0) ? 2 : 1;
  if (spec.controller.refresh == refresh_policy::all_bank) {
    refresh_share_ = hot * (clocks.tRFC + clocks.tRP) / clocks.tREFI;
  } else if (spec.controller.refresh == refresh_policy::per_bank) {
    bank_refresh_share_ =
        hot * (clocks.tRFCpb + clocks.tRP) / (clocks.tREFIpb * g.banks_per_stack_id());
  }
  refresh_share_ = std::min(refresh_share_, 0.95);
  bank_refresh_share_ = std::min(bank_refresh_share_, 0.95);
}

/// Rows that an aligned block touches: the digits inside it that are not columns.
double closed_form::rows_of_block(double bytes) const {
  double rows = 1;
  for (int i = 0; i < digit_count_; ++i) {
    const map_digit& d = digits_[static_cast<std::size_t>(i)];
    if (d.weight >= bytes) break;
    if (d.field != address_field::column) rows *= std::min(d.radix, std::ceil(bytes / d.weight));
  }
  return rows;
}

/// Factor by which a stride keeps a stream from reaching all of a field: digits between request
/// and stride never change, unless a hash brings other bits in.
double closed_form::frozen(address_field field, const access_stream& s) const {
  if (s.pattern != access_pattern::strided || hashed_[static_cast<std::size_t>(field)]) return 1;
  const auto stride = static_cast<double>(s.stride_bytes);
  double factor = 1;
  for (int i = 0; i < digit_count_; ++i) {
    const map_digit& d = digits_[static_cast<std::size_t>(i)];
    const double above = d.weight * d.radix;
    if (d.field == field && d.weight >= s.request_bytes && std::fmod(stride, above) == 0) {
      factor *= d.radix;
    }
  }
  return factor;
}

void closed_form::add(const access_stream& s, sums& t) const {
  const dram_geometry& g = spec_.geometry;
  const auto requests = static_cast<double>(s.requests());
  const double bytes = s.pattern == access_pattern::trace ? 0 : requests * s.request_bytes;
  const double bursts_each = std::ceil(static_cast<double>(s.request_bytes) / g.burst_bytes);
  const double bursts = requests * bursts_each;
  double rows_each = rows_of_block(s.request_bytes);
  switch (s.pattern) {
    case access_pattern::sequential:
      rows_each = s.request_bytes / row_visit_bytes_;
      break;
    case access_pattern::strided:
      rows_each *= std::min(1.0, static_cast<double>(s.stride_bytes) / row_visit_bytes_);
      break;
    case access_pattern::random:
      rows_each =
          (1 - s.hit_fraction) * rows_each + s.hit_fraction * s.request_bytes / row_visit_bytes_;
      break;
    case access_pattern::trace:
      break;
  }
  if (spec_.controller.page == page_policy::closed) rows_each = bursts_each;
  t.bytes += bytes;
  t.read_bytes += bytes * s.read_fraction;
  t.requests += requests;
  t.bursts += bursts;
  t.writes += bursts * (1 - s.read_fraction);
  t.activates += requests * std::min(rows_each, bursts_each);
  t.in_flight += s.in_flight;
  if (s.rate_bytes_per_s > 0) {
    t.offered_s = std::max(t.offered_s, (requests - 1) * s.request_bytes / s.rate_bytes_per_s);
  } else {
    t.all_have_rates = false;
  }
  const double channels = g.channels / frozen(address_field::channel, s);
  const double pcs = g.pseudo_channels / frozen(address_field::pseudo_channel, s);
  const double sids = g.stack_ids / frozen(address_field::stack_id, s);
  const double units = channels * pcs * sids;
  t.ports += bursts * channels * pcs * std::min<double>(g.connected_layers, sids);
  t.units += bursts * units;
  t.banks += bursts * units * (g.bank_groups / frozen(address_field::bank_group, s)) *
             (g.banks_per_group / frozen(address_field::bank, s));
}

memory_result closed_form::estimate(const memory_workload& workload) const {
  const dram_clocks& c = clocks_;
  const dram_controller_spec& policy = spec_.controller;
  sums t;
  for (const access_stream& stream : workload.streams) add(stream, t);
  memory_result result;
  if (t.bursts <= 0) return result;
  const double ports = t.ports / t.bursts;
  const double units = t.units / t.bursts;
  const double banks = t.banks / t.bursts;
  const double writes = t.writes / t.bursts;
  const double reads = 1 - writes;

  memory_demand d;
  const double spacing = std::max(c.burst, groups_alternate_ ? c.tCCD_S : c.tCCD_L);
  d.port_data = t.bursts / ports * spacing;
  // Bursts between two changes back and forth: what the queues of one port let gather.
  const double buses = policy.command_bus == command_bus_scope::port
                           ? ports
                           : static_cast<double>(spec_.geometry.channels);
  const double entries = policy.queues == queue_organisation::split
                             ? policy.write_high_watermark - policy.write_low_watermark
                             : policy.queue_entries * std::min(reads, writes);
  const double gathered =
      std::min(entries * buses, t.in_flight * t.bursts / t.requests * std::min(reads, writes));
  const double batch = std::max(1.0, gathered / ports);
  const double pair = c.tRTW + c.WL + c.burst + c.tWTR_S - 2.0 * spacing;
  const double pairs = t.bursts / ports * std::min(reads, writes) / batch;
  d.port_turnaround = pairs * std::max(0.0, pair);
  d.port_refresh = (d.port_data + d.port_turnaround) * refresh_share_ / (1 - refresh_share_);
  d.activation = t.activates / units * std::max<double>(c.tRRD_S, c.tFAW / 4.0);
  if (policy.activation_cap > 0) {
    d.activation = std::max(d.activation, t.activates * c.tRAS / policy.activation_cap);
  }
  const double columns = t.bursts / t.activates;
  const double recovery = reads * c.tRTP + writes * (c.WL + c.burst + c.tWR);
  const double opening = reads * c.tRCDRD + writes * c.tRCDWR;
  const double cycle = std::max<double>(
      c.tRC, opening + (columns - 1) * std::max(c.tCCD_L, c.burst) + recovery + c.tRP);
  d.bank_cycle = t.activates / banks * cycle;
  d.bank_refresh = d.bank_cycle * bank_refresh_share_ / (1 - bank_refresh_share_);
  d.command_bus = std::max(t.activates * (c.activate + 1), t.bursts) / buses;
  const double clock_s = to_seconds(c.tCK);
  if (t.all_have_rates) d.offered = t.offered_s / clock_s;

  // Latency of one request: columns, the row that some of them open, the bursts behind each other.
  const double misses = t.activates / t.bursts;
  const double conflicts = policy.page == page_policy::closed ? 0 : 1;
  const double bursts_each = t.bursts / t.requests;
  const double opens = std::min(1.0, misses * bursts_each);
  const double hops =
      0.5 * (spec_.geometry.layers + spec_.geometry.layers / spec_.geometry.stack_ids);
  const double idle = 1 + reads * c.RL + writes * c.WL + c.burst + hops * c.hop +
                      opens * (opening + conflicts * c.tRP) +
                      std::max(0.0, bursts_each / ports - 1) * spacing;
  const double bank_time = std::min(1.0, misses) * cycle * bursts_each;
  d.in_flight = t.requests / t.in_flight * (idle + (t.in_flight - 1) * bank_time / banks);

  const double worst =
      std::max({d.port_data + d.port_turnaround + d.port_refresh, d.bank_cycle + d.bank_refresh,
                d.activation, d.command_bus, d.offered, d.in_flight});
  const double elapsed = worst + idle;
  const double load = std::min(0.99, (d.bank_cycle + d.bank_refresh) / elapsed);
  const double share = refresh_share_ + bank_refresh_share_;
  const double refresh_wait = 0.5 * share * (bank_refresh_share_ > 0 ? c.tRFCpb : c.tRFC);
  const double queueing = load / (2 * (1 - load)) * cycle * misses;
  const double closed_loop = t.in_flight / t.requests * elapsed;
  const bool saturated = worst > d.offered * 1.0001;
  const double latency = saturated ? std::max(idle, closed_loop) : idle + refresh_wait + queueing;
  result.elapsed = from_seconds(elapsed * clock_s);
  result.read_bytes = static_cast<std::uint64_t>(std::llround(t.read_bytes));
  result.write_bytes = static_cast<std::uint64_t>(std::llround(t.bytes - t.read_bytes));
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  result.latency = {latency * clock_s, unknown, unknown, unknown};
  result.counts.activates = result.counts.precharges = t.activates;
  result.counts.reads = t.bursts - t.writes;
  result.counts.writes = t.writes;
  result.counts.row_hits = t.bursts - t.activates;
  result.counts.turnarounds = 2 * pairs * ports;
  for (double* value : {&d.port_data, &d.port_turnaround, &d.port_refresh, &d.bank_cycle,
                        &d.bank_refresh, &d.activation, &d.command_bus, &d.offered, &d.in_flight}) {
    *value *= clock_s;
  }
  name_limits(d, result);
  return result;
}

}  // namespace lamina::analytical
