// SPDX-License-Identifier: Apache-2.0
// A TLM-2.0 initiator that plays one access stream and measures what comes back.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/access_stream.h"
#include "lamina/models/units.h"

namespace lamina::sysc {

/// Counts of latencies in logarithmic bins, 32 to each factor of two (3 % wide).
class latency_histogram {
 public:
  void add(femtoseconds latency);
  void merge(const latency_histogram& other);
  double mean_s() const;
  double max_s() const { return to_seconds(max_); }
  double quantile_s(double share) const;

 private:
  static constexpr int step_bits = 5;
  static constexpr std::size_t steps = 1U << step_bits;
  std::array<std::int64_t, 64 * steps> bins_{};
  std::int64_t count_ = 0;
  double sum_fs_ = 0;
  femtoseconds max_{0};
};

/// Issues requests as the stream's rate, its requests in flight and the target's back pressure
/// allow. Works with annotated and with timely responses. Moves no data (null data pointer).
class traffic_generator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(traffic_generator);
  tlm_utils::simple_initiator_socket<traffic_generator> socket;

  traffic_generator(const sc_core::sc_module_name& name, const access_stream& stream,
                    std::uint64_t seed, std::size_t stream_index);
  ~traffic_generator() override;

  /// Called once, when the last request has been answered.
  std::function<void()> on_done;
  /// Asked at each response for the time it would have taken in an idle target; may be empty.
  std::function<femtoseconds()> unloaded_latency;
  /// Asked for the time when the target may have run ahead of the simulation; may be empty.
  std::function<femtoseconds()> local_time;

  bool done() const { return answered_ == total_; }
  femtoseconds last_completion() const { return last_completion_; }
  const latency_histogram& latencies() const { return latencies_; }
  std::uint64_t read_bytes() const { return read_bytes_; }
  std::uint64_t write_bytes() const { return write_bytes_; }
  std::int64_t failed() const { return failed_; }
  /// When its rate or trace would have offered the last request; zero without a rate.
  femtoseconds last_offer() const { return last_offer_; }
  /// Bandwidth that the requests in flight would allow at unloaded latency, bytes/s.
  double in_flight_limit() const;

 private:
  struct request;

  std::size_t wrapped(std::size_t slot) const {
    return slot < slots_.size() ? slot : slot - slots_.size();
  }
  void pump();
  void send(const access_request& what, femtoseconds when);
  void complete(request& item, femtoseconds when);
  ::tlm::tlm_sync_enum nb_transport_bw(::tlm::tlm_generic_payload& payload, ::tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);

  const access_stream& stream_;
  access_generator generator_;
  access_request upcoming_;
  bool has_upcoming_ = false;
  std::int64_t total_;
  std::int64_t answered_ = 0;
  std::int64_t failed_ = 0;
  std::vector<femtoseconds> slots_;  ///< ring: when each free place in flight became free
  std::size_t first_slot_ = 0;
  std::size_t free_slots_ = 0;
  bool blocked_ = false;  ///< a request waits for its END_REQ
  bool pumping_ = false;
  std::deque<request> storage_;
  request* free_ = nullptr;
  femtoseconds last_completion_{0};
  femtoseconds last_offer_{0};
  latency_histogram latencies_;
  double unloaded_fs_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t write_bytes_ = 0;
  sc_core::sc_event due_;
};

}  // namespace lamina::sysc
