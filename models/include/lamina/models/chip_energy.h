// SPDX-License-Identifier: Apache-2.0
// The energy that kernels take on a logic die and in the memory on top of it.
#pragma once

namespace lamina {

struct chip_spec;
struct kernel_result;
struct kernel_schedule;

/// Of a logic die. All 0: the energy is not stated.
struct chip_energy_spec {
  double mac_j = 0;  ///< of a 16-bit multiply-accumulate, its operands' registers included;
                     ///< narrower ones take less, as many more as a clock does of them
  double vector_operation_j = 0;
  double special_operation_j = 0;
  double scratchpad_j_per_bit = 0;
  double shared_buffer_j_per_bit = 0;
  double static_w = 0;  ///< clocks and leakage, as long as a kernel lasts

  bool stated() const { return mac_j > 0; }
};

/// By place, in J.
struct kernel_energy {
  double tiles_j = 0;  ///< units, padding included, and scratchpads
  double shared_buffer_j = 0;
  double network_j = 0;  ///< bits over links, headers included
  double memory_j = 0;   ///< commands, ports, bonds, refresh and background
  double static_j = 0;   ///< of the logic die

  void add(const kernel_energy& more, double times);
  double total_j() const { return tiles_j + shared_buffer_j + network_j + memory_j + static_j; }
};

/// Fills the energy of tiles, shared buffer and the logic die's own in a result whose bytes and
/// elapsed time are filled in, when the chip states what they take. Both paths count by it.
void name_energy(const kernel_schedule& schedule, const chip_spec& chip, kernel_result& result);

}  // namespace lamina
