// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/sim_time.h"

#include <algorithm>
#include <cmath>

namespace lamina::sysc {

std::int64_t femtoseconds_per_resolution() {
  // The resolution is fixed once time has been used, which elaboration does.
  static const std::int64_t unit = std::max<std::int64_t>(
      1, std::llround(sc_core::sc_get_time_resolution().to_seconds() * 1e15));
  return unit;
}

}  // namespace lamina::sysc
