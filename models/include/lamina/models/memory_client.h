// SPDX-License-Identifier: Apache-2.0
// Those who ask a memory again and again, without end.
#pragma once

#include "lamina/models/access_stream.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina {

/// Asks for one request after the other, `in_flight()` of them at a time; the oldest place that has
/// been answered is used first.
class memory_client {
 public:
  virtual ~memory_client() = default;
  virtual access_request next() = 0;
  virtual int in_flight() const = 0;
  /// Writes leave when their turn comes, in nobody's place, and are not waited for.
  virtual bool posts_writes() const { return false; }
  /// Of its own work between an answer and the request that takes its place, one after the other.
  virtual femtoseconds pause() const { return femtoseconds{0}; }
  /// Between two of its first requests.
  virtual femtoseconds spacing() const { return femtoseconds{0}; }
};

/// What a memory sustains for clients that never end.
struct sustained_result {
  double bytes_per_s = 0;
  double latency_s = 0;  ///< mean of a request, from issue to its last byte
  dram_counts counts;    ///< of each byte
  dram_energy energy;    ///< of each byte
};

}  // namespace lamina
