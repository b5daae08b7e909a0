// SPDX-License-Identifier: Apache-2.0
#include "address_spread.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace lamina::analytical {
namespace {

std::size_t at(address_field field) { return static_cast<std::size_t>(field); }

double range_of(const access_stream& s) {
  const std::uint64_t range = s.range_bytes != 0 ? s.range_bytes : s.total_bytes;
  return static_cast<double>(std::max<std::uint64_t>(range, s.request_bytes));
}

}  // namespace

address_spread::address_spread(const dram_stack_spec& spec)
    : connected_layers_(spec.geometry.connected_layers),
      bus_of_port_(spec.controller.command_bus == command_bus_scope::port),
      row_visit_bytes_(spec.geometry.burst_bytes),
      bank_run_bytes_(static_cast<double>(spec.geometry.capacity_bytes())) {
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
  for (const address_digit& d : digits) {
    const double radix = d.radix == 0 ? sizes[at(d.field)] / covered[at(d.field)] : d.radix;
    if (radix > 1) digits_.push_back({d.field, covered[at(d.field)], weight, radix});
    covered[at(d.field)] *= radix;
    weight *= radix;
    row_seen = row_seen || d.field == address_field::row;
    if (d.field == address_field::column && !row_seen) row_visit_bytes_ *= radix;
  }
  for (const address_xor& bit : spec.address_map.xors) hash(bit);
  for (const digit& d : digits_) {
    if (d.field == address_field::row || d.field == address_field::column) continue;
    bank_run_bytes_ =
        std::min(bank_run_bytes_, d.hashed > 0 ? std::min(d.hashed, d.weight) : d.weight);
  }
}

/// Makes the target's bit a digit of its own and notes where its source changes.
void address_spread::hash(const address_xor& bit) {
  const double source = std::exp2(bit.source_bit);
  const double target = std::exp2(bit.target_bit);
  const auto has = [](const digit& d, address_field field, double scale) {
    return d.field == field && d.scale <= scale && scale < d.scale * d.radix;
  };
  double source_weight = 0;
  for (const digit& d : digits_) {
    if (has(d, bit.source, source)) source_weight = d.weight * source / d.scale;
  }
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    const digit d = digits_[i];
    if (!has(d, bit.target, target)) continue;
    const double below = target / d.scale;
    const double above = d.radix / below / 2;
    const double hashed = d.hashed > 0 ? std::min(d.hashed, source_weight) : source_weight;
    digits_[i] = {d.field, target, d.weight * below, 2, hashed};
    if (below > 1) digits_.push_back({d.field, d.scale, d.weight, below});
    if (above > 1) digits_.push_back({d.field, 2 * target, 2 * d.weight * below, above});
    return;
  }
}

/// Values that a digit takes among `requests`.
double address_spread::values(double weight, double radix, const walk& w, double requests) {
  if (w.pattern == access_pattern::random) return std::clamp(w.range / weight, 1.0, radix);
  const double step = w.pattern == access_pattern::strided ? w.stride : w.request;
  if (weight < w.request && step > w.request) {  // inside each request, and between them
    const double inside = std::min(radix, w.request / weight);
    const double left = radix * weight / w.request;
    return left > 1 ? std::min(radix, inside * values(w.request, left, w, requests)) : inside;
  }
  if (weight >= step || weight < w.request) {
    return std::clamp(std::min(requests * step, w.range) / weight, 1.0, radix);
  }
  const double moved = std::fmod(step, weight * radix) / weight;
  if (moved == 0) return 1;
  if (moved != std::floor(moved)) return std::min(requests, radix);
  return std::min(requests, radix / std::gcd(static_cast<int>(moved), static_cast<int>(radix)));
}

map_spread address_spread::spread(const walk& w, double requests) const {
  std::array<double, address_field_count> count;
  count.fill(1);
  for (const digit& d : digits_) {
    double taken = values(d.weight, d.radix, w, requests);
    if (d.hashed > 0) taken = std::max(taken, values(d.hashed, d.radix, w, requests));
    count[at(d.field)] *= taken;
  }
  const double channels = count[at(address_field::channel)];
  const double pseudo_channels = channels * count[at(address_field::pseudo_channel)];
  const double stack_ids = count[at(address_field::stack_id)];
  map_spread found;
  found.ports = pseudo_channels * std::min(connected_layers_, stack_ids);
  found.units = pseudo_channels * stack_ids;
  found.buses = bus_of_port_ ? found.ports : channels;
  found.groups = count[at(address_field::bank_group)];
  found.banks = found.units * found.groups * count[at(address_field::bank)];
  found.rows = found.banks * count[at(address_field::row)];
  return found;
}

map_spread address_spread::of(const access_stream& s, double requests) const {
  walk w{s.pattern, static_cast<double>(s.request_bytes), range_of(s),
         static_cast<double>(std::max<std::uint64_t>(s.stride_bytes, s.request_bytes))};
  if (s.pattern != access_pattern::random) return spread(w, requests);
  const map_spread all = spread(w, requests);
  const double longest = s.hit_fraction < 1 ? 1 / (1 - s.hit_fraction) : requests;
  const double length = std::min(requests, longest);
  w.pattern = access_pattern::sequential;
  const map_spread one = spread(w, length);
  const auto met = [&](double map_spread::*places) {
    const double missed = 1 - std::min(1.0, one.*places / (all.*places));
    return all.*places * (1 - std::pow(missed, requests / length));
  };
  map_spread found;
  for (double map_spread::*places : {&map_spread::buses, &map_spread::ports, &map_spread::units,
                                     &map_spread::groups, &map_spread::banks, &map_spread::rows}) {
    found.*places = met(places);
  }
  return found;
}

map_spread address_spread::of_range(const access_stream& s) const {
  return spread({access_pattern::random, static_cast<double>(s.request_bytes), range_of(s), 0}, 1);
}

}  // namespace lamina::analytical
