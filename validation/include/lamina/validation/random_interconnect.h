// SPDX-License-Identifier: Apache-2.0
// Draws interconnects and their work at random, over the whole range of each axis.
#pragma once

#include <cstdint>
#include <string>

#include "lamina/models/interconnect.h"

namespace lamina::validation {

struct random_network_case {
  interconnect_spec spec;
  network_workload workload;
  std::string group;  ///< what it is, such as "torus/all_reduce" or "3 levels/transfers"
  int redraws = 0;    ///< drawings that could not exist, or would simulate for too long
};

/// Case `index` of `seed`; the same on every machine. Passes check().
random_network_case draw_network_case(std::uint64_t seed, int index);

}  // namespace lamina::validation
