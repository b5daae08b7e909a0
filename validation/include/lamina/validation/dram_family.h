// SPDX-License-Identifier: Apache-2.0
// Base geometry and timings of the DRAM families from which random stacks are drawn.
#pragma once

#include <string>
#include <vector>

#include "lamina/models/dram_stack.h"

namespace lamina::validation {

struct dram_family {
  std::string name;
  int port_bits = 64;
  double pin_rate = 2e9;
  command_bus_scope command_bus = command_bus_scope::channel;
  int layers_a_stack_id = 1;  ///< HBM: dies whose channels together make one stack ID
  dram_timings timings;
};

/// HBM2, HBM3, HBM4 and hybrid-bonded, in this order.
std::vector<dram_family> dram_families();

/// Raises what no part could have: tRC below tRAS + tRP, a _L distance below its _S, column
/// commands nearer than the burst, a read-to-write gap that would let the data collide on the port.
void make_possible(dram_timings& timings, const dram_geometry& geometry);

}  // namespace lamina::validation
