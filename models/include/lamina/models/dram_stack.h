// SPDX-License-Identifier: Apache-2.0
// What a 3D DRAM stack is: the specification that both fidelities read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/address_map.h"
#include "lamina/models/units.h"

namespace lamina {

/// Counts and sizes. A channel reaches `stack_ids` layers; `connected_layers` of them own a data
/// port, which they share with their neighbours. So a channel has pseudo_channels *
/// connected_layers ports and pseudo_channels * stack_ids * bank_groups * banks_per_group banks.
struct dram_geometry {
  int layers = 1;     ///< DRAM dies in the stack
  int stack_ids = 1;  ///< layers that one channel reaches (HBM: stack IDs; column: all layers)
  int connected_layers = 1;  ///< of those, layers that own a data port
  int channels = 1;
  int pseudo_channels = 1;
  int bank_groups = 4;
  int banks_per_group = 4;
  std::int64_t rows = 32768;
  int row_bytes = 1024;   ///< one row of one bank
  int burst_bytes = 32;   ///< one column command
  int port_bits = 64;     ///< data wires of one port
  double pin_rate = 2e9;  ///< bit/s of one data wire

  int ports() const { return pseudo_channels * connected_layers; }
  int banks_per_stack_id() const { return bank_groups * banks_per_group; }
  int banks() const { return pseudo_channels * stack_ids * banks_per_stack_id(); }
  int bursts_per_row() const { return row_bytes / burst_bytes; }
  /// Port, within the channel, that carries the data of a layer: neighbours share.
  int port_of(int pseudo_channel, int stack_id) const {
    return pseudo_channel * connected_layers + stack_id * connected_layers / stack_ids;
  }
  /// Vertical hops from a layer to the base: the layers of its stack ID count as one block.
  int hops_of(int stack_id) const { return (stack_id + 1) * layers / stack_ids; }
  std::int64_t capacity_bytes() const {
    return static_cast<std::int64_t>(channels) * banks() * rows * row_bytes;
  }
};

/// Distances between commands, named as JEDEC does. A zero tREFIpb means tREFI over the banks.
struct dram_timings {
  femtoseconds tCK{1'000'000};
  clocked_time RL, WL;
  clocked_time tRCDRD, tRCDWR, tRP, tRAS, tRC, tRTP, tWR;
  clocked_time tCCD_S, tCCD_L, tCCD_R;
  clocked_time tRRD_S, tRRD_L, tFAW;
  clocked_time tWTR_S, tWTR_L, tRTW;
  clocked_time tRFC, tRFCpb, tREFI, tREFIpb, tRREFD;
  int activate_clocks = 1;    ///< row-bus cycles of ACT
  clocked_time vertical_hop;  ///< added latency of each layer that data crosses
};

enum class scheduler_policy { fr_fcfs, fcfs };
enum class page_policy { open, closed, adaptive };
enum class refresh_policy { none, all_bank, per_bank };
enum class queue_organisation { unified, split };
enum class command_bus_scope { channel, port };

/// The controller's choices. One controller serves one command bus: a channel's, or a port's.
struct dram_controller_spec {
  scheduler_policy scheduler = scheduler_policy::fr_fcfs;
  page_policy page = page_policy::open;
  queue_organisation queues = queue_organisation::split;
  int queue_entries = 64;         ///< unified: reads and writes together
  int read_queue_entries = 64;    ///< split
  int write_queue_entries = 64;   ///< split
  int write_high_watermark = 48;  ///< queued writes that start a drain
  int write_low_watermark = 16;   ///< queued writes that end it when reads wait
  refresh_policy refresh = refresh_policy::all_bank;
  command_bus_scope command_bus = command_bus_scope::channel;
  /// Stack-wide activations inside any tRAS window; 0 is no cap.
  int activation_cap = 0;
};

/// Kelvin-free: data sheets give the refresh limit in degrees Celsius.
struct dram_thermal_state {
  double temperature_c = 60;  ///< of every layer that `layer_temperatures_c` leaves out
  std::vector<double> layer_temperatures_c;  ///< one for each stack ID, from the base up
  double hot_limit_c = 85;                   ///< from here refresh is due twice as often
  double of(int stack_id) const {
    return static_cast<std::size_t>(stack_id) < layer_temperatures_c.size()
               ? layer_temperatures_c[static_cast<std::size_t>(stack_id)]
               : temperature_c;
  }
  bool hot(int stack_id) const { return of(stack_id) > hot_limit_c; }
};

/// Energy of one command (J), of one bit moved (J/bit), and standing power (W).
struct dram_energy_spec {
  double activate_j = 0;
  double precharge_j = 0;
  double read_j = 0;  ///< array and column path of one burst
  double write_j = 0;
  double refresh_all_bank_j = 0;
  double refresh_per_bank_j = 0;
  double port_j_per_bit = 0;  ///< port driver and receiver
  double bond_j_per_bit = 0;  ///< each vertical hop (TSV or hybrid bond)
  double background_w = 0;    ///< of the whole stack
};

struct dram_stack_spec {
  std::string name;
  dram_geometry geometry;
  dram_timings timings;
  dram_controller_spec controller;
  dram_thermal_state thermal;
  dram_energy_spec energy;
  address_map_spec address_map;
};

}  // namespace lamina
