// SPDX-License-Identifier: Apache-2.0
// The stack in closed form: the demand of streams on each resource, from rates and shares alone.
#pragma once

#include "address_spread.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_demand.h"

namespace lamina::analytical {

/// Each term is a time in command clocks; the largest one is the elapsed time. Terms, of what the
/// streams have under way at one time and where the address map spreads it (address_spread):
/// - port: bursts on a port times tCCD_S, or tCCD_L where the map keeps neighbours in one group;
/// - turnaround: changes of direction, a pair for each batch the queues can form;
/// - activation: ACT of one stack ID times max(tRRD_S, tFAW/4); of the stack times tRAS over the
///   cap;
/// - bank: ACT of one bank times its row cycle (tRC, or the time its columns keep it open). With
///   FCFS only so many banks cycle together as come before one of them returns;
/// - refresh: the share of time in which a port or bank is taken away, tRFC/tREFI, tRFCpb/round;
///   with FCFS a bus waits for each of its banks;
/// - requests in flight: balanced job bound of a closed network (Zahorjan et al. 1982): N requests
///   over latency plus the queueing that N-1 others cause at the banks they meet.
/// None is less than what the longest stream needs alone.
/// What it leaves out: order effects inside queues, streams that meet in few banks for long,
/// traces.
class closed_form {
 public:
  closed_form(const dram_stack_spec& spec, const dram_clocks& clocks);
  /// Allocates nothing.
  memory_result estimate(const memory_workload& workload) const;

 private:
  struct part;
  struct sums;
  part part_of(const access_stream& stream, double streams) const;
  void add(const access_stream& stream, double streams, sums& total) const;
  double cycle_of(double columns, double reads) const;
  double opening_of(double reads) const;
  double banks_together(const sums& t) const;
  void demand_columns(const sums& t, memory_demand& d) const;
  void demand_rows(const sums& t, memory_demand& d) const;
  double waiting_for_refresh(const sums& t, double clocks) const;
  double idle_latency(const sums& t) const;
  double turn(const sums& t, double idle) const;

  const dram_stack_spec& spec_;
  const dram_clocks clocks_;
  const address_spread map_;
  map_spread all_;       ///< there are
  double entries_read_;  ///< of a bus, as reads alone could fill them
  double entries_write_;
  bool in_order_;                  ///< FCFS
  bool closed_;                    ///< rows are, behind each burst
  double unit_refresh_share_ = 0;  ///< of a unit's time
  double bank_refresh_share_ = 0;  ///< of a bank's time
};

}  // namespace lamina::analytical
