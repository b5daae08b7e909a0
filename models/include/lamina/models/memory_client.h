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
  femtoseconds later{0};   ///< and that much later
  bool none = false;       ///< the client has asked for all that it wants
};

/// Asks for one request after the other, `in_flight()` of them at a time, and uses what it gets in
/// the order that it asked: an answer that comes early keeps its place until it is used.
class memory_client {
 public:
  virtual ~memory_client() = default;
  virtual client_request next() = 0;
  virtual int in_flight() const = 0;
  /// Requests after which its pattern repeats, where that is soon.
  virtual std::int64_t lap() const { return 1; }
  /// Writes leave when their turn comes, in nobody's place, and are not waited for.
  virtual bool posts_writes() const { return false; }
  /// Between memory and client and back, with nobody in the way.
  virtual femtoseconds way() const { return femtoseconds{0}; }
  /// Of its own work on each answer, one after the other; then the answer's place is free.
  virtual femtoseconds pause() const { return femtoseconds{0}; }
  /// Between two requests for which there are places.
  virtual femtoseconds spacing() const { return femtoseconds{0}; }
};

/// What a memory sustains for clients that never end.
struct sustained_result {
  double bytes_per_s = 0;
  double latency_s = 0;  ///< mean of a request, from issue to its last byte
  dram_counts counts;    ///< of each byte
  dram_energy energy;    ///< of each byte
};

/// What a memory takes for clients that end.
struct finished_result {
  double elapsed_s = 0;   ///< until the last of them has used its last answer, writes included
  double occupied_s = 0;  ///< as if it were full, for as long as requests are in it in part
  dram_counts counts;
  dram_energy energy;  ///< of commands, ports and bonds, and background for as long
};

}  // namespace lamina
