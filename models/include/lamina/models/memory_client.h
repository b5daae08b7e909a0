// SPDX-License-Identifier: Apache-2.0
// Those who ask a memory again and again.
#pragma once

#include "lamina/models/access_stream.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina {

/// A request of a client.
struct client_request {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;  ///< 0: nothing; it is there at once
  bool write = false;
  bool after_all = false;  ///< only when all that was asked for before has been used,
  femtoseconds later{0};   ///< and that much later, for which it has a unit
  bool none = false;       ///< the client has asked for all that it wants
};

/// Neighbouring bytes of a request that go one way.
struct request_part {
  int way = 0;
  int gate = 0;  ///< that it passes, see gates()
  std::uint64_t end = ~std::uint64_t{0};
};

/// Asks for one request after the other, `in_flight()` of them at a time, and uses what it gets in
/// the order that it asked: an answer that comes early keeps its place until it is used.
class memory_client {
 public:
  virtual ~memory_client() = default;
  virtual client_request next() = 0;
  virtual int in_flight() const = 0;
  /// Writes leave when their turn comes, in nobody's place, and are not waited for.
  virtual bool posts_writes() const { return false; }
  /// Ways on which parts of a request reach the memory, the shortest first.
  virtual int ways() const { return 1; }
  /// The part of the last request from `next()` that has this address, and where it ends.
  virtual request_part part_at(std::uint64_t) const { return {}; }
  /// How much longer than on the shortest way a request takes on a way, with nobody in the way.
  virtual femtoseconds longer(int) const { return femtoseconds{0}; }
  /// A way's answer on its way back, and a request on the shortest way.
  virtual femtoseconds back(int) const { return femtoseconds{0}; }
  /// Of its own work on each answer, one after the other; then the answer's place is free.
  virtual femtoseconds pause() const { return femtoseconds{0}; }
  /// A request for nothing until it is answered.
  virtual femtoseconds nothing() const { return femtoseconds{0}; }
  /// A lane that its answers come in by, one after the other, and its writes leave by on all but
  /// the shortest way; shared with other clients. -1: it has none.
  virtual int lane() const { return -1; }
  virtual double lane_s_per_byte() const { return 0; }
  /// What all clients with lanes share on the memory's side of them. Parts of answers that are not
  /// read from the memory, of `gate_bytes()`, have the gates in turn.
  virtual int gates() const { return 1; }
  virtual double gate_s_per_byte() const { return 0; }  ///< of each
  virtual double gate_bytes() const { return 64; }
  /// Bytes of every answer; those that are not read from the memory come after `nothing()`.
  virtual double answer_bytes() const { return 0; }
  /// A unit that it shares with other clients, and how long that is busy in each pause, from its
  /// begin. -1: it shares none.
  virtual int unit() const { return -1; }
  virtual femtoseconds unit_time() const { return femtoseconds{0}; }
  /// What it has before a request that comes later: the same unit, or another at the same place.
  virtual bool later_on_unit() const { return false; }
  /// For how long a read, or a write, has the port of its `unit()`, which requests have in the
  /// order in which they are asked; an answer is not there before, and the next request not asked.
  virtual femtoseconds port_time(bool) const { return femtoseconds{0}; }
};

/// What a memory takes for clients that end.
struct finished_result {
  double elapsed_s = 0;   ///< until the last of them has used its last answer, writes included
  double occupied_s = 0;  ///< as if it were full, for as long as requests are in it in part
  double gate_s = 0;      ///< for which the busiest gate was busy
  dram_counts counts;
  dram_energy energy;  ///< of commands, ports and bonds, and background for as long
};

}  // namespace lamina
