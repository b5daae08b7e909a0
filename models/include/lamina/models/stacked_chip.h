// SPDX-License-Identifier: Apache-2.0
// A chip under its memory: compute tiles on a network with the slices of a shared buffer, and DRAM
// layers stacked on top.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/address_map.h"
#include "lamina/models/chip.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/interconnect.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_client.h"
#include "lamina/models/spec_problem.h"
#include "lamina/models/tile_schedule.h"

namespace lamina {

/// Every node of the network holds an equal part of the tiles (tile t is at node t modulo nodes)
/// and one slice of the shared buffer, which lies between the network and the stack above it.
/// Consecutive pieces of an address range are in consecutive slices. A load of a tile asks the
/// slices for its pieces; those that miss come out of the stack first. Stores go the other way and
/// wait for nobody.
struct stacked_chip_spec {
  std::string name;
  /// Tiles, clock, the shared buffer as a whole, launch, fusion. Its `memory` and `network` are not
  /// part of the description: they are what dram_stack and interconnect answer.
  chip_spec chip;
  interconnect_spec noc;
  std::uint32_t piece_bytes = 1024;  ///< of one slice and one message
  dram_stack_spec dram_stack;

  int nodes() const;  ///< endpoints of the network
  int node_of_tile(int tile) const { return tile % nodes(); }
};

/// Bytes of a tile's request for a piece: an address and what is asked for.
inline constexpr int piece_request_bytes = 16;

/// Slice that a piece which comes out of the stack, or goes there, passes. Slices are under equal
/// parts of the channels, or share one. A piece that lies in several channels is gathered below one
/// of them, consecutive pieces below one after the other: pieces that are as long as all channels
/// together would else all begin, and pass, at the same slice.
int slice_above(const stacked_chip_spec& spec, const address_map& map, std::uint64_t address,
                std::uint32_t bytes);

/// The slices in the order in which a node's requests reach them.
struct slice_order {
  /// Slices as near as each other.
  struct turn {
    femtoseconds there{0};  ///< of a request
    femtoseconds back{0};   ///< of a piece, one way or the other
  };
  std::vector<int> turn_of;  ///< each slice
  std::vector<turn> turns;
};

/// All that is wrong with a chip; empty when nothing is.
std::vector<spec_problem> check(const stacked_chip_spec& spec);

/// Where the pieces of a part's loads and stores are. Both paths ask it, so that they move the same
/// bytes to the same places. What a block reads from the stack is contiguous, and so are the
/// blocks. Blocks that run side by side begin their loops at different steps, evenly spread, and
/// wrap around: in step they would all be at the same channels whenever their sizes are a power of
/// two (AMD's GEMM library staggers its k loops likewise, "StaggerU").
struct piece_layout {
  piece_layout(const tile_schedule& part, const stacked_chip_spec& spec);

  std::int64_t pieces_of_load;   ///< messages of one load
  std::int64_t pieces_of_store;  ///< messages of one block's store
  double missed_of_load;         ///< bytes of a load that the stack delivers, on the mean
  double through_of_store;       ///< bytes of a store that go on to the stack
  std::uint64_t read_of_block;   ///< bytes that a block reads from the stack, whole bursts
  std::uint64_t write_of_block;  ///< bytes that it writes there
  std::uint64_t write_base;      ///< first byte that is written; what is read begins at 0
  std::uint64_t burst_bytes;     ///< of the stack
  std::uint64_t capacity;        ///< bytes of the stack; addresses wrap there
  std::int64_t slots;            ///< blocks that run side by side

  /// Slice of the i-th piece of a load of a block, or of its store.
  int slice_of_load(std::int64_t block, std::int64_t step, std::int64_t i) const {
    const std::int64_t turned = (first_step(block) + step) % steps;
    return slice_of((block * steps + turned) * pieces_of_load + i);
  }
  int slice_of_store(std::int64_t block, std::int64_t i) const {
    return slice_of(block * pieces_of_store + i);
  }
  /// Address of what a block reads next from the stack when it has read `before` bytes.
  std::uint64_t read_address(std::int64_t block, std::uint64_t before) const;
  std::uint64_t write_address(std::int64_t block, std::uint64_t before) const;

 private:
  std::int64_t first_step(std::int64_t block) const { return block % slots * steps / slots; }
  /// Consecutive pieces are in consecutive slices, from another one on in each lap.
  int slice_of(std::int64_t piece) const {
    return static_cast<int>((piece + piece / nodes) % nodes);
  }

