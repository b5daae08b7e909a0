// SPDX-License-Identifier: Apache-2.0
#include "row_visits.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

/// Variance over mean of the visits at a place, when a window has `m` for each.
double dispersion(double m) {
  const double f = m - std::floor(m);
  return m > 0 ? f * (1 - f) / m : 1;
}

}  // namespace

map_reach::map_reach(const dram_stack_spec& spec) {
  const dram_geometry& g = spec.geometry;
  const std::vector<address_digit> digits =
      spec.address_map.digits.empty() ? default_address_digits() : spec.address_map.digits;
  const int sizes[address_field_count] = {
      g.bursts_per_row(),
      g.channels,
      g.pseudo_channels,
      g.stack_ids,
      g.bank_groups,
      g.banks_per_group,
      static_cast<int>(std::min<std::int64_t>(g.rows, 1 << 30))};
  int left[address_field_count];
  std::copy(std::begin(sizes), std::end(sizes), std::begin(left));
  double weight = g.burst_bytes;
  run_bytes = row_span = weight;
  bool in_run = true;
  for (const address_digit& digit : digits) {
    const auto field = static_cast<std::size_t>(digit.field);
    const int radix = digit.radix == 0 ? left[field] : digit.radix;
    left[field] = std::max(1, left[field] / std::max(1, radix));
    weight *= radix;
    in_run = in_run && digit.field == address_field::column;
    if (in_run) run_bytes = weight;
    if (digit.field == address_field::column) row_span = weight;
  }
}

row_visits visits_of(const piece_layout& layout, const requests_under_way& asked,
                     const dram_geometry& g, const map_reach& reach) {
  row_visits out;
  const double burst = g.burst_bytes;
  const double each = std::max(asked.bytes, burst);
  const auto block =
      static_cast<double>(asked.writes ? layout.write_of_block : layout.read_of_block);
  out.bursts = std::ceil(each / burst);
  // What does not begin with a run touches one more, but for where it happens to.
  const bool aligned =
      std::fmod(each, reach.run_bytes) == 0 && std::fmod(block, reach.run_bytes) == 0;
  out.visits = each / reach.run_bytes + (aligned ? 0 : 1 - burst / reach.run_bytes);
  out.visits = std::clamp(out.visits, 1.0, out.bursts);
  const double ports = 1.0 * g.channels * g.ports();
  const double banks = 1.0 * g.channels * g.banks();
  out.ports = std::min(out.visits, ports);
  const double window = out.visits * static_cast<double>(asked.at_once);
  out.port_dispersion = dispersion(window / ports);
  out.bank_dispersion = dispersion(window / banks);
  const auto slots = static_cast<double>(layout.slots);
  const double others = (slots * window - 1) / banks;
  const double alike = std::min(1.0, reach.row_span / std::max(1.0, slots * block));
  const double same = (1 + others * alike) / (1 + others);
  const double fresh = std::min(1.0, each / out.visits / g.row_bytes);
  out.opens = 1 - (1 - fresh) * same;
  return out;
}

}  // namespace lamina::analytical
