// SPDX-License-Identifier: Apache-2.0
// The walk's refreshes: when they are due, and what they take from banks.
#include <algorithm>

#include "burst_walk.h"
#include "burst_walk_tools.h"

namespace lamina::analytical {

/// Does the refreshes of a unit that are due by now; true when there was one.
bool burst_walk::refresh_if_due(int unit_index, clock now) {
  unit& u = unit_at(unit_index);
  if (u.refresh_due > now) return false;
  const bool per_bank = spec_.controller.refresh == refresh_policy::per_bank;
  const clock round = per_bank ? banks_per_unit_ + 1 : 2;
  if (now - u.refresh_due > round * u.interval) {
    const clock skipped = (now - u.refresh_due) / u.interval - round + 1;
    u.refresh_due += skipped * u.interval;
    u.refresh_bank = static_cast<int>((u.refresh_bank + skipped) % banks_per_unit_);
    out_.counts.refreshes += static_cast<double>(skipped);
    if (!per_bank) u.refresh_demand += skipped * clocks_.tRFC;
  }
  while (u.refresh_due <= now) {
    if (per_bank) {
      refresh_bank(unit_index, u);
    } else {
      refresh_all(u);
    }
    u.refresh_due += u.interval;
    out_.counts.refreshes += 1;
  }
  return true;
}

void burst_walk::refresh_all(unit& u) {
  clock when = std::max(u.refresh_due, u.refresh_all);
  if (u.open_rows > 0)
    when = std::max(when, std::max(u.refresh_due, u.precharge_all) + clocks_.tRP);
  u.open_rows = 0;
  ++u.refreshes;
  raise(u.activate, when + clocks_.tRFC - (clocks_.activate - 1));
  raise(u.refresh_all, when + clocks_.tRFC);
  u.refresh_demand += clocks_.tRFC + when - u.refresh_due;
}

void burst_walk::refresh_bank(int unit_index, unit& u) {
  bank& k = bank_at(unit_index * banks_per_unit_ + u.refresh_bank);
  const int late = clocks_.activate - 1;
  clock when = std::max(u.refresh_due, k.activate + late);
  if (k.row != none) {
    when = std::max(u.refresh_due, k.precharge) + clocks_.tRP;
    close_row(k, u);
    k.conflict = false;
  }
  raise(when, u.refresh_bank_from);
  k.activate = when + clocks_.tRFCpb - late;
  raise(u.activate, when + clocks_.tRREFD - late);
  u.refresh_bank_from = when + clocks_.tRREFD;
  k.refresh_demand += clocks_.tRFCpb + when - u.refresh_due;
  raise(out_.demand.bank_refresh, static_cast<double>(k.refresh_demand));
  u.refresh_bank = (u.refresh_bank + 1) % banks_per_unit_;
}

}  // namespace lamina::analytical
