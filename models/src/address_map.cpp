// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/address_map.h"

#include <stdexcept>

#include "lamina/models/dram_stack.h"

namespace lamina {
namespace {

constexpr std::array<const char*, address_field_count> field_names = {
    "column", "channel", "pseudo_channel", "stack_id", "bank_group", "bank", "row"};

std::array<std::int64_t, address_field_count> field_sizes(const dram_geometry& geometry) {
  return {geometry.row_bytes / geometry.burst_bytes,
          geometry.channels,
          geometry.pseudo_channels,
          geometry.stack_ids,
          geometry.bank_groups,
          geometry.banks_per_group,
          geometry.rows};
}

int log2_or_minus_one(std::uint64_t value) {
  if (value == 0 || (value & (value - 1)) != 0) return -1;
  int shift = 0;
  while ((value >> shift) != 1) ++shift;
  return shift;
}

std::size_t index(address_field field) { return static_cast<std::size_t>(field); }

const std::vector<address_digit>& digits_of(const address_map_spec& spec,
                                            const std::vector<address_digit>& fallback) {
  return spec.digits.empty() ? fallback : spec.digits;
}

void check_digits(const std::vector<address_digit>& digits,
                  const std::array<std::int64_t, address_field_count>& sizes,
                  std::vector<std::string>& problems) {
  std::array<std::int64_t, address_field_count> covered;
  covered.fill(1);
  std::array<bool, address_field_count> open_ended{};
  for (const address_digit& digit : digits) {
    const std::size_t field = index(digit.field);
    if (open_ended[field]) {
      problems.push_back(std::string("field ") + field_names[field] +
                         " has a digit above the one that takes all that is left of it");
    } else if (digit.radix < 0) {
      problems.push_back(std::string("field ") + field_names[field] + " has a negative radix");
    } else if (digit.radix == 0) {
      open_ended[field] = true;
      if (sizes[field] % covered[field] != 0) {
        problems.push_back(std::string("the digits of ") + field_names[field] +
                           " do not divide its size " + std::to_string(sizes[field]));
      }
      covered[field] = sizes[field];
    } else if (covered[field] > sizes[field] / digit.radix) {
      problems.push_back(std::string("the digits of ") + field_names[field] + " exceed its size " +
                         std::to_string(sizes[field]));
      open_ended[field] = true;
      covered[field] = sizes[field];
    } else {
      covered[field] *= digit.radix;
    }
  }
  for (std::size_t field = 0; field < address_field_count; ++field) {
    if (covered[field] != sizes[field]) {
      problems.push_back(std::string("the digits of ") + field_names[field] + " cover " +
                         std::to_string(covered[field]) + " of " + std::to_string(sizes[field]));
    }
  }
}

void check_xors(const std::vector<address_xor>& xors,
                const std::array<std::int64_t, address_field_count>& sizes,
                std::vector<std::string>& problems) {
  for (const address_xor& x : xors) {
    const auto size_of = [&](address_field field) {
      return static_cast<std::uint64_t>(sizes[index(field)]);
    };
    const int target_bits = log2_or_minus_one(size_of(x.target));
    if (target_bits < 0) {
      problems.push_back(std::string("xor into ") + field_names[index(x.target)] +
                         ", whose size is not a power of two");
    } else if (x.target_bit < 0 || x.target_bit >= target_bits) {
      problems.push_back(std::string("xor into bit ") + std::to_string(x.target_bit) + " of " +
                         field_names[index(x.target)] + ", which has " +
                         std::to_string(target_bits));
    }
    if (x.source_bit < 0 || x.source_bit > 62 || (size_of(x.source) - 1) >> x.source_bit == 0) {
      problems.push_back(std::string("xor from bit ") + std::to_string(x.source_bit) + " of " +
                         field_names[index(x.source)] + ", which has no such bit");
    }
    for (const address_xor& other : xors) {
      if (other.target == x.source) {
        problems.push_back(std::string(field_names[index(x.source)]) +
                           " is a source and a target of xor, which no inverse undoes");
        break;
      }
    }
  }
}

using field_values = std::array<std::uint64_t, address_field_count>;

void apply(const std::vector<address_xor>& xors, field_values& values) {
  for (const address_xor& x : xors) {
    const std::uint64_t bit = (values[index(x.source)] >> x.source_bit) & 1U;
    values[index(x.target)] ^= bit << x.target_bit;
  }
}

field_values values_of(const dram_address& place) {
  return {static_cast<std::uint64_t>(place.column),
          static_cast<std::uint64_t>(place.channel),
          static_cast<std::uint64_t>(place.pseudo_channel),
          static_cast<std::uint64_t>(place.stack_id),
          static_cast<std::uint64_t>(place.bank_group),
          static_cast<std::uint64_t>(place.bank),
          static_cast<std::uint64_t>(place.row)};
}

}  // namespace

std::vector<address_digit> default_address_digits() {
  using field = address_field;
  return {{field::channel, 0}, {field::pseudo_channel, 0}, {field::bank_group, 0},
          {field::column, 0},  {field::bank, 0},           {field::stack_id, 0},
          {field::row, 0}};
}

std::vector<std::string> address_map::check(const address_map_spec& spec,
                                            const dram_geometry& geometry) {
  std::vector<std::string> problems;
  const std::vector<address_digit> fallback = default_address_digits();
  const auto sizes = field_sizes(geometry);
  check_digits(digits_of(spec, fallback), sizes, problems);
  check_xors(spec.xors, sizes, problems);
  return problems;
}

address_map::address_map(const address_map_spec& spec, const dram_geometry& geometry)
    : xors_(spec.xors),
      burst_bytes_(static_cast<std::uint64_t>(geometry.burst_bytes)),
      burst_shift_(log2_or_minus_one(burst_bytes_)) {
  const std::vector<std::string> problems = check(spec, geometry);
  if (!problems.empty()) throw std::invalid_argument("address map: " + problems.front());
  const std::vector<address_digit> fallback = default_address_digits();
  const auto sizes = field_sizes(geometry);
  field_values weight;
  weight.fill(1);
  for (const address_digit& d : digits_of(spec, fallback)) {
    const std::size_t field = index(d.field);
    const std::uint64_t left = static_cast<std::uint64_t>(sizes[field]) / weight[field];
    const std::uint64_t radix = d.radix == 0 ? left : static_cast<std::uint64_t>(d.radix);
    bursts_ *= radix;
    if (radix > 1) {
      digits_.push_back({static_cast<int>(field), radix, weight[field], log2_or_minus_one(radix),
                         log2_or_minus_one(weight[field])});
    }
    weight[field] *= radix;
  }
  tabulate();
}

void address_map::tabulate() {
  const int bits = log2_or_minus_one(bursts_);
  if (bits < 0) return;  // some radix is not a power of two
  int shift = 0;
  for (std::size_t field = 0; field < address_field_count; ++field) {
    std::uint64_t size = 1;
    for (const digit& d : digits_) {
      if (d.field == static_cast<int>(field)) size *= d.radix;
    }
    field_shift_[field] = shift;
    field_mask_[field] = size - 1;
    shift += log2_or_minus_one(size);
  }
  std::vector<std::array<std::uint64_t, 256>> tables(static_cast<std::size_t>((bits + 7) / 8));
  for (std::size_t byte = 0; byte < tables.size(); ++byte) {
    for (std::uint64_t value = 0; value < 256; ++value) {
      const dram_address place = decode_digits((value << (8 * byte)) & (bursts_ - 1));
      const field_values fields = values_of(place);
      std::uint64_t word = 0;
      for (std::size_t field = 0; field < address_field_count; ++field) {
        word |= fields[field] << field_shift_[field];
      }
      tables[byte][value] = word;
    }
  }
  of_byte_ = std::move(tables);
}

dram_address address_map::decode(std::uint64_t address) const {
  const std::uint64_t burst = burst_of(address);
  if (of_byte_.empty()) return decode_digits(burst >= bursts_ ? burst % bursts_ : burst);
  const std::uint64_t word = look_up(burst);
  const auto as_int = [&](address_field f) { return static_cast<int>(field_of(word, f)); };
  return {static_cast<std::int64_t>(field_of(word, address_field::row)),
          as_int(address_field::column),
          as_int(address_field::channel),
          as_int(address_field::pseudo_channel),
          as_int(address_field::stack_id),
          as_int(address_field::bank_group),
          as_int(address_field::bank)};
}

dram_address address_map::decode_digits(std::uint64_t rest) const {
  field_values values{};
  for (const digit& d : digits_) {
    std::uint64_t value;
    if (d.shift >= 0) {
      value = rest & (d.radix - 1);
      rest >>= d.shift;
    } else {
      value = rest % d.radix;
      rest /= d.radix;
    }
    values[static_cast<std::size_t>(d.field)] +=
        d.weight_shift >= 0 ? value << d.weight_shift : value * d.weight;
  }
  apply(xors_, values);
  const auto as_int = [&](address_field field) { return static_cast<int>(values[index(field)]); };
  return {static_cast<std::int64_t>(values[index(address_field::row)]),
          as_int(address_field::column),
          as_int(address_field::channel),
          as_int(address_field::pseudo_channel),
          as_int(address_field::stack_id),
          as_int(address_field::bank_group),
          as_int(address_field::bank)};
}

std::uint64_t address_map::encode(const dram_address& place) const {
  field_values values = values_of(place);
  apply(xors_, values);
  std::uint64_t burst = 0;
  std::uint64_t weight = 1;
  for (const digit& d : digits_) {
    burst += values[static_cast<std::size_t>(d.field)] / d.weight % d.radix * weight;
    weight *= d.radix;
  }
  return burst * burst_bytes_;
}

}  // namespace lamina
