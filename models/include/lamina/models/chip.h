// SPDX-License-Identifier: Apache-2.0
// A chip: equal compute tiles around a shared buffer, its memory, and what its software costs.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "lamina/models/chip_energy.h"
#include "lamina/models/compute_tile.h"
#include "lamina/models/die_area.h"
#include "lamina/models/units.h"

namespace lamina {

/// SRAM that all tiles share, used as a cache.
struct shared_buffer_spec {
  std::uint64_t bytes = 40 << 20;
  double bytes_per_s = 5e12;
  femtoseconds latency = from_nanoseconds(200);  ///< of a hit
  double usable_share = 0.5;  ///< of the bytes that reuse may count on beside streams
};

/// Memory behind the shared buffer as a bandwidth; of stacked chips it is answered by a dram_stack.
struct chip_memory_spec {
  std::uint64_t bytes = 0;
  double bytes_per_s = 0;  ///< of the data wires
  double share = 1;        ///< that long streams reach: refresh, turnaround, row misses
  femtoseconds latency = from_nanoseconds(500);

  double sustained_bytes_per_s() const { return bytes_per_s * share; }
};

/// The network between tiles and shared buffer as one way; of stacked chips it is answered by an
/// interconnect.
struct chip_network_spec {
  double bytes_per_s = std::numeric_limits<double>::infinity();  ///< to and from all tiles
  femtoseconds latency{0};                                       ///< of a load, there and back
};

/// How kernels reach the chip.
enum class launch_mode : std::uint8_t {
  eager,  ///< one call of the host's framework for each, waited for
  graph   ///< recorded once, started by the device one after the other
};

/// Time that passes beside a kernel's own work, by what is launched.
struct launch_spec {
  launch_mode mode = launch_mode::graph;
  femtoseconds gemm{0};         ///< eager
  femtoseconds softmax{0};      ///< eager
  femtoseconds layer_norm{0};   ///< eager
  femtoseconds attention{0};    ///< eager
  femtoseconds elementwise{0};  ///< eager
  femtoseconds start{0};  ///< on the chip, before the first load of each kernel: code, constants
  femtoseconds graph{0};  ///< each kernel of a graph, and each further one of an eager call
};

/// What the chip's software joins into one kernel.
struct fusion_spec {
  bool attention = true;    ///< scores stay on chip: one kernel for both products and the softmax
  bool elementwise = true;  ///< element-wise work rides in the epilogue of the GEMM before it
};

struct chip_spec {
  std::string name;
  int tiles = 1;
  double clock_hz = 1e9;  ///< sustained under matrix load
  compute_tile_spec tile;
  shared_buffer_spec shared_buffer;
  chip_network_spec network;
  chip_memory_spec memory;
  launch_spec launch;
  fusion_spec fusion;
  die_area_spec area;       ///< of a logic die under a stack
  chip_energy_spec energy;  ///< of the same

  femtoseconds from_clocks(double clocks) const { return from_seconds(clocks / clock_hz); }
  /// Dense FLOP/s of all tiles for operands of `bits`.
  double peak_flops(double bits) const;
};

/// All that is wrong with a chip; empty when nothing is.
std::vector<spec_problem> check(const chip_spec& chip);

}  // namespace lamina
