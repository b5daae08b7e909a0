// SPDX-License-Identifier: Apache-2.0
// When each command becomes legal on one command bus: the DRAM's side of the timing rules.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/command_bus.h"

namespace lamina::sysc {

/// Keeps, for every bank, group and unit of a command bus, the first cycle at which each kind of
/// command may follow all commands issued so far. Whether a row is open is the controller's to
/// know: this class answers for timing alone.
class dram_timing_state {
 public:
  using cycle = std::int64_t;

  dram_timing_state(const dram_stack_spec& spec, const command_bus_layout& layout);

  /// First legal cycle of a command on a bank (its unit for PREAB and REFAB).
  cycle earliest(dram_command command, int bank) const;
  void issue(dram_command command, int bank, cycle now);

  cycle earliest_activate(int bank) const {
    return std::max({banks_[at(bank)].activate, activate_of_[at(group_of_[at(bank)])], row_bus_});
  }
  cycle earliest_precharge(int bank) const {
    return std::max(banks_[at(bank)].precharge, row_bus_);
  }
  cycle earliest_column(int bank, bool write) const {
    const auto kind = static_cast<std::size_t>(write);
    return std::max({banks_[at(bank)].column[kind], groups_[at(group_of_[at(bank)])].column[kind],
                     units_[at(unit_of_[at(bank)])].column[kind], column_bus_});
  }

  // The same in two parts: what only the bank's own commands move, and what all banks share.
  cycle bank_activate(int bank) const { return banks_[at(bank)].activate; }
  cycle bank_precharge(int bank) const { return banks_[at(bank)].precharge; }
  cycle bank_column(int bank, bool write) const {
    return banks_[at(bank)].column[static_cast<std::size_t>(write)];
  }
  /// The share of a group's banks in when an ACT, or of no_group's in when a PRE, becomes legal;
  /// beside it stands row_bus().
  cycle shared_row(int group) const { return activate_of_[at(group)]; }
  int no_group() const { return static_cast<int>(groups_.size()); }
  cycle shared_column(int group, bool write) const {
    const auto kind = static_cast<std::size_t>(write);
    const group_times& g = groups_[at(group)];
    return std::max({g.column[kind], units_[at(g.unit)].column[kind], column_bus_});
  }
  cycle row_bus() const { return row_bus_; }

 private:
  struct bank_times {
    cycle activate = 0;
    cycle precharge = 0;
    std::array<cycle, 2> column = {0, 0};  ///< read, write
    cycle refresh = 0;
  };
  struct group_times {
    std::array<cycle, 2> column = {0, 0};
    cycle refresh = 0;  ///< REFPB
    int unit = 0;       ///< to which the group belongs
  };
  struct unit_times {
    std::array<cycle, 2> column = {0, 0};
    cycle precharge_all = 0;
    cycle refresh_all = 0;
    cycle refresh_bank = 0;
    std::array<cycle, 4> last_activates{};  ///< ring of the last four ACT
    int oldest_activate = 0;
  };

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  static void raise(cycle& time, cycle to) { time = std::max(time, to); }
  void issue_activate(int bank, cycle now);
  void issue_column(int bank, bool write, bool auto_precharge, cycle now);
  void issue_row_close(dram_command command, int bank, cycle now);
  void raise_activates(int unit, cycle to);

  dram_timing_rules rules_;
  std::vector<bank_times> banks_;
  std::vector<group_times> groups_;
  std::vector<unit_times> units_;
  std::vector<cycle> activate_of_;  ///< of each group, its unit's included; then 0 for no_group()
  std::vector<int> group_of_, unit_of_;
  std::vector<int> port_of_unit_;
  cycle row_bus_ = 0;
  cycle column_bus_ = 0;
  int groups_per_unit_;
  bool shared_ports_;  ///< some port serves several units
};

}  // namespace lamina::sysc
