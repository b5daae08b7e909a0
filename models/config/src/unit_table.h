// SPDX-License-Identifier: Apache-2.0
// The units of each dimension and how they scale.
#pragma once

#include <string_view>
#include <vector>

#include "lamina/config/quantity.h"

namespace lamina::config {

/// Scales by a multiplier, or by a divisor where that is the exact one (powers of ten below one).
struct unit {
  std::string_view name;
  double multiplier = 1;
  double divisor = 1;
  bool spelling = false;  ///< another spelling of the unit before it

  double to_si(double value) const { return value * multiplier / divisor; }
  double from_si(double value) const { return value * divisor / multiplier; }
};

struct dimension_facts {
  std::vector<unit> units;  ///< largest first
  std::string_view example;
};

const dimension_facts& facts_of(dimension what);

}  // namespace lamina::config
