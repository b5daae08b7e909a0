// SPDX-License-Identifier: Apache-2.0
// The area of a logic die that tiles, buffers, network and the interface of the stack share.
#pragma once

#include <string>

namespace lamina {

struct stacked_chip_spec;

/// Coefficients in mm2. All 0: the area is not stated.
struct die_area_spec {
  double mac = 0;               ///< of a 16-bit multiply-accumulate a clock
  double vector_operation = 0;  ///< of a 32-bit operation a clock
  double sram_mib = 0;          ///< of a MiB, scratchpads and shared buffer
  double link_byte = 0;  ///< of a byte a clock of a network link, its routers' share included
  double signal = 0;     ///< of a data wire of a port, with its share of power, ground and commands
  double controller = 0;  ///< of a controller with its queues
  double rest = 0;        ///< what has to be there in any case
  double limit = 1e5;     ///< no limit, by default
  bool fill = false;  ///< as many tiles as the limit leaves room for, instead of a stated number

  bool stated() const { return mac > 0 || sram_mib > 0 || signal > 0; }
};

/// By cause, in mm2.
struct die_area {
  double tiles = 0;
  double shared_buffer = 0;
  double network = 0;
  double stack_interface = 0;
  double rest = 0;
  double total() const { return tiles + shared_buffer + network + stack_interface + rest; }
  /// "tiles 310, shared buffer 16, ..."
  std::string text() const;
};

die_area area_of(const stacked_chip_spec& spec);
/// Of one tile.
double tile_area_of(const stacked_chip_spec& spec);
/// As many tiles as the limit leaves room for; 0 when it leaves none.
int tiles_that_fit(const stacked_chip_spec& spec);

}  // namespace lamina
