// SPDX-License-Identifier: Apache-2.0
// On-chip SRAM: its spec, the block moves it is asked for, and what it answers in either fidelity.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "lamina/models/access_stream.h"
#include "lamina/models/memory.h"
#include "lamina/models/spec_problem.h"
#include "lamina/models/units.h"

namespace lamina {

/// Banks of SRAM behind ports. A port issues one word a clock; a bank serves one word a clock, in
/// order of arrival, and queues the others.
struct buffer_spec {
  int banks = 16;
  int ports = 4;
  int bank_bytes = 32;            ///< width of a bank and of a port: one word
  int interleave_bytes = 0;       ///< consecutive bytes in one bank; 0: one word
  femtoseconds clock{1'000'000};  ///< period
  int read_latency_clocks = 2;    ///< from a bank's grant to the data
  int write_latency_clocks = 1;   ///< from a bank's grant to the acknowledgement
  std::int64_t capacity_bytes = 1 << 20;
  int in_flight = 64;  ///< words issued and not complete, of all ports together
  int depth = 2;       ///< blocks that a port works on at a time: 2 is double buffering
  double read_j_per_byte = 0;
  double write_j_per_byte = 0;
  double background_w = 0;

  std::int64_t interleave() const { return interleave_bytes > 0 ? interleave_bytes : bank_bytes; }
  /// Bytes after which the banks repeat.
  std::int64_t bank_period() const { return banks * interleave(); }
};

/// What a buffer is asked to do: requesters, which all start at time zero, move equal blocks.
/// Requester r uses port r modulo ports. Blocks are dealt out evenly.
struct buffer_workload {
  access_pattern pattern = access_pattern::sequential;  ///< sequential, strided or random
  std::uint32_t block_bytes = 1024;
  std::int64_t blocks = 1024;     ///< of all requesters together
  std::int64_t stride_bytes = 0;  ///< strided: distance of a requester's consecutive blocks
  double read_fraction = 1;       ///< of a requester's blocks; writes are spread evenly among them
  int requesters = 1;
  int in_flight = 4;            ///< blocks of a requester between wish and completion
  double rate_bytes_per_s = 0;  ///< offered by all together, evenly spaced; 0: as fast as taken
  std::uint64_t seed = 1;
};

/// What can bound a buffer. Each limit's value is the bandwidth that it alone would allow.
enum class buffer_limit : std::uint8_t {
  offered_rate,  ///< the requesters ask for no more
  requests,      ///< the requesters' blocks in flight over the latency of a block (Little)
  depth,         ///< the port's open blocks over the latency of a block (Little)
  in_flight,     ///< words in flight over the latency of a word (Little)
  port,          ///< words of the busiest port
  bank           ///< words of the busiest bank
};
inline constexpr int buffer_limit_count = 6;
std::string_view name_of(buffer_limit limit);

struct buffer_counts {
  double reads = 0;            ///< words
  double writes = 0;           ///< words
  double conflicts = 0;        ///< words that found their bank busy
  double conflict_clocks = 0;  ///< which they waited in all
};

struct buffer_energy {
  double read_j = 0;
  double write_j = 0;
  double background_j = 0;
  double total_j() const { return read_j + write_j + background_j; }
};

struct buffer_result {
  femtoseconds elapsed{0};  ///< from time zero to the last completion
  std::uint64_t read_bytes = 0;
  std::uint64_t write_bytes = 0;
  /// Of a block, from when its requester had a place in flight and its time had come.
  latency_summary latency;
  buffer_counts counts;
  buffer_energy energy;
  /// Bandwidth that each limit alone would allow, bytes/s; infinity where it does not apply.
  std::array<double, buffer_limit_count> limits{};
  buffer_limit bound_by = buffer_limit::port;

  double bandwidth_bytes_per_s() const {
    const double seconds = to_seconds(elapsed);
    return seconds > 0 ? static_cast<double>(read_bytes + write_bytes) / seconds : 0;
  }
  double& limit(buffer_limit which) { return limits[static_cast<std::size_t>(which)]; }
  double limit(buffer_limit which) const { return limits[static_cast<std::size_t>(which)]; }
};

/// Anything that moves blocks.
class block_store {
 public:
  virtual ~block_store() = default;
  virtual buffer_result move(const buffer_workload& workload) = 0;
};

/// Seconds for which the most needed resource of each kind was needed, in the order of
/// buffer_limit. Both fidelities name their limits by it: demand over elapsed time is utilisation.
using buffer_demand = std::array<double, buffer_limit_count>;
/// Fills limits and bound_by of a result whose byte counts are filled in.
void name_limits(const buffer_demand& demand, buffer_result& result);
/// Fills the energy of a result whose byte counts and time are filled in.
void add_energy(const buffer_spec& spec, buffer_result& result);

/// All that is wrong with a buffer; empty when nothing is. Takes any values without overflow.
std::vector<spec_problem> check(const buffer_spec& spec);
/// All that is wrong with a workload on a buffer that is itself in order.
std::vector<spec_problem> check(const buffer_workload& workload, const buffer_spec& spec);

/// Where requesters find their blocks. Addresses wrap after whole bank periods, so that a pattern
/// meets the banks in the same order on every lap; a block may reach beyond the end of a lap.
struct block_layout {
  std::uint64_t lap_bytes = 0;
  std::uint64_t word_bytes = 1;

  block_layout(const buffer_spec& spec, const buffer_workload& workload);
  /// First byte of a requester whose blocks are sequential or strided: an even part of the lap.
  std::uint64_t start_of(int requester, int requesters) const;
};

/// Distance of a requester's consecutive blocks, when it is regular.
inline std::uint64_t step_of(const buffer_workload& workload) {
  return workload.pattern == access_pattern::strided
             ? static_cast<std::uint64_t>(workload.stride_bytes)
             : workload.block_bytes;
}

inline std::int64_t blocks_of(const buffer_workload& workload, int requester) {
  return workload.blocks / workload.requesters +
         (requester < workload.blocks % workload.requesters);
}

/// Writes among the first `blocks` blocks of a requester. Requesters begin at different places of
/// the same even spread.
inline std::int64_t writes_among(const buffer_workload& workload, int requester,
                                 std::int64_t blocks) {
  constexpr double golden = 0.6180339887498949;
  const double begin = std::fmod(0.5 + golden * requester, 1.0);
  return static_cast<std::int64_t>(
      std::floor(begin + static_cast<double>(blocks) * (1 - workload.read_fraction)));
}

/// Yields one requester's blocks, the same for everybody who asks. Allocates nothing. A random
/// block begins at any word. The workload must outlive it.
class block_generator {
 public:
  block_generator(const buffer_spec& spec, const buffer_workload& workload, int requester);
  bool done() const { return issued_ == total_; }
  std::int64_t total() const { return total_; }
  /// The next block. Must not be called when done().
  access_request next();

 private:
  const block_layout layout_;
  const buffer_workload& workload_;
  const int requester_;
  const std::int64_t total_;
  std::mt19937_64 engine_;
  std::uint64_t offset_ = 0;
  std::uint64_t step_ = 0;
  std::int64_t issued_ = 0;
  double first_fs_ = 0;
  double interval_fs_ = 0;
};

}  // namespace lamina
