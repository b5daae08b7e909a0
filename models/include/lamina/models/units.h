// SPDX-License-Identifier: Apache-2.0
// Time as integer femtoseconds, and the conversions that happen at the borders.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <ratio>

namespace lamina {

/// Absolute or relative time. 64 bits of femtoseconds last 2.5 hours.
using femtoseconds = std::chrono::duration<std::int64_t, std::femto>;

/// Nearest femtosecond to a time in seconds (undefined beyond +-9000 s).
inline femtoseconds from_seconds(double seconds) {
  return femtoseconds{std::llround(seconds * 1e15)};
}

inline femtoseconds from_nanoseconds(double nanoseconds) {
  return femtoseconds{std::llround(nanoseconds * 1e6)};
}

constexpr double to_seconds(femtoseconds time) { return static_cast<double>(time.count()) * 1e-15; }

constexpr double to_nanoseconds(femtoseconds time) {
  return static_cast<double>(time.count()) * 1e-6;
}

/// A minimum distance that a data sheet gives in clocks, in time, or as the sum of both.
struct clocked_time {
  std::int64_t clocks = 0;
  femtoseconds time{0};

  /// Whole clocks of period `clock` that cover this distance.
  constexpr std::int64_t in_clocks(femtoseconds clock) const {
    return clocks + (time.count() + clock.count() - 1) / clock.count();
  }
};

}  // namespace lamina
