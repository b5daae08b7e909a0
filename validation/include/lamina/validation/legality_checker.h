// SPDX-License-Identifier: Apache-2.0
// Replays a list of DRAM commands against the timing rules and names every violation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"

namespace lamina::validation {

/// One broken rule. `first` is the earlier command; for rules about one command alone (a column
/// command to a closed bank, a missing refresh) both are that command.
struct legality_violation {
  std::string rule;  ///< a timing parameter, or command_bus, data_port, bank_state,
                     ///< refresh_interval, activation_cap, place
  dram_command_record first;
  dram_command_record second;
  std::int64_t distance = 0;  ///< clocks found
  std::int64_t required = 0;  ///< clocks that the rule asks for (refresh: allows)
  std::string what;           ///< in words

  std::string text() const;
};

/// Knows the rules of one stack and nothing about schedulers: it keeps whole windows of history and
/// compares every pair. What it checks:
/// - every pair of commands on one command bus against dram_timing_rules, by the nearest level that
///   they share (PREAB and REFAB reach every bank of their pseudo channel and stack ID);
/// - the fifth ACT of a pseudo channel's stack ID, tFAW after the first;
/// - one row and one column command a cycle on each command bus, ACT for all its cycles;
/// - no two bursts on one data port at a time: reads from RL, writes from WL, for the burst;
/// - ACT only on closed banks, column commands only on the open row, REF only on closed banks;
/// - refresh, when it is on: no bank waits more than 9 intervals (JEDEC: 8 may be postponed) up to
///   the last command of its bus;
/// - at most `activation_cap` ACTs of the whole stack in any window of tRAS.
class legality_checker {
 public:
  explicit legality_checker(const dram_stack_spec& spec);

  /// Commands in any order. At most `most` violations are returned, the earliest of each check.
  std::vector<legality_violation> check(std::vector<dram_command_record> commands,
                                        std::size_t most = 1000) const;

  const dram_timing_rules& rules() const { return rules_; }
  /// The nearest level that the targets of two commands on one bus share.
  bank_relation relation(const dram_command_record& a, const dram_command_record& b) const;

 private:
  using command_list = std::vector<dram_command_record>;
  struct findings;

  bool known_place(const dram_command_record& record) const;
  int bus_of(const dram_address& place) const;
  int port_of(const dram_address& place) const;
  int unit_of(const dram_address& place) const;
  int bank_of(const dram_address& place) const;

  void check_bus(const command_list& on_bus, findings& found) const;
  void check_pairs(const command_list& on_bus, findings& found) const;
  void check_pair(const dram_command_record& first, const dram_command_record& second,
                  findings& found) const;
  void check_command_slots(const command_list& on_bus, findings& found) const;
  void check_four_activates(const command_list& on_bus, findings& found) const;
  void check_data_ports(const command_list& on_bus, findings& found) const;
  void check_bank_states(const command_list& on_bus, findings& found) const;
  void check_refresh(const command_list& on_bus, findings& found) const;
  void check_activation_cap(const command_list& all, findings& found) const;

  dram_geometry geometry_;
  dram_controller_spec controller_;
  dram_thermal_state thermal_;
  dram_timing_rules rules_;
};

}  // namespace lamina::validation
