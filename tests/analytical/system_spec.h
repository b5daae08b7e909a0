// SPDX-License-Identifier: Apache-2.0
// A small system of chips with memory of their own around one switch.
#pragma once

#include "lamina/models/system.h"

namespace lamina::tests {

inline system_spec small_system(int chips) {
  system_spec system;
  system.name = "small";
  chip_spec& chip = system.chip;
  chip.name = "small";
  chip.tiles = 32;
  chip.tile.matrix.rates = {{8, 4096}, {16, 2048}};
  chip.shared_buffer.bytes_per_s = 8e12;
  chip.memory.bytes = std::uint64_t{96} << 30;
  chip.memory.bytes_per_s = 2e12;
  chip.launch.graph = from_nanoseconds(1000);
  network_level level;
  level.name = "switch";
  level.shape = network_shape::switched;
  level.sizes = {chips};
  level.bandwidth_bytes_per_s = 200e9;
  level.latency = from_nanoseconds(300);
  system.network.levels = {level};
  return system;
}

}  // namespace lamina::tests
