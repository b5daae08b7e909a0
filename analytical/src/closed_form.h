// SPDX-License-Identifier: Apache-2.0
// The stack in closed form: the demand of streams on each resource, from rates and shares alone.
#pragma once

#include <array>

#include "lamina/models/address_map.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_demand.h"

namespace lamina::analytical {

/// What a digit of the address map does, by the bytes below it.
struct map_digit {
  address_field field = address_field::row;
  double weight = 1;  ///< bytes that one step of it spans
  double radix = 1;
};

/// Each term is a time in command clocks; the largest one is the elapsed time. Terms:
/// - port: bursts on a port times tCCD_S, or tCCD_L where the map keeps neighbours in one group;
/// - turnaround: changes of direction, a pair for each batch the queues can form;
/// - activation: ACT of one stack ID times max(tRRD_S, tFAW/4); of the stack times tRAS over the
/// cap;
/// - bank: ACT of one bank times its row cycle (tRC, or the time its columns keep it open);
/// - refresh: the share of time in which a port or bank is taken away, tRFC/tREFI, tRFCpb/round;
/// - requests in flight: balanced job bound of a closed network (Zahorjan et al. 1982): N requests
///   over latency plus the queueing that N-1 others cause at the banks they meet.
/// What it leaves out: order effects inside queues, refresh that stalls other banks through full
/// queues, streams of unequal speed, address maps that fold rows into neighbours.
class closed_form {
 public:
  closed_form(const dram_stack_spec& spec, const dram_clocks& clocks);
  memory_result estimate(const memory_workload& workload) const;

 private:
  struct sums;
  void add(const access_stream& stream, sums& total) const;
  double rows_of_block(double bytes) const;
  double frozen(address_field field, const access_stream& stream) const;

  const dram_stack_spec& spec_;
  const dram_clocks clocks_;
  std::array<map_digit, 64> digits_{};
  int digit_count_ = 0;
  std::array<bool, address_field_count> hashed_{};
  double row_visit_bytes_ = 0;  ///< of one row, before a sequential stream leaves it for another
  bool groups_alternate_ = false;
  double refresh_share_ = 0;       ///< of a port's time
  double bank_refresh_share_ = 0;  ///< of a bank's time
};

}  // namespace lamina::analytical
