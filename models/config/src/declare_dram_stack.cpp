// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/dram_stack.h"

namespace lamina::config {
namespace {

constexpr const char* jedec = "JESD235 (HBM2), JESD238 (HBM3), JESD270-4 (HBM4)";

}  // namespace

mapping declare(dram_geometry& g) {
  mapping m;
  m.whole("layers", g.layers, {1, 64}, "DRAM dies in the stack").required();
  m.whole("stack_ids", g.stack_ids, {1, 64},
          "Layers that one channel tells apart: stack IDs of HBM, all layers of a column")
      .required();
  m.whole("connected_layers", g.connected_layers, {1, 64},
          "Of those, layers that own a data port; their neighbours share it")
      .required();
  m.whole("channels", g.channels, {1, 4096}, "Channels, or columns, of the stack").required();
  m.whole("pseudo_channels", g.pseudo_channels, {1, 16}, "Pseudo channels of a channel");
  m.whole("bank_groups", g.bank_groups, {1, 64}, "Bank groups of a stack ID of a pseudo channel")
      .required();
  m.whole("banks_per_group", g.banks_per_group, {1, 64}, "Banks of a bank group").required();
  m.whole("rows", g.rows, {1, 1 << 24}, "Rows of a bank").required();
  m.bytes("row_bytes", g.row_bytes, {1, 1 << 20}, "Size of one row of one bank").required();
  m.bytes("burst_bytes", g.burst_bytes, {1, 1 << 12}, "What one column command moves").required();
  m.whole("port_bits", g.port_bits, {1, 65536}, "Data wires of one port").required();
  m.quantity("pin_rate", g.pin_rate, dimension::bit_rate, {1e6, 1e12},
             "Bits per second of one data wire")
      .required();
  return m;
}

mapping declare(dram_timings& t) {
  mapping m;
  m.time("tCK", t.tCK, {1e-11, 1e-6}, "Period of the command clock").required().from(jedec);
  m.distance("RL", t.RL, "Read command to its first data").required().from(jedec);
  m.distance("WL", t.WL, "Write command to its first data").required().from(jedec);
  m.distance("tRCDRD", t.tRCDRD, "Activate to read of the same bank").required().from(jedec);
  m.distance("tRCDWR", t.tRCDWR, "Activate to write of the same bank").required().from(jedec);
  m.distance("tRP", t.tRP, "Precharge to activate of the same bank").required().from(jedec);
  m.distance("tRAS", t.tRAS, "Activate to precharge of the same bank").required().from(jedec);
  m.distance("tRC", t.tRC, "Activate to activate of the same bank").required().from(jedec);
  m.distance("tRTP", t.tRTP, "Read to precharge of the same bank").required().from(jedec);
  m.distance("tWR", t.tWR, "End of write data to precharge of the same bank")
      .required()
      .from(jedec);
  m.distance("tCCD_S", t.tCCD_S, "Column command to the next in another bank group")
      .required()
      .from(jedec);
  m.distance("tCCD_L", t.tCCD_L, "Column command to the next in the same bank group")
      .required()
      .from(jedec);
  m.distance("tCCD_R", t.tCCD_R, "Column command to the next in another stack ID on the same port")
      .from(jedec);
  m.distance("tRRD_S", t.tRRD_S, "Activate to activate in another bank group")
      .required()
      .from(jedec);
  m.distance("tRRD_L", t.tRRD_L, "Activate to activate in the same bank group")
      .required()
      .from(jedec);
  m.distance("tFAW", t.tFAW, "First to fifth activate of a stack ID of a pseudo channel")
      .required()
      .from(jedec);
  m.distance("tWTR_S", t.tWTR_S, "End of write data to read in another bank group")
      .required()
      .from(jedec);
  m.distance("tWTR_L", t.tWTR_L, "End of write data to read in the same bank group")
      .required()
      .from(jedec);
  m.distance("tRTW", t.tRTW, "Read to write on the same port").required().from(jedec);
  m.distance("tRFC", t.tRFC, "All-bank refresh to the next command of those banks").from(jedec);
  m.distance("tRFCpb", t.tRFCpb, "Per-bank refresh to the next command of that bank").from(jedec);
  m.distance("tREFI", t.tREFI, "Average distance of all-bank refreshes").from(jedec);
  m.distance("tREFIpb", t.tREFIpb,
             "Average distance of per-bank refreshes; 0 clk: tREFI over the banks")
      .from(jedec);
  m.distance("tRREFD", t.tRREFD, "Per-bank refresh to activate or refresh of another bank")
      .from(jedec);
  m.whole("activate_clocks", t.activate_clocks, {1, 16}, "Row-bus clocks that an activate takes");
  m.distance("vertical_hop", t.vertical_hop, "Added latency of each layer that data crosses");
  return m;
}

mapping declare(dram_controller_spec& c) {
  mapping m;
  m.choice("scheduler", c.scheduler, {"fr_fcfs", "fcfs"},
           "Column commands as they become legal, or in order of arrival");
  m.choice("page", c.page, {"open", "closed", "adaptive"}, "When a row is closed again");
  m.choice("queues", c.queues, {"unified", "split"}, "Reads and writes in one queue or in two");
  m.whole("queue_entries", c.queue_entries, {1, 65536}, "Bursts in the unified queue");
  m.whole("read_queue_entries", c.read_queue_entries, {1, 65536}, "Reads in split queues");
  m.whole("write_queue_entries", c.write_queue_entries, {1, 65536}, "Writes in split queues");
  m.whole("write_high_watermark", c.write_high_watermark, {1, 65536},
          "Queued writes that start a drain");
  m.whole("write_low_watermark", c.write_low_watermark, {0, 65536},
          "Queued writes that end it when reads wait");
  m.choice("refresh", c.refresh, {"none", "all_bank", "per_bank"}, "How rows are refreshed");
  m.choice("command_bus", c.command_bus, {"channel", "port"},
           "One controller and command bus for each channel, or for each port");
  m.whole("activation_cap", c.activation_cap, {0, 1 << 20},
          "Most activates of the whole stack within any tRAS; 0: no cap");
  return m;
}

mapping declare(dram_thermal_state& s) {
  constexpr bounds possible = {-55, 200};
  mapping m;
  m.quantity("temperature", s.temperature_c, dimension::temperature, possible,
             "Temperature of every layer that layer_temperatures leaves out");
  m.quantities("layer_temperatures", s.layer_temperatures_c, dimension::temperature, possible,
               "One for each stack ID, from the base up");
  m.quantity("hot_limit", s.hot_limit_c, dimension::temperature, possible,
             "A layer above it is refreshed twice as often")
      .from("JEDEC practice: 85 C");
  return m;
}

mapping declare(dram_energy_spec& e) {
  constexpr bounds command = {0, 1e-3};
  constexpr bounds bit = {0, 1e-6};
  mapping m;
  m.quantity("activate", e.activate_j, dimension::energy, command, "Energy of an activate");
  m.quantity("precharge", e.precharge_j, dimension::energy, command,
             "Energy of a precharge of one bank");
  m.quantity("read", e.read_j, dimension::energy, command,
             "Array and column path of one burst read");
  m.quantity("write", e.write_j, dimension::energy, command,
             "Array and column path of one burst written");
  m.quantity("refresh_all_bank", e.refresh_all_bank_j, dimension::energy, command,
             "Energy of an all-bank refresh");
  m.quantity("refresh_per_bank", e.refresh_per_bank_j, dimension::energy, command,
             "Energy of a per-bank refresh");
  m.quantity("port_per_bit", e.port_j_per_bit, dimension::energy_per_bit, bit,
             "Port driver and receiver");
  m.quantity("bond_per_bit", e.bond_j_per_bit, dimension::energy_per_bit, bit,
             "Each layer that a bit crosses by TSV or hybrid bond");
  m.quantity("background", e.background_w, dimension::power, {0, 1e4},
             "Standing power of the whole stack");
  return m;
}

mapping declare(address_map_spec& map) {
  mapping m;
  m.notation("digits", map.digits, parse_address_digit, print_address_digit, 128,
             "digit, such as bank_group or column:4",
             "Digits of an address above the burst, least significant first; empty: the default");
  m.notation("xors", map.xors, parse_address_xor, print_address_xor, 256,
             "XOR of two bits, such as \"bank[0] ^= row[3]\"",
             "Bits that become themselves XOR another bit");
  return m;
}

mapping declare(dram_stack_spec& s) {
  mapping m;
  m.text("name", s.name, "What people call it");
  m.section("geometry", declare(s.geometry), "Counts and sizes").required();
  m.section("timings", declare(s.timings),
            "Smallest distances between commands, rounded up to clocks")
      .required();
  m.section("controller", declare(s.controller), "The controller's choices");
  m.section("thermal", declare(s.thermal), "Temperatures, which decide the refresh rate");
  m.section("energy", declare(s.energy), "Energy by cause");
  m.section("address_map", declare(s.address_map), "Where each byte address lives");
  return m;
}

}  // namespace lamina::config
