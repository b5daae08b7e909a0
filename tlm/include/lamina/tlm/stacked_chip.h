// SPDX-License-Identifier: Apache-2.0
// A chip under its DRAM stack, event by event: tiles, network, slices of the shared buffer, stack.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "lamina/models/stacked_chip.h"
#include "lamina/tlm/compute_tile.h"
#include "lamina/tlm/dram_stack.h"
#include "lamina/tlm/event_queue.h"
#include "lamina/tlm/packet_network.h"
#include "lamina/tlm/stack_port.h"

namespace lamina::sysc {

/// What lies between the tiles and the stack. A load becomes pieces (see piece_layout). The request
/// for a piece takes the idle network's time to its slice, and no bandwidth. The slice has it after
/// the buffer's latency or, when it misses, when the stack has answered; passes one piece after the
/// other at its share of the shared buffer's bandwidth; and sends it as a message over the network.
/// A load is there when all its pieces are. The pieces of a store are messages to the slices, which
/// pass them likewise; what goes through is then written to the stack.
///
/// A piece that misses is in a slice under the channel that holds it, the others are spread evenly.
/// Pieces miss whole: evenly spread, as many as the part's miss share says.
class stacked_ways : public sc_core::sc_module, public tile_ways_if, private message_listener {
 public:
  SC_HAS_PROCESS(stacked_ways);
  stacked_ways(const sc_core::sc_module_name& name, const stacked_chip_spec& spec);

  /// Call it between parts only.
  void begin(const tile_schedule& part);
  void load(std::int64_t now, const way_request& what) override;
  void store(std::int64_t now, const way_request& what) override;

  /// Bind each to the stack.
  std::vector<std::unique_ptr<stack_port>>& ports() { return ports_; }
  const packet_network& network() const { return network_; }
  double buffer_bytes() const { return buffer_bytes_; }
  std::uint64_t memory_bytes() const;
  /// Time for which the stack had enough requests to be busy. Fewer count for their share of what
  /// is enough: the bytes that its ports move in the time of a closed row's access.
  double stack_occupied_s() const { return stack_occupied_fs_ * 1e-15; }
  double busiest_slice_s() const;
  double busiest_link_s() const;
  double network_energy_j() const;  ///< of all bits, headers included

 private:
  enum class stage : std::uint8_t { requested, sent, at_slice, passed };
  static constexpr std::uint32_t stages = 4;
  /// A load or store until all its pieces are there.
  struct transfer {
    way_request what;
    std::int64_t left = 0;
  };
  struct piece {
    int transfer = 0;
    int slice = 0;
    std::uint32_t bytes = 0;
    std::uint32_t beyond = 0;  ///< bytes of it that the stack reads or writes: all of them or none
    std::uint64_t address = 0;
    bool write = false;
    bool written = false;  ///< the stack has it
    int asked = 0;         ///< of the stack, and not answered yet
    std::int64_t answered = 0;
  };

  void wake();
  void plan();
  void push(std::int64_t time, int piece_index, stage what);
  void handle(std::int64_t now, int piece_index, stage what);
  void begin_transfer(std::int64_t now, const way_request& what, bool write);
  void finish(int piece_index, std::int64_t now);
  void leave_slice(int piece_index, std::int64_t now);
  void on_arrival(std::int64_t tag, femtoseconds now) override;
  void on_sent(std::int64_t, femtoseconds) override {}
  void count_in_stack(std::int64_t now, double bytes);
  void find_request_times();
  std::size_t port_of(std::uint64_t address, bool write) const;
  void ask_stack(std::int64_t now, int piece_index);
  void answer(int piece_index, std::int64_t when);
  int new_piece();
  int new_transfer();
  piece& at(int index) { return pieces_[static_cast<std::size_t>(index)]; }

  const stacked_chip_spec& spec_;
  const address_map map_;
  const int buses_;  ///< controllers of a channel
  const network_graph graph_;
  packet_network network_;
  std::vector<std::unique_ptr<stack_port>> ports_;  ///< by controller: reads, writes
  std::vector<serving_unit> slices_;
  const double slice_fs_per_byte_;
  std::vector<std::int64_t> request_fs_;  ///< by node of the tile, then slice
  std::unique_ptr<piece_layout> layout_;
  double owed_read_ = 0;                ///< bytes of misses so far that no piece has fetched
  double owed_write_ = 0;               ///< the same of stores
  std::vector<std::uint64_t> cursors_;  ///< by block: bytes that it has read from the stack
  std::vector<piece> pieces_;
  std::vector<int> free_pieces_;
  std::vector<transfer> transfers_;
  std::vector<int> free_transfers_;
  event_queue queue_;
  sc_core::sc_event wake_event_;
  double buffer_bytes_ = 0;
  const double enough_in_stack_;  ///< bytes
  double in_stack_ = 0;
  std::int64_t in_stack_since_ = 0;
  double stack_occupied_fs_ = 0;
};

/// Elaborates chip and stack and runs all parts of the schedule one after the other. The rates that
/// spec.chip states for memory and network are not used. Once in a process (SystemC's kernel is
/// global state). Throws std::invalid_argument for a chip that does not hold together or a schedule
/// without blocks.
kernel_result simulate(const stacked_chip_spec& spec, const kernel_schedule& schedule,
                       const tile_simulation_options& options = {});

}  // namespace lamina::sysc
