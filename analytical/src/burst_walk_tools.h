// SPDX-License-Identifier: Apache-2.0
// What all files of the walk use.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace lamina::analytical {

inline std::size_t at(int index) { return static_cast<std::size_t>(index); }

template <typename Time>
void raise(Time& time, Time to) {
  time = std::max(time, to);
}

/// The first clock that is not before a time in parts of clocks.
inline std::int64_t whole_clock(double time) { return static_cast<std::int64_t>(std::ceil(time)); }

}  // namespace lamina::analytical
