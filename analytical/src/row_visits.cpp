// SPDX-License-Identifier: Apache-2.0
#include "row_visits.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

constexpr double most_visits = 4096;
constexpr std::size_t row_slots = 8192;  // of the hash table; a power of two

/// Well mixed bits of a number (the finaliser of SplitMix64, Steele and others 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

/// Bytes of neighbouring bursts that every address map keeps in one row: its lowest digits, as long
/// as they are columns.
std::uint64_t bytes_of_a_run(const dram_stack_spec& spec) {
  const dram_geometry& g = spec.geometry;
  const std::vector<address_digit> digits =
      spec.address_map.digits.empty() ? default_address_digits() : spec.address_map.digits;
  auto bytes = static_cast<std::uint64_t>(g.burst_bytes);
  for (const address_digit& digit : digits) {
    if (digit.field != address_field::column) break;
    bytes *= static_cast<std::uint64_t>(digit.radix == 0 ? g.bursts_per_row() : digit.radix);
  }
  return std::min(bytes, static_cast<std::uint64_t>(g.row_bytes));
}

std::uint64_t address_of(const piece_layout& layout, bool write, std::int64_t block,
                         std::uint64_t before) {
  return write ? layout.write_address(block, before) : layout.read_address(block, before);
}

}  // namespace

visit_counter::visit_counter(const dram_stack_spec& spec, const address_map& map)
    : geometry_(spec.geometry),
      map_(map),
      run_bytes_(bytes_of_a_run(spec)),
      at_port_(static_cast<std::size_t>(geometry_.channels * geometry_.ports())),
      at_bank_(static_cast<std::size_t>(geometry_.channels * geometry_.banks())),
      rows_(row_slots) {
  used_rows_.reserve(row_slots);
}

visit_counter::place visit_counter::decode(std::uint64_t address) const {
  const dram_address at = map_.decode(address);
  const dram_geometry& g = geometry_;
  const int unit = (at.channel * g.pseudo_channels + at.pseudo_channel) * g.stack_ids + at.stack_id;
  return {at.channel * g.ports() + g.port_of(at.pseudo_channel, at.stack_id),
          (unit * g.bank_groups + at.bank_group) * g.banks_per_group + at.bank, at.row};
}

void visit_counter::visit(const place& at) {
  ++at_port_[static_cast<std::size_t>(at.port)];
  ++at_bank_[static_cast<std::size_t>(at.bank)];
  std::size_t i =
      static_cast<std::size_t>((static_cast<std::uint64_t>(at.row) * 0x9E3779B97F4A7C15ULL) >> 40U);
  i = (i ^ static_cast<std::size_t>(at.bank) * 2654435761U) % row_slots;
  while (rows_[i].bank >= 0 && (rows_[i].bank != at.bank || rows_[i].row != at.row)) {
    i = (i + 1) % row_slots;
  }
  if (rows_[i].bank < 0) {
    rows_[i] = {at.row, at.bank, 0};
    used_rows_.push_back(i);
  }
  pairs_in_row_ += 2 * rows_[i].visits++;
}

/// Distinct ports of a request, from the first few.
double visit_counter::ports_of(const piece_layout& layout, const requests_under_way& asked) {
  constexpr std::int64_t sampled = 4;
  double ports = 0;
  for (std::int64_t i = 0; i < sampled; ++i) {
    std::fill(at_port_.begin(), at_port_.end(), 0);
    const std::uint64_t first =
        address_of(layout, asked.writes, (2 * i + 1) * layout.slots / (2 * sampled), 0);
    const auto end = first + static_cast<std::uint64_t>(std::max(1.0, asked.bytes));
    for (std::uint64_t at = first; at < end; at = (at / run_bytes_ + 1) * run_bytes_) {
      int& count = at_port_[static_cast<std::size_t>(decode(at).port)];
      if (count++ == 0) ++ports;
    }
  }
  return ports / sampled;
}

