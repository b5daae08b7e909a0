// SPDX-License-Identifier: Apache-2.0
// Where integer femtoseconds meet sc_time: always absolute, rounded once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <systemc>

#include "lamina/models/units.h"

namespace lamina::sysc {

/// Femtoseconds of one unit of the host simulation's time resolution.
inline std::int64_t femtoseconds_per_resolution() {
  // The resolution is fixed once time has been used, which elaboration does.
  static const std::int64_t unit = std::max<std::int64_t>(
      1, std::llround(sc_core::sc_get_time_resolution().to_seconds() * 1e15));
  return unit;
}

/// An absolute time, rounded up to the resolution so that nothing happens too early.
inline sc_core::sc_time to_sc_time(femtoseconds time) {
  const std::int64_t unit = femtoseconds_per_resolution();
  const std::int64_t count = (time.count() + unit - 1) / unit;
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(count));
}

inline femtoseconds from_sc_time(const sc_core::sc_time& time) {
  return femtoseconds{static_cast<std::int64_t>(time.value()) * femtoseconds_per_resolution()};
}

/// Delay from now until an absolute time; zero when that has passed.
inline sc_core::sc_time delay_until(femtoseconds time) {
  const sc_core::sc_time target = to_sc_time(time);
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  return target > now ? target - now : sc_core::SC_ZERO_TIME;
}

/// The edges of a clock. Says which edge comes next with a multiplication, where a division would
/// take several times as long.
class clock_grid {
 public:
  explicit clock_grid(femtoseconds clock)
      : clock_(clock.count()), per_femtosecond_(1.0 / static_cast<double>(clock_)) {}
  /// Number of the first edge that is not before `time` >= 0. An edge that the resolution rounded
  /// up by less than one unit still counts as that edge.
  std::int64_t edge_from(femtoseconds time) const {
    const std::int64_t exact =
        std::max<std::int64_t>(time.count() - femtoseconds_per_resolution() + 1, 0);
    auto edge = static_cast<std::int64_t>(static_cast<double>(exact) * per_femtosecond_);
    std::int64_t rest = exact - edge * clock_;
    // The estimate may be off by what a double rounds away.
    for (; rest > 0; rest -= clock_) ++edge;
    for (; rest <= -clock_; rest += clock_) --edge;
    return edge;
  }

 private:
  std::int64_t clock_;
  double per_femtosecond_;
};

}  // namespace lamina::sysc
