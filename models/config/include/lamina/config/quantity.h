// SPDX-License-Identifier: Apache-2.0
// Numbers with units, as people write them in configurations, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/models/units.h"

namespace lamina::config {

/// What a number measures; decides the units that its text may have. Values are SI.
enum class dimension {
  number,          ///< no unit
  fraction,        ///< 0 to 1, or with %
  bytes,           ///< whole
  bit_rate,        ///< bit/s
  byte_rate,       ///< byte/s
  time,            ///< s
  energy,          ///< J
  energy_per_bit,  ///< J/bit
  power,           ///< W
  temperature,     ///< degrees Celsius
  frequency        ///< Hz
};

/// A value, or what is wrong with its text.
template <typename Value>
struct parsed {
  std::optional<Value> value;
  complaint wrong;
};

/// Decimal, no sign but '-', no leading zero, no unit.
parsed<std::int64_t> parse_whole(std::string_view text);
/// "64 KiB" as bytes, exactly.
parsed<std::uint64_t> parse_bytes(std::string_view text);
parsed<double> parse_quantity(std::string_view text, dimension what);
/// "625 ps" to the nearest femtosecond.
parsed<femtoseconds> parse_time(std::string_view text);
/// "14 clk", "8.75 ns", or "2 clk + 7.5 ns" in either order.
parsed<clocked_time> parse_clocked_time(std::string_view text);

/// The units of a dimension, largest first; one spelling each.
std::vector<std::string> units_of(dimension what);
/// "B", "J/bit"; empty for plain numbers.
std::string si_unit(dimension what);
/// "a size, such as 4 KiB": what a text of this dimension looks like.
std::string example_of(dimension what);
/// Regular expression (ECMA 262) of a text of this dimension, for JSON Schema.
std::string pattern_of(dimension what);
std::string clocked_time_pattern();

/// The shortest text with a unit that parses back to the same value.
std::string print_quantity(double value, dimension what);
std::string print_bytes(std::uint64_t value);
std::string print_time(femtoseconds value);
std::string print_clocked_time(const clocked_time& value);

}  // namespace lamina::config
