// SPDX-License-Identifier: Apache-2.0
// What a stack gives to the slots of a kernel's part, in closed form.
#pragma once

#include "lamina/models/dram_timing_rules.h"
#include "row_visits.h"

namespace lamina::analytical {

struct slot_rate {
  double bytes_per_s = 0;  ///< reads and writes together
  double latency_s = 0;    ///< of a lone load
  double j_per_byte = 0;   ///< of commands, ports and bonds
};

/// The rate X at which a closed loop turns:
///
///     loads under way = X (idle latency + waits(X) + time elsewhere),
///
/// never more than what the tightest resource gives, nor than what the visits that a controller's
/// queue holds keep going. A wait is that of a queue with fixed service s, load r and arrivals of
/// dispersion d (Kingman 1961: d/2 r/(1-r) s): at the port (columns and turnarounds), the bank (row
/// cycles, and columns of visits that hit) and the activation slots of a unit. Dispersions and hits
/// are those of contiguous blocks under a hash (visits_of()). A refresh, and a drain of the write
/// queue, add the longest rest of it that one of a load's visits meets.
///
/// Left out: that a load waits for the slowest of its ports; order within queues; maps and strides
/// by which blocks meet at few banks for long. It suits maps that hash banks and channels, there
/// within some per cent of what is followed at a ten-thousandth of its cost; others it may
/// miss by half. Allocates nothing.
class slot_rates {
 public:
  explicit slot_rates(const stacked_chip_spec& spec);
  /// `elsewhere_s` is what a load spends outside the stack in each of its rounds.
  slot_rate answer(const tile_schedule& part, double elsewhere_s) const;

 private:
  struct demand;
  demand demand_of(const tile_schedule& part, const piece_layout& layout) const;
  double most_bytes_per_clock(const demand& d) const;
  double waits(const demand& d, double rate) const;
  double stops(const demand& d, double rate) const;

  const stacked_chip_spec& spec_;
  const dram_clocks clocks_;
  const map_reach reach_;
  double units_, banks_, ports_, buses_;
  double spacing_;       ///< clocks of a burst on its port
  double refresh_;       ///< clocks for which a refresh stops a bank or a unit
  double unit_stopped_;  ///< share of the time for which refresh stops a unit
  double bank_stopped_;  ///< likewise a bank alone
};

}  // namespace lamina::analytical
