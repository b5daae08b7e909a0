// SPDX-License-Identifier: Apache-2.0
// Ports, banks and rows that all requests under way at one time meet, when the address map hashes.
#pragma once

#include <cstdint>

#include "lamina/models/dram_stack.h"
#include "lamina/models/stacked_chip.h"

namespace lamina::analytical {

/// A visit is a run of bursts of one request in one row.
struct row_visits {
  double bursts = 0;           ///< of a request
  double visits = 0;           ///< of a request
  double ports = 1;            ///< that a request meets
  double opens = 1;            ///< share of the visits that find another row open
  double port_dispersion = 1;  ///< variance over mean of visits at a port; 1: as at random
  double bank_dispersion = 1;  ///< likewise at a bank
};

/// Which requests.
struct requests_under_way {
  bool writes = false;
  double bytes = 0;          ///< of a request, on the mean
  std::int64_t at_once = 1;  ///< of each slot, one behind the other
};

/// What the digits of an address map say of neighbouring bytes.
struct map_reach {
  explicit map_reach(const dram_stack_spec& spec);
  double run_bytes = 0;  ///< neighbours that stay in one row
  double row_span = 0;   ///< bytes among which all bytes of a row are, aligned
};

/// Each slot's requests are one window of consecutive addresses, and windows fall where a hash puts
/// them. A window of m visits for each place (port or bank) meets every place floor(m) times and a
/// share f = m - floor(m) of them once more, so that counts have the variance f (1 - f) for each
/// window. A bank's last visit was to the same row when nobody else is under way there, or somebody
/// in that row: blocks are contiguous, so two visits to one bank share a row as often as two places
/// among all blocks share a row's span. Each row is opened once for all its bytes in any case.
row_visits visits_of(const piece_layout& layout, const requests_under_way& asked,
                     const dram_geometry& geometry, const map_reach& reach);

}  // namespace lamina::analytical