  std::int64_t nodes;
  std::int64_t steps;
};

/// Hands the blocks of a part to slots that come for one, in order, behind those that they begin
/// with.
class block_dealer {
 public:
  block_dealer(std::int64_t blocks, std::int64_t slots) : blocks_(blocks), next_(slots) {}
  /// -1: there is none left.
  std::int64_t take() { return next_ < blocks_ ? next_++ : -1; }
  /// Bytes that are due to miss beyond the pieces that did, of all slots together.
  double owed_read = 0, owed_write = 0;

 private:
  std::int64_t blocks_, next_;
};

/// What a slot asks of the stack: for each step of each of its blocks, what the load misses, and
/// behind a block's last step what its store puts through. Slot s begins with block s and takes the
/// next from the dealer, when all loads of the one before have been used. Where loads miss in part,
/// whole pieces do, as many as the miss share says of the loads of all slots; a load without one is
/// a request for nothing, which keeps its place and its turn.
class slot_client : public memory_client {
 public:
  /// `dealer` may be shared, and must live as long.
  slot_client(const tile_schedule& part, const stacked_chip_spec& spec, std::int64_t slot,
              block_dealer& dealer);

  /// Of each block's loop `steps` only, with as much of what follows it.
  void cut(const tile_schedule& part, std::int64_t steps);
  /// Asks for pieces at their slices, which its tile's node reaches in this order, takes in and
  /// sends out at this rate. What hits the buffer comes `buffer_latency` later. Everything named
  /// here must live as long.
  void connect(const address_map& map, const slice_order& order, double node_bytes_per_s,
               femtoseconds buffer_latency);

  client_request next() override;
  int in_flight() const override { return in_flight_; }
  bool posts_writes() const override { return true; }
  femtoseconds pause() const override { return turn_; }
  int unit() const override { return tile_; }
  femtoseconds unit_time() const override { return unit_time_; }
  bool later_on_unit() const override { return vector_bound_; }
  femtoseconds port_time(bool write) const override { return write ? port_store_ : port_load_; }
  int ways() const override {
    return order_ == nullptr ? 1 : static_cast<int>(order_->turns.size());
  }
  request_part part_at(std::uint64_t address) const override;
  femtoseconds longer(int way) const override;
  femtoseconds back(int way) const override;
  int lane() const override { return lane_; }
  double lane_s_per_byte() const override { return lane_s_per_byte_; }
  int gates() const override { return spec_.nodes(); }
  double gate_s_per_byte() const override {
    return spec_.nodes() / spec_.chip.shared_buffer.bytes_per_s;
  }
  double gate_bytes() const override { return spec_.piece_bytes; }
  double answer_bytes() const override { return load_bytes_; }
  femtoseconds nothing() const override { return nothing_; }

 private:
  void next_step();
  double due(double through, double whole, bool write);

  const stacked_chip_spec& spec_;
  piece_layout layout_;
  block_dealer& dealer_;
  std::int64_t block_, steps_;
  double load_bytes_, store_bytes_;
  int in_flight_;
  femtoseconds turn_;    ///< of a step in the tile
  femtoseconds finish_;  ///< of a block in the tile, behind its last step
  int tile_;             ///< whose units it shares
  femtoseconds unit_time_{0};
  bool vector_bound_ = false;  ///< its busiest unit is that which finishes blocks
  femtoseconds port_load_, port_store_;
  const address_map* map_ = nullptr;
  const slice_order* order_ = nullptr;  ///< null: requests leave whole
  int lane_ = -1;
  double lane_s_per_byte_ = 0;
  femtoseconds nothing_{0};

  std::int64_t step_ = 0;
  std::uint64_t read_ = 0;  ///< bytes of this block so far
  bool ended_ = false;      ///< its block; the next one is taken when it is asked for
  bool finishes_ = false;   ///< its block, before the next request
  bool begins_ = false;     ///< the next request is the first of a block, or its store
  client_request last_;
};

/// Clocks of a turn in which a block's units work one after the other.
double turn_clocks(const step_work& step);

/// Bytes that all ports move while one closed row is opened and read: with so much in it, the stack
/// is full.
double bytes_of_an_access(const dram_stack_spec& stack);

}  // namespace lamina
