// SPDX-License-Identifier: Apache-2.0
// Ports, banks and rows that all requests under way at one time meet: what addresses do to a stack.
#pragma once

#include <cstdint>
#include <vector>

#include "lamina/models/address_map.h"
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

/// Which requests are counted.
struct requests_under_way {
  bool writes = false;
  double bytes = 0;          ///< of a request, on the mean
  std::int64_t at_once = 1;  ///< of each slot, one behind the other
};

/// Counts with the map's own addresses, so that strides, hashes and shared rows show. No more than
/// some thousand visits are decoded; of more, every so-manieth, from which variances are scaled up
/// (thinning by k divides the excess of a dispersion over 1 by k). Slots stand at places of their
/// blocks that golden-ratio steps spread. Allocates nothing once it has counted.
class visit_counter {
 public:
  visit_counter(const dram_stack_spec& spec, const address_map& map);
  row_visits count(const piece_layout& layout, const requests_under_way& asked);

 private:
  struct place {
    int port, bank;
    std::int64_t row;
  };
  place decode(std::uint64_t address) const;
  void visit(const place& at);
  double ports_of(const piece_layout& layout, const requests_under_way& asked);
  double dispersion(const std::vector<int>& counts, double thinned_by) const;

  const dram_geometry geometry_;
  const address_map& map_;
  std::uint64_t run_bytes_;  ///< that stay in one row, at the least
  struct slot {
    std::int64_t row = 0;
    int bank = -1;
    int visits = 0;
  };
  std::vector<int> at_port_, at_bank_;
  std::vector<slot> rows_;  ///< by hash of bank and row
  std::vector<std::size_t> used_rows_;
  double pairs_in_row_ = 0;  ///< ordered pairs of visits to the same row
};

}  // namespace lamina::analytical
