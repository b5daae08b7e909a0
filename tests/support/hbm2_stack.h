// SPDX-License-Identifier: Apache-2.0
// The HBM2-like stack that tests of several layers start from.
#pragma once

#include "lamina/models/dram_stack.h"

namespace lamina::tests {

inline clocked_time ck(std::int64_t clocks) { return {clocks, {}}; }

/// HBM2-like distances in whole clocks, so that a test can count them by hand.
inline dram_timings hbm2_timings(femtoseconds clock = from_nanoseconds(1)) {
  dram_timings t;
  t.tCK = clock;
  t.RL = ck(17), t.WL = ck(7);
  t.tRCDRD = ck(14), t.tRCDWR = ck(10), t.tRP = ck(14), t.tRAS = ck(30), t.tRC = ck(44);
  t.tRTP = ck(5), t.tWR = ck(15);
  t.tCCD_S = ck(2), t.tCCD_L = ck(4), t.tCCD_R = ck(3);
  t.tRRD_S = ck(4), t.tRRD_L = ck(6), t.tFAW = ck(16);
  t.tWTR_S = ck(4), t.tWTR_L = ck(9), t.tRTW = ck(14);
  t.tRFC = ck(220), t.tRFCpb = ck(96), t.tREFI = ck(3900), t.tRREFD = ck(8);
  return t;
}

/// One channel of four groups of four banks, bursts of 32 bytes in two clocks, refreshed.
inline dram_stack_spec hbm2_stack(femtoseconds clock = from_nanoseconds(1)) {
  dram_stack_spec spec;
  spec.timings = hbm2_timings(clock);
  return spec;
}

}  // namespace lamina::tests
