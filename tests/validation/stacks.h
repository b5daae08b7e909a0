// SPDX-License-Identifier: Apache-2.0
// Stacks and commands that several tests use.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/validation/legality_checker.h"

namespace lamina::validation {

using tests::ck;

/// HBM2-like, with two stack IDs on each port, and every distance another number.
inline dram_stack_spec two_high_stack() {
  dram_stack_spec spec;
  dram_geometry& g = spec.geometry;
  g.layers = g.stack_ids = 2;
  g.channels = 2;
  g.pseudo_channels = 2;
  dram_timings& t = spec.timings;
  t.tCK = from_nanoseconds(1);
  t.RL = ck(17), t.WL = ck(7);
  t.tRCDRD = ck(12), t.tRCDWR = ck(6), t.tRP = ck(14), t.tRAS = ck(28), t.tRC = ck(43);
  t.tRTP = ck(5), t.tWR = ck(15);
  t.tCCD_S = ck(2), t.tCCD_L = ck(4), t.tCCD_R = ck(3);
  t.tRRD_S = ck(4), t.tRRD_L = ck(6), t.tFAW = ck(25);
  t.tWTR_S = ck(4), t.tWTR_L = ck(9), t.tRTW = ck(14);
  t.tRFC = ck(220), t.tRFCpb = ck(96), t.tREFI = ck(3900), t.tRREFD = ck(8);
  t.activate_clocks = 2;
  spec.controller.refresh = refresh_policy::none;
  return spec;
}

struct place {
  int channel = 0, pc = 0, stack = 0, group = 0, bank = 0;
  std::int64_t row = 0;
  operator dram_address() const { return {row, 0, channel, pc, stack, group, bank}; }
};

inline dram_command_record at(std::int64_t cycle, dram_command command, const place& where = {}) {
  return {cycle, command, where, -1};
}

inline std::vector<legality_violation> violations(const dram_stack_spec& spec,
                                                  const std::vector<dram_command_record>& list) {
  return legality_checker(spec).check(list);
}

inline int count_of(const std::vector<legality_violation>& found, const std::string& rule) {
  return static_cast<int>(
      std::count_if(found.begin(), found.end(), [&](const auto& one) { return one.rule == rule; }));
}

inline std::string text_of(const std::vector<legality_violation>& found) {
  std::string text;
  for (const legality_violation& one : found) text += one.text() + "\n";
  return text;
}

}  // namespace lamina::validation
