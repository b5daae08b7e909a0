// SPDX-License-Identifier: Apache-2.0
// Turns the rows of network references into interconnects, their work and the expected times.
#pragma once

#include <string>
#include <vector>

#include "lamina/models/interconnect.h"

namespace lamina::validation {

/// One collective that somebody else has timed.
struct network_reference_row {
  std::string name;
  std::string group;
  double x = 0;  ///< bytes
  double time_ns = 0;
  interconnect_spec spec;
  network_workload workload;
};

/// Collectives on tori, switches and switches of switches, each row from its own columns and one
/// protocol for all: packets of 1000 B with 48 B of header, stored and forwarded, acknowledged
/// steps, time in whole nanoseconds. `dims` is one size for each dimension or level, innermost
/// first. An all-to-all that is `direct` on two levels is done in two phases, as the source does;
/// on a torus its payload is the message to each other rank of the first dimension. Throws
/// reference_error.
std::vector<network_reference_row> read_network_collectives(const std::string& path);

/// Ring collectives over one-way links; packets fill the MTU and carry 2 B of framing. `bytes` is
/// the whole buffer or the gathered result. Throws reference_error.
std::vector<network_reference_row> read_network_ring(const std::string& path);

/// Measured all-reduces of 8 GPUs behind NVLink switches, one row for each size: the median over
/// the sizes within a factor of two around it, half of it to each side, less at the ends of the
/// data so that the size stays in the middle. Throws reference_error.
std::vector<network_reference_row> read_all_reduce_hardware(const std::string& path);

/// Eight H100 behind NVLink 4 switches, as collectives see them: one latency, one overhead and one
/// bandwidth from published figures.
interconnect_spec h100_nvlink();

}  // namespace lamina::validation
