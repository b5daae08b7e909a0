// SPDX-License-Identifier: Apache-2.0
// A TLM-2.0 initiator that moves the blocks of one requester and measures what comes back.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/buffer.h"
#include "lamina/tlm/traffic_generator.h"

namespace lamina::sysc {

/// Issues blocks as the rate, the blocks in flight and the target's back pressure allow. Moves no
/// data (null data pointer). A block's latency counts from when it had a place in flight and its
/// time had come, whether or not the target could take it.
class block_mover : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(block_mover);
  tlm_utils::simple_initiator_socket<block_mover> socket;

  block_mover(const sc_core::sc_module_name& name, const buffer_spec& spec,
              const buffer_workload& workload, int requester);
  ~block_mover() override;

  /// Called once, when the last block has been answered.
  std::function<void()> on_done;
  /// Asked at each response for the time it would have taken in an idle target; may be empty.
  std::function<femtoseconds()> unloaded_latency;

  bool done() const { return answered_ == generator_.total(); }
  femtoseconds last_completion() const { return last_completion_; }
  const latency_histogram& latencies() const { return latencies_; }
  std::uint64_t read_bytes() const { return read_bytes_; }
  std::uint64_t write_bytes() const { return write_bytes_; }
  std::int64_t failed() const { return failed_; }
  femtoseconds last_offer() const { return last_offer_; }
  /// Latencies of its blocks in an idle target, summed.
  double unloaded_s() const { return unloaded_s_; }

 private:
  struct request;

  void pump();
  void send(femtoseconds wished);
  void complete(request& item, femtoseconds when);
  ::tlm::tlm_sync_enum nb_transport_bw(::tlm::tlm_generic_payload& payload, ::tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);

  block_generator generator_;
  access_request upcoming_;
  bool has_upcoming_ = false;
  std::vector<femtoseconds> places_;  ///< ring: when each free place in flight became free
  std::size_t first_place_ = 0;
  std::size_t free_places_;
  bool blocked_ = false;  ///< a request waits for its END_REQ
  bool pumping_ = false;
  std::deque<request> storage_;
  request* free_ = nullptr;
  std::int64_t answered_ = 0;
  std::int64_t failed_ = 0;
  femtoseconds last_completion_{0};
  femtoseconds last_offer_{0};
  latency_histogram latencies_;
  double unloaded_s_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t write_bytes_ = 0;
  sc_core::sc_event due_;
};

}  // namespace lamina::sysc
