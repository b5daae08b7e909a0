// SPDX-License-Identifier: Apache-2.0
// Draws a DRAM stack and its traffic, each axis independently over its whole range.
#pragma once

#include <cstdint>
#include <string>

#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina::validation {

struct random_dram_case {
  std::string family;
  dram_stack_spec spec;
  memory_workload workload;
  double offered_share = 0;  ///< of the stack's peak; 0: saturating
  int redraws = 0;           ///< drawings before this one that could not exist
};

/// Case `index` of `seed`, the same whatever else is drawn. Families take turns, so each has a
/// quarter of any run. Uniform in the logarithm: counts, sizes, rates; uniform: timing factors, hit
/// and read fractions; an equal chance: policies, powers of two. Streams of a case share their
/// request size, read fraction, requests in flight, and equal parts of the size and the rate; each
/// has its own pattern, stride, hit fraction and place. Total traffic is cut to 200 000 bursts,
/// which keeps the footprint and lowers the bytes moved.
random_dram_case draw_dram_case(std::uint64_t seed, int index);

/// What all ports move together when they never pause, in bytes/s.
double peak_bandwidth(const dram_stack_spec& spec);

}  // namespace lamina::validation
