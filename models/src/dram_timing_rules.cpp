// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/dram_timing_rules.h"

#include <algorithm>
#include <cmath>

namespace lamina {

std::string_view name_of(dram_command command) {
  static constexpr std::array<std::string_view, dram_command_count> names = {
      "ACT", "RD", "WR", "RDA", "WRA", "PREPB", "PREAB", "REFAB", "REFPB"};
  return names[static_cast<std::size_t>(command)];
}

std::string_view name_of(timing_parameter parameter) {
  static constexpr std::array<std::string_view, 21> names = {
      "none",   "tRCDRD", "tRCDWR", "tRP",    "tRAS",   "tRC",    "tRTP",
      "tWR",    "tCCD_S", "tCCD_L", "tCCD_R", "tRRD_S", "tRRD_L", "tFAW",
      "tWTR_S", "tWTR_L", "tRTW",   "tRFC",   "tRFCpb", "tRREFD", "command_bus"};
  return names[static_cast<std::size_t>(parameter)];
}

dram_clocks resolve(const dram_geometry& geometry, const dram_timings& t) {
  const auto clocks = [&](const clocked_time& value) {
    return static_cast<int>(value.in_clocks(t.tCK));
  };
  dram_clocks c;
  c.tCK = t.tCK;
  const double burst_s = 8.0 * geometry.burst_bytes / (geometry.port_bits * geometry.pin_rate);
  // A whole number of clocks may come out a rounding error above itself.
  c.burst = std::max(1, static_cast<int>(std::ceil(burst_s / to_seconds(t.tCK) - 1e-6)));
  c.RL = clocks(t.RL);
  c.WL = clocks(t.WL);
  c.tRCDRD = clocks(t.tRCDRD);
  c.tRCDWR = clocks(t.tRCDWR);
  c.tRP = clocks(t.tRP);
  c.tRAS = clocks(t.tRAS);
  c.tRC = clocks(t.tRC);
  c.tRTP = clocks(t.tRTP);
  c.tWR = clocks(t.tWR);
  c.tCCD_S = clocks(t.tCCD_S);
  c.tCCD_L = clocks(t.tCCD_L);
  c.tCCD_R = clocks(t.tCCD_R);
  c.tRRD_S = clocks(t.tRRD_S);
  c.tRRD_L = clocks(t.tRRD_L);
  c.tFAW = clocks(t.tFAW);
  c.tWTR_S = clocks(t.tWTR_S);
  c.tWTR_L = clocks(t.tWTR_L);
  c.tRTW = clocks(t.tRTW);
  c.tRFC = clocks(t.tRFC);
  c.tRFCpb = clocks(t.tRFCpb);
  c.tREFI = clocks(t.tREFI);
  c.tREFIpb = clocks(t.tREFIpb);
  if (c.tREFIpb == 0) c.tREFIpb = std::max(1, c.tREFI / geometry.banks_per_stack_id());
  c.tRREFD = clocks(t.tRREFD);
  c.activate = t.activate_clocks;
  c.hop = clocks(t.vertical_hop);
  return c;
}

void dram_timing_rules::require(dram_command first, dram_command second, bank_relation relation,
                                int distance, timing_parameter parameter) {
  rule& entry = rules_[index(first)][index(second)][static_cast<std::size_t>(relation)];
  if (distance > entry.distance) entry = {distance, parameter};
}

dram_timing_rules::dram_timing_rules(const dram_clocks& clocks) : clocks_(clocks) {
  using cmd = dram_command;
  using rel = bank_relation;
  using par = timing_parameter;
  const dram_clocks& c = clocks_;
  // ACT takes effect with its last cycle: what follows it waits longer by `late`, what precedes it
  // may come nearer by as much.
  const int late = c.activate - 1;
  const std::array<rel, 3> same_die = {rel::same_bank, rel::same_group, rel::same_stack_id};
  const std::array<rel, 4> one_port = {rel::same_bank, rel::same_group, rel::same_stack_id,
                                       rel::same_port};
  const std::array<cmd, 2> reads = {cmd::read, cmd::read_auto};
  const std::array<cmd, 2> writes = {cmd::write, cmd::write_auto};

  const auto die_wide = [&](cmd first, cmd second, int distance, par parameter) {
    for (const rel relation : same_die) require(first, second, relation, distance, parameter);
  };

  for (const cmd read : reads)
    require(cmd::activate, read, rel::same_bank, c.tRCDRD + late, par::tRCDRD);
  for (const cmd write : writes)
    require(cmd::activate, write, rel::same_bank, c.tRCDWR + late, par::tRCDWR);
  require(cmd::activate, cmd::precharge, rel::same_bank, c.tRAS + late, par::tRAS);
  die_wide(cmd::activate, cmd::precharge_all, c.tRAS + late, par::tRAS);
  die_wide(cmd::activate, cmd::refresh_all, c.tRC + late, par::tRC);
  require(cmd::activate, cmd::activate, rel::same_bank, c.tRC, par::tRC);
  require(cmd::activate, cmd::activate, rel::same_group, std::max(c.tRRD_L, c.tRRD_S), par::tRRD_L);
  require(cmd::activate, cmd::activate, rel::same_stack_id, c.tRRD_S, par::tRRD_S);
  require(cmd::activate, cmd::refresh_bank, rel::same_bank, c.tRC + late, par::tRC);
  require(cmd::activate, cmd::refresh_bank, rel::same_group, c.tRRD_L + late, par::tRRD_L);
  require(cmd::activate, cmd::refresh_bank, rel::same_stack_id, c.tRRD_S + late, par::tRRD_S);

  // Column commands of one direction: spacing by bank group and layer, never closer than the data.
  for (const auto& direction : {reads, writes}) {
    for (const cmd first : direction) {
      for (const cmd second : direction) {
        require(first, second, rel::same_bank, std::max(c.tCCD_L, c.burst), par::tCCD_L);
        require(first, second, rel::same_group, std::max(c.tCCD_L, c.burst), par::tCCD_L);
        require(first, second, rel::same_stack_id, std::max(c.tCCD_S, c.burst), par::tCCD_S);
        require(first, second, rel::same_port, std::max(c.tCCD_R, c.burst), par::tCCD_R);
      }
    }
  }
  const int write_end = c.WL + c.burst;
  for (const cmd read : reads) {
    for (const cmd write : writes) {
      for (const rel relation : one_port) require(read, write, relation, c.tRTW, par::tRTW);
      require(write, read, rel::same_bank, write_end + c.tWTR_L, par::tWTR_L);
      require(write, read, rel::same_group, write_end + c.tWTR_L, par::tWTR_L);
      require(write, read, rel::same_stack_id, write_end + c.tWTR_S, par::tWTR_S);
      // Another layer has no write to recover from; only the port turns around.
      require(write, read, rel::same_port,
              std::max({c.tCCD_R, c.burst, c.WL + std::max(c.tCCD_R, c.burst) - c.RL}),
              par::tCCD_R);
    }
  }

  require(cmd::read, cmd::precharge, rel::same_bank, c.tRTP, par::tRTP);
  die_wide(cmd::read, cmd::precharge_all, c.tRTP, par::tRTP);
  die_wide(cmd::read_auto, cmd::precharge_all, c.tRTP, par::tRTP);
  require(cmd::read_auto, cmd::activate, rel::same_bank, c.tRTP + c.tRP - late, par::tRTP);
  die_wide(cmd::read_auto, cmd::refresh_all, c.tRTP + c.tRP, par::tRTP);
  require(cmd::read_auto, cmd::refresh_bank, rel::same_bank, c.tRTP + c.tRP, par::tRTP);

  require(cmd::write, cmd::precharge, rel::same_bank, write_end + c.tWR, par::tWR);
  die_wide(cmd::write, cmd::precharge_all, write_end + c.tWR, par::tWR);
  die_wide(cmd::write_auto, cmd::precharge_all, write_end + c.tWR, par::tWR);
  require(cmd::write_auto, cmd::activate, rel::same_bank, write_end + c.tWR + c.tRP - late,
          par::tWR);
  die_wide(cmd::write_auto, cmd::refresh_all, write_end + c.tWR + c.tRP, par::tWR);
  require(cmd::write_auto, cmd::refresh_bank, rel::same_bank, write_end + c.tWR + c.tRP, par::tWR);

  require(cmd::precharge, cmd::activate, rel::same_bank, c.tRP - late, par::tRP);
  die_wide(cmd::precharge, cmd::refresh_all, c.tRP, par::tRP);
  require(cmd::precharge, cmd::refresh_bank, rel::same_bank, c.tRP, par::tRP);
  die_wide(cmd::precharge_all, cmd::activate, c.tRP - late, par::tRP);
  die_wide(cmd::precharge_all, cmd::refresh_all, c.tRP, par::tRP);
  die_wide(cmd::precharge_all, cmd::refresh_bank, c.tRP, par::tRP);

  die_wide(cmd::refresh_all, cmd::activate, c.tRFC - late, par::tRFC);
  die_wide(cmd::refresh_all, cmd::refresh_all, c.tRFC, par::tRFC);
  die_wide(cmd::refresh_all, cmd::refresh_bank, c.tRFC, par::tRFC);
  require(cmd::refresh_bank, cmd::activate, rel::same_bank, c.tRFCpb - late, par::tRFCpb);
  require(cmd::refresh_bank, cmd::activate, rel::same_group, c.tRREFD - late, par::tRREFD);
  require(cmd::refresh_bank, cmd::activate, rel::same_stack_id, c.tRREFD - late, par::tRREFD);
  require(cmd::refresh_bank, cmd::refresh_bank, rel::same_bank, c.tRFCpb, par::tRFCpb);
  require(cmd::refresh_bank, cmd::refresh_bank, rel::same_group, c.tRREFD, par::tRREFD);
  require(cmd::refresh_bank, cmd::refresh_bank, rel::same_stack_id, c.tRREFD, par::tRREFD);
  die_wide(cmd::refresh_bank, cmd::refresh_all, c.tRFCpb, par::tRFCpb);

  // Command slots: one row and one column command at a time on a bus.
  const std::array<cmd, 5> row = {cmd::activate, cmd::precharge, cmd::precharge_all,
                                  cmd::refresh_all, cmd::refresh_bank};
  const std::array<cmd, 4> column = {cmd::read, cmd::write, cmd::read_auto, cmd::write_auto};
  for (int relation = 0; relation < bank_relation_count; ++relation) {
    for (const cmd first : row) {
      for (const cmd second : row) {
        require(first, second, static_cast<rel>(relation), first == cmd::activate ? c.activate : 1,
                par::command_bus);
      }
    }
    for (const cmd first : column) {
      for (const cmd second : column) {
        require(first, second, static_cast<rel>(relation), 1, par::command_bus);
      }
    }
  }
}

double refreshes_per_s(const dram_stack_spec& spec) {
  if (spec.controller.refresh == refresh_policy::none) return 0;
  const dram_clocks clocks = resolve(spec.geometry, spec.timings);
  const bool per_bank = spec.controller.refresh == refresh_policy::per_bank;
  const double interval_s = to_seconds(clocks.tCK) * (per_bank ? clocks.tREFIpb : clocks.tREFI);
  const dram_geometry& g = spec.geometry;
  const double units = 1.0 * g.channels * g.pseudo_channels * g.stack_ids;
  return units / interval_s * (spec.thermal.hot(0) ? 2 : 1);
}

double idle_power_w(const dram_stack_spec& spec) {
  const dram_energy_spec& e = spec.energy;
  const bool per_bank = spec.controller.refresh == refresh_policy::per_bank;
  return e.background_w +
         refreshes_per_s(spec) * (per_bank ? e.refresh_per_bank_j : e.refresh_all_bank_j);
}

}  // namespace lamina
