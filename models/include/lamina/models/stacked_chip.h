// SPDX-License-Identifier: Apache-2.0
// A chip under its memory: compute tiles on a network with the slices of a shared buffer, and DRAM
// layers stacked on top.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
/// with; after the last one, the first, or none when each runs `once`. Of fewer slots each stands
/// for several, and so does a block.
class block_dealer {
 public:
  block_dealer(std::int64_t blocks, std::int64_t slots, std::int64_t clients, bool once = false)
      : blocks_(blocks), slots_(slots), clients_(clients), next_(clients), once_(once) {}
  std::int64_t take() {
    const std::int64_t block = next_++ * slots_ / clients_;
    return once_ && block >= blocks_ ? -1 : block % blocks_;
  }
  /// Bytes that are due to miss beyond the pieces that did, of all slots together.
  double owed_read = 0, owed_write = 0;

 private:
  std::int64_t blocks_, slots_, clients_, next_;
  bool once_;
};

/// What a slot asks of the stack: for each step of each of its blocks, what the load misses, and
/// behind a block's last step what its store puts through. A block begins when the one before it is
/// done but for its store. Slot s begins with block s and takes the
/// next from the dealer; without one it runs s, s + slots, and so on. Only for parts that move
/// something. Where loads miss in part, whole pieces do, as many as the miss share says of the
/// loads of all slots that have one dealer; a load without one is a request for nothing, which
/// keeps its place and its turn.
class slot_client : public memory_client {
 public:
  slot_client(const tile_schedule& part, const stacked_chip_spec& spec, std::int64_t slot,
              block_dealer* dealer = nullptr);
  client_request next() override;
  int in_flight() const override { return in_flight_; }
  std::int64_t lap() const override { return steps_ + (layout_.through_of_store > 0 ? 1 : 0); }
  bool posts_writes() const override { return layout_.missed_of_load > 0; }
  femtoseconds pause() const override { return turn_; }
  femtoseconds spacing() const override { return port_; }
  femtoseconds way() const override { return way_; }
  /// Begins with its block's first step, in a tile whose blocks share its units, `way` from the
  /// memory.
  void begin(const tile_schedule& part, const chip_spec& chip, femtoseconds way);
  /// As one of fewer clients that stand for all slots: its own work takes a share of the time.
  void hurry(double share);

 private:
  void next_step();
  double due(double through, double whole, bool write);

  piece_layout layout_;
  block_dealer* dealer_;
  std::int64_t first_block_, blocks_, slots_, steps_;
  double load_bytes_, store_bytes_, piece_bytes_;
  int in_flight_ = 1;
  femtoseconds turn_{0};    ///< of a step in the tile
  femtoseconds finish_{0};  ///< of a block in the tile, behind its last step
  femtoseconds port_;       ///< of a load for each block of the tile
  femtoseconds way_{0};
  std::int64_t block_;
  std::int64_t step_ = 0;
  std::uint64_t read_ = 0;         ///< bytes of this block so far
  bool begins_ = false;            ///< the next request is the first of a block, or its store
  double owed_read_, owed_write_;  ///< without a dealer
};

/// Clocks of a turn in which a block's units work one after the other.
double turn_clocks(const step_work& step);

/// Bytes that all ports move while one closed row is opened and read: with so much in it, the stack
/// is full.
double bytes_of_an_access(const dram_stack_spec& stack);

/// Bytes of loads that miss which all slots have under way together.
double bytes_at_once(const tile_schedule& part, const stacked_chip_spec& spec);

}  // namespace lamina
