// SPDX-License-Identifier: Apache-2.0
// The DRAM timing rules as data, in clocks: the one table that both fidelities read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "lamina/models/dram_stack.h"

namespace lamina {

enum class dram_command : std::uint8_t {
  activate,
  read,
  write,
  read_auto,
  write_auto,
  precharge,
  precharge_all,
  refresh_all,
  refresh_bank
};
inline constexpr int dram_command_count = 9;
std::string_view name_of(
    dram_command command);  ///< ACT, RD, WR, RDA, WRA, PREPB, PREAB, REFAB, REFPB

/// How two commands' targets relate: the nearest level that they share.
enum class bank_relation : std::uint8_t {
  same_bank,
  same_group,
  same_stack_id,
  same_port,
  same_bus
};
inline constexpr int bank_relation_count = 5;

/// Which data-sheet parameter a rule comes from, for messages.
enum class timing_parameter : std::uint8_t {
  none,
  tRCDRD,
  tRCDWR,
  tRP,
  tRAS,
  tRC,
  tRTP,
  tWR,
  tCCD_S,
  tCCD_L,
  tCCD_R,
  tRRD_S,
  tRRD_L,
  tFAW,
  tWTR_S,
  tWTR_L,
  tRTW,
  tRFC,
  tRFCpb,
  tRREFD,
  command_bus
};
std::string_view name_of(timing_parameter parameter);

/// Timings resolved to whole clocks.
struct dram_clocks {
  femtoseconds tCK{0};
  int burst = 0;  ///< clocks that one burst holds its port
  int RL = 0, WL = 0;
  int tRCDRD = 0, tRCDWR = 0, tRP = 0, tRAS = 0, tRC = 0, tRTP = 0, tWR = 0;
  int tCCD_S = 0, tCCD_L = 0, tCCD_R = 0, tRRD_S = 0, tRRD_L = 0, tFAW = 0;
  int tWTR_S = 0, tWTR_L = 0, tRTW = 0, tRFC = 0, tRFCpb = 0, tREFI = 0, tREFIpb = 0, tRREFD = 0;
  int activate = 1;  ///< row-bus clocks of ACT
  int hop = 0;       ///< latency of one vertical hop
};
/// Rounds every distance up to whole clocks (JEDEC: a minimum is never undercut).
dram_clocks resolve(const dram_geometry& geometry, const dram_timings& timings);

/// Refresh commands of the whole stack in a second; 0 when nothing is refreshed.
double refreshes_per_s(const dram_stack_spec& spec);
/// Power of a stack that nobody asks: background and refresh.
double idle_power_w(const dram_stack_spec& spec);

/// Smallest distance, first cycle to first cycle, from one command to a later one.
class dram_timing_rules {
 public:
  explicit dram_timing_rules(const dram_clocks& clocks);

  struct rule {
    int distance = 0;  ///< clocks; 0: no rule
    timing_parameter parameter = timing_parameter::none;
  };
  const rule& between(dram_command first, dram_command second, bank_relation relation) const {
    return rules_[index(first)][index(second)][static_cast<std::size_t>(relation)];
  }
  int distance(dram_command first, dram_command second, bank_relation relation) const {
    return between(first, second, relation).distance;
  }
  /// The fifth ACT of one stack ID of one pseudo channel comes this long after the first.
  int four_activate_window() const { return clocks_.tFAW; }
  const dram_clocks& clocks() const { return clocks_; }

  static constexpr std::size_t index(dram_command command) {
    return static_cast<std::size_t>(command);
  }

 private:
  void require(dram_command first, dram_command second, bank_relation relation, int distance,
               timing_parameter parameter);
  dram_clocks clocks_;
  std::array<std::array<std::array<rule, bank_relation_count>, dram_command_count>,
             dram_command_count>
      rules_{};
};

/// One command as it was issued, for traces and for the legality checker.
struct dram_command_record {
  std::int64_t cycle = 0;  ///< first command-bus cycle
  dram_command command = dram_command::activate;
  dram_address place;            ///< `bank` and `row` mean nothing for PREAB and REFAB
  std::int64_t request_id = -1;  ///< the burst that caused it; -1 for refresh
};

}  // namespace lamina
