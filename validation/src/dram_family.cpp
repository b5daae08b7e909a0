// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/dram_family.h"

#include <algorithm>

#include "lamina/models/dram_timing_rules.h"

namespace lamina::validation {
namespace {

clocked_time ck(std::int64_t clocks) { return {clocks, {}}; }
clocked_time ns(double time) { return {0, from_nanoseconds(time)}; }

/// The COMMON set of the command-level references (DRAMSys HBM2, tCK 1 ns).
dram_family hbm2() {
  dram_timings t;
  t.tCK = from_nanoseconds(1);
  t.RL = ck(17), t.WL = ck(7);
  t.tRCDRD = ck(12), t.tRCDWR = ck(6), t.tRP = ck(14), t.tRAS = ck(28), t.tRC = ck(42);
  t.tRTP = ck(5), t.tWR = ck(14);
  t.tCCD_S = ck(2), t.tCCD_L = ck(3), t.tCCD_R = ck(3);  // tCCD_R: assumed as tCCD_L
  t.tRRD_S = ck(4), t.tRRD_L = ck(6), t.tFAW = ck(16);
  t.tWTR_S = ck(4), t.tWTR_L = ck(9), t.tRTW = ck(14);
  t.tRFC = ck(220), t.tRFCpb = ck(96), t.tREFI = ck(3900), t.tRREFD = ck(8);
  t.activate_clocks = 2;
  return {"HBM2", 64, 2e9, command_bus_scope::channel, 4, t};
}

/// Ramulator 2.1 preset HBM3_16Gb_8hi, in clocks of 625 ps. tRREFD is assumed: 8 ns as HBM2.
dram_family hbm3() {
  dram_timings t;
  t.tCK = from_nanoseconds(0.625);
  t.RL = ck(20), t.WL = ck(10);
  t.tRCDRD = ck(31), t.tRCDWR = ck(15), t.tRP = ck(26), t.tRAS = ck(45), t.tRC = ck(72);
  t.tRTP = ck(9), t.tWR = ck(33);
  t.tCCD_S = ck(2), t.tCCD_L = ck(4), t.tCCD_R = ck(3);
  t.tRRD_S = ck(4), t.tRRD_L = ck(5), t.tFAW = ck(24);
  t.tWTR_S = ck(7), t.tWTR_L = ck(10), t.tRTW = ck(20);
  t.tRFC = ck(560), t.tRFCpb = ck(320), t.tREFI = ck(6240), t.tRREFD = ck(13);
  t.activate_clocks = 2;
  return {"HBM3", 32, 6.4e9, command_bus_scope::channel, 4, t};
}

/// First bin of HBM4 (Ramulator 2.1 preset) in clocks of 500 ps: tRC, tRAS, tRP, tRCD. The other
/// times are assumed to be those of HBM3, and column spacing the same in clocks.
dram_family hbm4() {
  dram_timings t;
  t.tCK = from_nanoseconds(0.5);
  t.RL = ck(25), t.WL = ck(13);
  t.tRCDRD = ck(39), t.tRCDWR = ck(19), t.tRP = ck(33), t.tRAS = ck(57), t.tRC = ck(90);
  t.tRTP = ck(12), t.tWR = ck(42);
  t.tCCD_S = ck(2), t.tCCD_L = ck(4), t.tCCD_R = ck(3);
  t.tRRD_S = ck(5), t.tRRD_L = ck(7), t.tFAW = ck(30);
  t.tWTR_S = ck(9), t.tWTR_L = ck(13), t.tRTW = ck(25);
  t.tRFC = ck(700), t.tRFCpb = ck(400), t.tREFI = ck(7800), t.tRREFD = ck(16);
  t.activate_clocks = 2;
  return {"HBM4", 32, 8e9, command_bus_scope::channel, 4, t};
}

/// No public bank timings exist. Core: the HBM3 array model of DreamRAM (tRCD, tRP, tRAS, tRC,
/// tRRD_S, tFAW); the rest as HBM3. Port: 541 Mb/s a wire (SeDRAM generation 2), of whose 2048
/// wires a Gbit 256 serve a port of 128 Mbit. The hop is assumed: 0.2 ns a bonded layer.
dram_family hybrid_bonded() {
  dram_timings t;
  t.tCK = from_nanoseconds(1e3 / 541);
  t.RL = ns(12.5), t.WL = ns(6.25);
  t.tRCDRD = ns(18), t.tRCDWR = ns(9), t.tRP = ns(18), t.tRAS = ns(27), t.tRC = ns(45);
  t.tRTP = ns(5.625), t.tWR = ns(20.625);
  t.tCCD_S = ns(1.25), t.tCCD_L = ns(2.5), t.tCCD_R = ns(1.875);
  t.tRRD_S = ns(2.5), t.tRRD_L = ns(3.125), t.tFAW = ns(10);
  t.tWTR_S = ns(4.375), t.tWTR_L = ns(6.25), t.tRTW = ns(12.5);
  t.tRFC = ns(350), t.tRFCpb = ns(200), t.tREFI = ns(3900), t.tRREFD = ns(8);
  t.activate_clocks = 1;
  t.vertical_hop = ns(0.2);
  return {"hybrid-bonded", 256, 541e6, command_bus_scope::port, 1, t};
}

void raise(clocked_time& value, std::int64_t clocks, femtoseconds tCK) {
  if (value.in_clocks(tCK) < clocks) value = {clocks, {}};
}

}  // namespace

std::vector<dram_family> dram_families() { return {hbm2(), hbm3(), hbm4(), hybrid_bonded()}; }

void make_possible(dram_timings& t, const dram_geometry& geometry) {
  const auto at_least = [&](clocked_time& value, std::int64_t clocks) {
    raise(value, clocks, t.tCK);
  };
  const auto clocks = [&](const clocked_time& value) { return value.in_clocks(t.tCK); };
  const int burst = resolve(geometry, t).burst;
  at_least(t.tRC, clocks(t.tRAS) + clocks(t.tRP));
  at_least(t.tCCD_S, burst);
  at_least(t.tCCD_L, clocks(t.tCCD_S));
  at_least(t.tCCD_R, clocks(t.tCCD_S));
  at_least(t.tRRD_S, 1);
  at_least(t.tRRD_L, clocks(t.tRRD_S));
  at_least(t.tWTR_L, clocks(t.tWTR_S));
  at_least(t.tRTW, clocks(t.RL) + burst - clocks(t.WL));
}

}  // namespace lamina::validation
