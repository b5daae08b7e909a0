// SPDX-License-Identifier: Apache-2.0
// Streams of memory accesses: what they are, and the one generator that both fidelities share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lamina/models/units.h"

namespace lamina {

enum class access_pattern { sequential, strided, random, trace };

/// One line of a trace.
struct trace_entry {
  femtoseconds time{0};  ///< not issued before
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool write = false;
};

/// A finite stream of equal requests. Addresses wrap inside [base, base + range).
struct access_stream {
  std::string name;
  access_pattern pattern = access_pattern::sequential;
  std::uint64_t base = 0;          ///< bytes
  std::uint64_t range_bytes = 0;   ///< 0: the bytes that it moves
  std::uint64_t stride_bytes = 0;  ///< strided: distance of consecutive requests
  std::uint32_t request_bytes = 64;
  std::uint64_t total_bytes = 1 << 20;
  double read_fraction = 1;        ///< each request is a read with this probability
  double hit_fraction = 0;         ///< random: probability that a request follows its predecessor
  int in_flight = 64;              ///< requests between issue and completion
  double rate_bytes_per_s = 0;     ///< offered, evenly spaced; 0: as fast as the memory takes it
  std::vector<trace_entry> trace;  ///< pattern trace: the requests themselves

  /// First byte behind all that it touches.
  std::uint64_t end_address() const {
    std::uint64_t end =
        base + std::max<std::uint64_t>(range_bytes != 0 ? range_bytes : total_bytes, request_bytes);
    if (pattern == access_pattern::trace) {
      end = 0;
      for (const trace_entry& entry : trace) {
        end = std::max<std::uint64_t>(end, entry.address + entry.bytes);
      }
    }
    return end;
  }
  std::int64_t requests() const {
    if (pattern == access_pattern::trace) return static_cast<std::int64_t>(trace.size());
    return static_cast<std::int64_t>((total_bytes + request_bytes - 1) / request_bytes);
  }
};

/// What a memory is asked to do: all streams start at time zero.
struct memory_workload {
  std::vector<access_stream> streams;
  std::uint64_t seed = 1;
};

struct access_request {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  bool write = false;
  femtoseconds earliest{0};  ///< from the stream's rate or trace
};

/// Yields a stream's requests one by one, the same for everybody who asks with the same seed.
/// Allocates nothing. The stream must outlive it.
class access_generator {
 public:
  access_generator(const access_stream& stream, std::uint64_t seed, std::size_t stream_index);
  bool done() const { return issued_ == requests_; }
  /// The next request. Must not be called when done().
  access_request next();
  std::int64_t issued() const { return issued_; }
  std::int64_t left() const { return requests_ - issued_; }
  /// Passes over `requests` <= left() requests. A random stream makes no draws for them, so that
  /// what follows is as random, but not the same.
  void skip(std::int64_t requests);

 private:
  std::uint64_t next_offset();
  std::uint64_t lap_step() const;
  double draw_unit();
  std::uint64_t draw_slot();

  const access_stream& stream_;
  std::mt19937_64 engine_;
  std::int64_t requests_;
  std::int64_t issued_ = 0;
  std::uint64_t slots_ = 1;  ///< places of a request in the range
  std::uint64_t offset_ = 0;
  std::uint64_t lap_ = 0;
  double interval_fs_ = 0;
};

}  // namespace lamina
