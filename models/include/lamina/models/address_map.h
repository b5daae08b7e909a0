// SPDX-License-Identifier: Apache-2.0
// From a byte address to the place in the stack that holds it, and back.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lamina {

struct dram_geometry;

enum class address_field { column, channel, pseudo_channel, stack_id, bank_group, bank, row };
inline constexpr int address_field_count = 7;

/// One digit of the mixed-radix address above the burst offset. `radix` 0 takes what the geometry
/// leaves of that field; several digits of one field go from its least significant part up.
struct address_digit {
  address_field field = address_field::row;
  int radix = 0;
};

/// Bit `target_bit` of `target` becomes itself XOR bit `source_bit` of `source`. A field that is a
/// source is never a target, which keeps the map invertible.
struct address_xor {
  address_field target = address_field::bank;
  int target_bit = 0;
  address_field source = address_field::row;
  int source_bit = 0;
};

struct address_map_spec {
  std::vector<address_digit> digits;  ///< least significant first; empty: default_address_digits()
  std::vector<address_xor> xors;
};

/// Row, then column above channels and banks: consecutive bursts visit all channels and groups.
std::vector<address_digit> default_address_digits();

/// Where one burst lives.
struct dram_address {
  std::int64_t row = 0;
  int column = 0;  ///< in bursts
  int channel = 0;
  int pseudo_channel = 0;
  int stack_id = 0;
  int bank_group = 0;
  int bank = 0;  ///< in its group
};

/// A checked address map. Cheap to copy; decode and encode allocate nothing.
class address_map {
 public:
  address_map() = default;
  /// Throws std::invalid_argument with the text of check() when the map does not fit.
  address_map(const address_map_spec& spec, const dram_geometry& geometry);

  /// What is wrong with the map for this geometry, in sentences; empty when nothing is.
  static std::vector<std::string> check(const address_map_spec& spec,
                                        const dram_geometry& geometry);

  /// `address` in bytes; beyond the capacity it wraps around.
  dram_address decode(std::uint64_t address) const;
  /// decode(address).channel, found sooner.
  int channel_of(std::uint64_t address) const {
    if (of_byte_.empty()) return decode(address).channel;
    return static_cast<int>(field_of(look_up(burst_of(address)), address_field::channel));
  }
  std::uint64_t encode(const dram_address& place) const;
  std::uint64_t capacity_bytes() const { return bursts_ * burst_bytes_; }

 private:
  struct digit {
    int field;
    std::uint64_t radix;
    std::uint64_t weight;  ///< of this digit in its field
    int shift;             ///< log2(radix), or -1
    int weight_shift;      ///< log2(weight), or -1
  };
  std::uint64_t burst_of(std::uint64_t address) const {
    return burst_shift_ >= 0 ? address >> burst_shift_ : address / burst_bytes_;
  }
  std::uint64_t look_up(std::uint64_t burst) const {
    std::uint64_t word = 0;
    for (const std::array<std::uint64_t, 256>& table : of_byte_) {
      word ^= table[burst & 255U];
      burst >>= 8;
    }
    return word;
  }
  std::uint64_t field_of(std::uint64_t word, address_field field) const {
    const auto index = static_cast<std::size_t>(field);
    return (word >> field_shift_[index]) & field_mask_[index];
  }
  dram_address decode_digits(std::uint64_t burst) const;
  void tabulate();

  std::vector<digit> digits_;
  std::vector<address_xor> xors_;
  /// Where all radices are powers of two, a place is the XOR of what each byte of a burst's number
  /// adds to it: its fields side by side in a word, from the bit in `field_shift_` up.
  std::vector<std::array<std::uint64_t, 256>> of_byte_;
  std::array<int, address_field_count> field_shift_{};
  std::array<std::uint64_t, address_field_count> field_mask_{};
  std::uint64_t burst_bytes_ = 1;
  int burst_shift_ = 0;  ///< log2(burst_bytes_), or -1
  std::uint64_t bursts_ = 1;
};

}  // namespace lamina
