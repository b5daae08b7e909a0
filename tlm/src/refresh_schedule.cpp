// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/refresh_schedule.h"

#include <algorithm>

namespace lamina::sysc {

refresh_schedule::refresh_schedule(const dram_stack_spec& spec, const dram_clocks& clocks,
                                   const command_bus_layout& layout)
    : units_(static_cast<std::size_t>(layout.units())),
      per_bank_(spec.controller.refresh == refresh_policy::per_bank),
      banks_per_unit_(layout.banks_per_unit()) {
  const int units_of_channel = spec.geometry.pseudo_channels * spec.geometry.stack_ids;
  for (int unit = 0; unit < layout.units(); ++unit) {
    owed& o = units_[static_cast<std::size_t>(unit)];
    o.first_bank = o.bank = unit * banks_per_unit_;
    if (spec.controller.refresh == refresh_policy::none) continue;
    const bank_unit& where = layout.unit(unit);
    const int place = where.pseudo_channel * spec.geometry.stack_ids + where.stack_id;
    o.interval = per_bank_ ? clocks.tREFIpb : clocks.tREFI;
    if (spec.thermal.hot(where.stack_id)) o.interval = std::max<std::int64_t>(1, o.interval / 2);
    const std::int64_t offset = o.interval * place / units_of_channel;
    o.due = offset > 0 ? offset : o.interval;
  }
  update_next();
}

void refresh_schedule::update_next() {
  next_due_ = never;
  for (const owed& o : units_) next_due_ = std::min(next_due_, o.due);
}

void refresh_schedule::issued(int unit) {
  owed& o = units_[static_cast<std::size_t>(unit)];
  o.due += o.interval;
  if (per_bank_) o.bank = o.bank + 1 == o.first_bank + banks_per_unit_ ? o.first_bank : o.bank + 1;
  update_next();
}

std::int64_t refresh_schedule::skip_until(int unit, std::int64_t cycle) {
  owed& o = units_[static_cast<std::size_t>(unit)];
  if (o.due == never || cycle - o.due < 3 * o.interval) return 0;
  const std::int64_t skipped = (cycle - o.due) / o.interval - 2;
  o.due += skipped * o.interval;
  if (per_bank_) {
    o.bank = o.first_bank + static_cast<int>((o.bank - o.first_bank + skipped) % banks_per_unit_);
  }
  update_next();
  return skipped;
}

}  // namespace lamina::sysc
