// SPDX-License-Identifier: Apache-2.0
// A small stack in plain C++, as an embedding program would write it.
#pragma once

#include <lamina/models/dram_stack.h>

inline lamina::dram_stack_spec small_stack() {
  lamina::dram_stack_spec spec;
  spec.name = "small";
  spec.geometry.channels = 2;
  spec.geometry.pseudo_channels = 2;
  lamina::dram_timings& t = spec.timings;
  t.RL = {17, {}};
  t.WL = {7, {}};
  t.tRCDRD = {12, {}};
  t.tRCDWR = {6, {}};
  t.tRP = {14, {}};
  t.tRAS = {28, {}};
  t.tRC = {42, {}};
  t.tRTP = {5, {}};
  t.tWR = {14, {}};
  t.tCCD_S = {2, {}};
  t.tCCD_L = {3, {}};
  t.tCCD_R = {3, {}};
  t.tRRD_S = {4, {}};
  t.tRRD_L = {6, {}};
  t.tFAW = {16, {}};
  t.tWTR_S = {4, {}};
  t.tWTR_L = {9, {}};
  t.tRTW = {14, {}};
  t.tRFC = {220, {}};
  t.tRFCpb = {96, {}};
  t.tREFI = {3900, {}};
  t.tRREFD = {8, {}};
  return spec;
}
