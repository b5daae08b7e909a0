// SPDX-License-Identifier: Apache-2.0
// What a stack did, as a result and as the demand on its resources.
#include <algorithm>

#include "lamina/tlm/dram_stack.h"

namespace lamina::sysc {
namespace {

/// Raises the demand to what one controller's resources saw, in clocks.
void add_demand(const bus_account& account, const dram_clocks& clocks, memory_demand& demand) {
  for (const bus_account::port_use& p : account.ports()) {
    const double refresh = static_cast<double>(p.refresh) / std::max(1, p.units);
    const auto total = static_cast<double>(p.data + p.turnaround) + refresh;
    if (total > demand.port_data + demand.port_turnaround + demand.port_refresh) {
      demand.port_data = static_cast<double>(p.data);
      demand.port_turnaround = static_cast<double>(p.turnaround);
      demand.port_refresh = refresh;
    }
  }
  for (const bus_account::bank_use& b : account.banks()) {
    const auto cycle = static_cast<double>(b.cycle);
    const auto refresh = static_cast<double>(b.refresh);
    if (cycle + refresh > demand.bank_cycle + demand.bank_refresh) {
      demand.bank_cycle = cycle;
      demand.bank_refresh = refresh;
    }
  }
  const double spacing = std::max<double>(clocks.tRRD_S, clocks.tFAW / 4.0);
  for (const bus_account::unit_use& u : account.units()) {
    demand.activation = std::max(demand.activation, static_cast<double>(u.activates) * spacing);
  }
  demand.command_bus = std::max({demand.command_bus, static_cast<double>(account.row_slots),
                                 static_cast<double>(account.column_slots)});
}

void to_seconds_each(memory_demand& demand, double clock_s) {
  for (double* value :
       {&demand.port_data, &demand.port_turnaround, &demand.port_refresh, &demand.bank_cycle,
        &demand.bank_refresh, &demand.activation, &demand.command_bus}) {
    *value *= clock_s;
  }
}

}  // namespace

void dram_stack::report(femtoseconds end, memory_result& result, memory_demand& demand) {
  const std::int64_t last_cycle = end / clocks_.tCK;
  const dram_geometry& geometry = spec_.geometry;
  double hop_bursts = 0;
  double refreshes_all = 0;
  double refreshes_bank = 0;
  dram_counts& counts = result.counts;
  for (const auto& controller : controllers_) {
    const bus_account& account = controller->account_until(last_cycle);
    add_demand(account, clocks_, demand);
    counts.activates += static_cast<double>(account.activates);
    counts.precharges += static_cast<double>(account.precharges);
    counts.row_hits += static_cast<double>(account.row_hits);
    counts.turnarounds += static_cast<double>(account.turnarounds);
    refreshes_all += static_cast<double>(account.refreshes_all);
    refreshes_bank += static_cast<double>(account.refreshes_bank);
    for (int unit = 0; unit < controller->layout().units(); ++unit) {
      const bus_account::unit_use& use = account.units()[static_cast<std::size_t>(unit)];
      counts.reads += static_cast<double>(use.reads);
      counts.writes += static_cast<double>(use.writes);
      hop_bursts += static_cast<double>(use.reads + use.writes) *
                    geometry.hops_of(controller->layout().unit(unit).stack_id);
    }
  }
  counts.refreshes = refreshes_all + refreshes_bank;
  const double burst_bits = 8.0 * geometry.burst_bytes;
  result.energy = {counts.activates * spec_.energy.activate_j,
                   counts.precharges * spec_.energy.precharge_j,
                   counts.reads * spec_.energy.read_j,
                   counts.writes * spec_.energy.write_j,
                   refreshes_all * spec_.energy.refresh_all_bank_j +
                       refreshes_bank * spec_.energy.refresh_per_bank_j,
                   (counts.reads + counts.writes) * burst_bits * spec_.energy.port_j_per_bit,
                   hop_bursts * burst_bits * spec_.energy.bond_j_per_bit,
                   to_seconds(end) * spec_.energy.background_w};
  if (spec_.controller.activation_cap > 0) {
    demand.activation = std::max(demand.activation,
                                 counts.activates * clocks_.tRAS / spec_.controller.activation_cap);
  }
  to_seconds_each(demand, to_seconds(clocks_.tCK));
}

}  // namespace lamina::sysc
