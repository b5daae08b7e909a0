// SPDX-License-Identifier: Apache-2.0
// When each unit of a command bus owes a refresh, and which bank comes next.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/command_bus.h"

namespace lamina::sysc {

/// The grid of refresh due times. Units are staggered over the interval by their place in the
/// channel; the grid never shifts, however late a refresh is.
class refresh_schedule {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  refresh_schedule(const dram_stack_spec& spec, const dram_clocks& clocks,
                   const command_bus_layout& layout);

  bool per_bank() const { return per_bank_; }
  /// Cycle from which the unit owes a refresh.
  std::int64_t due(int unit) const { return units_[static_cast<std::size_t>(unit)].due; }
  /// Cycle from which a bank waits for its refresh: the unit's, or never while others come first.
  std::int64_t due_of_bank(int unit, int bank) const {
    const owed& o = units_[static_cast<std::size_t>(unit)];
    return !per_bank_ || o.bank == bank ? o.due : never;
  }
  /// The bank that the unit's next refresh is for (any of its banks when all are refreshed).
  int bank(int unit) const { return units_[static_cast<std::size_t>(unit)].bank; }
  std::int64_t next_due() const { return next_due_; }
  /// The refresh that was due has been issued.
  void issued(int unit);
  /// Skips refreshes of an idle unit that are due before `cycle`, but for the last two; the count.
  std::int64_t skip_until(int unit, std::int64_t cycle);

 private:
  struct owed {
    std::int64_t due = never;
    std::int64_t interval = never;
    int bank = 0;
    int first_bank = 0;
  };
  void update_next();

  std::vector<owed> units_;
  std::int64_t next_due_ = never;
  bool per_bank_;
  int banks_per_unit_;
};

}  // namespace lamina::sysc