/// Variance over mean of counts, of which only one in `thinned_by` was counted.
double visit_counter::dispersion(const std::vector<int>& counts, double thinned_by) const {
  double sum = 0, squares = 0;
  for (const int count : counts) {
    sum += count;
    squares += static_cast<double>(count) * count;
  }
  const auto places = static_cast<double>(counts.size());
  const double mean = sum / places;
  if (mean <= 0) return 1;
  const double ratio = (squares / places - mean * mean) / mean;
  return std::max(0.0, 1 + (ratio - 1) * thinned_by);
}

row_visits visit_counter::count(const piece_layout& layout, const requests_under_way& asked) {
  row_visits out;
  const double each = std::max<double>(asked.bytes, geometry_.burst_bytes);
  out.ports = ports_of(layout, asked);
  std::fill(at_port_.begin(), at_port_.end(), 0);
  std::fill(at_bank_.begin(), at_bank_.end(), 0);
  for (const std::size_t i : used_rows_) rows_[i].bank = -1;
  used_rows_.clear();
  pairs_in_row_ = 0;
  const double visits_each = each / static_cast<double>(run_bytes_) + 1;
  const auto slots = static_cast<double>(layout.slots);
  // Of many, the first of each slot; of more than that, a share of their visits.
  const auto stages = std::clamp(static_cast<std::int64_t>(most_visits / (slots * visits_each)),
                                 std::int64_t{1}, asked.at_once);
  const double requests = slots * static_cast<double>(stages);
  const double thinned = std::max(1.0, requests * visits_each / most_visits);
  const auto counted_below = static_cast<std::uint64_t>(0x1p53 / thinned);
  const auto block =
      static_cast<double>(asked.writes ? layout.write_of_block : layout.read_of_block);
  const double room = std::max(0.0, block - each * static_cast<double>(asked.at_once));
  std::uint64_t seen = 0, counted = 0;
  for (std::int64_t s = 0; s < layout.slots; ++s) {
    const double turn = static_cast<double>(mixed(static_cast<std::uint64_t>(s)) >> 11U) * 0x1p-53;
    const std::uint64_t burst = layout.burst_bytes;
    const std::uint64_t begin = static_cast<std::uint64_t>(room * turn) / burst * burst;
    for (std::int64_t i = 0; i < stages; ++i) {
      const auto before = begin + static_cast<std::uint64_t>(each * static_cast<double>(i));
      const std::uint64_t first = address_of(layout, asked.writes, s, before) / burst * burst;
      const std::uint64_t end = first + static_cast<std::uint64_t>(each);
      for (std::uint64_t at = first; at < end; at = (at / run_bytes_ + 1) * run_bytes_) {
        if (thinned > 1 && mixed(~seen) >> 11U >= counted_below) {
          ++seen;
          continue;
        }
        ++seen;
        ++counted;
        visit(decode(at % layout.capacity));
      }
    }
  }
  out.bursts = std::ceil(each / geometry_.burst_bytes);
  out.visits = static_cast<double>(seen) / requests;
  out.port_dispersion = dispersion(at_port_, thinned);
  out.bank_dispersion = dispersion(at_bank_, thinned);
  // A bank's last visit was this one's own row's when it is one of the same row, or when nobody
  // else is there; and a row is opened once for all its bytes in any case.
  double in_bank = 0;  // ordered pairs of visits to one bank
  for (const int n : at_bank_) in_bank += static_cast<double>(n) * (n - 1);
  const double scale = thinned * static_cast<double>(asked.at_once) / static_cast<double>(stages);
  const double others = counted > 0 ? scale * in_bank / static_cast<double>(counted) : 0;
  const double alike = in_bank > 0 ? pairs_in_row_ / in_bank : 0;
  const double same = (1 + others * alike) / (1 + others);
  const double fresh = std::min(1.0, each / out.visits / geometry_.row_bytes);
  out.opens = 1 - (1 - fresh) * same;
  return out;
}

}  // namespace lamina::analytical
