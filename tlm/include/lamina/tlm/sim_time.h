// SPDX-License-Identifier: Apache-2.0
// Where integer femtoseconds meet sc_time: always absolute, rounded once.
#pragma once

#include <systemc>

#include "lamina/models/units.h"

namespace lamina::sysc {

/// Femtoseconds of one unit of the host simulation's time resolution.
std::int64_t femtoseconds_per_resolution();

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

}  // namespace lamina::sysc
