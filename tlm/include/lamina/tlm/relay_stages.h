// SPDX-License-Identifier: Apache-2.0
// The stages of a memory pipeline: a network, a buffer, or a fixed rate and latency.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/memory_pipeline.h"
#include "lamina/tlm/event_queue.h"
#include "lamina/tlm/packet_network.h"
#include "lamina/tlm/relay_stage.h"

namespace lamina::sysc {

/// Tickets that are due at known times.
class ticket_clock : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(ticket_clock);
  explicit ticket_clock(const sc_core::sc_module_name& name);
  void call_at(femtoseconds when, std::int64_t ticket, relay_client& client);

 private:
  struct call {
    std::int64_t ticket = 0;
    relay_client* client = nullptr;
  };
  void work();
  event_queue queue_;
  std::vector<call> calls_;
  std::vector<std::uint32_t> free_;
  sc_core::sc_event wake_;
};

/// What a closed form knows of a stage, inside a simulation: bytes pass at a rate in either
/// direction, one after the other, and each payload has a latency in all, half of it each way.
class delay_stage : public relay_stage, public sc_core::sc_module {
 public:
  delay_stage(const sc_core::sc_module_name& name, double bytes_per_s, femtoseconds latency);
  void pass(int port, const ::tlm::tlm_generic_payload& payload, bool back, std::int64_t ticket,
            relay_client& client) override;

 private:
  const double fs_per_byte_;
  const femtoseconds latency_;
  std::int64_t free_at_ = 0;
  ticket_clock clock_;
};

/// Requests and answers as messages over a network of packets.
class network_stage : public relay_stage, public sc_core::sc_module, private message_listener {
 public:
  network_stage(const sc_core::sc_module_name& name, const memory_pipeline_spec& spec);
  void pass(int port, const ::tlm::tlm_generic_payload& payload, bool back, std::int64_t ticket,
            relay_client& client) override;
  const packet_network& network() const { return network_; }

 private:
  void on_arrival(std::int64_t tag, femtoseconds now) override;
  void on_sent(std::int64_t, femtoseconds) override {}

  const memory_pipeline_spec& spec_;
  const network_graph graph_;
  packet_network network_;
  ticket_clock clock_;
  relay_client* client_ = nullptr;
};

/// Data on its way is written into a buffer and read out of it. Bind `initiator` to the buffer once
/// for each of its ports.
class buffer_stage : public relay_stage, public sc_core::sc_module, private relay_client {
 public:
  ::tlm_utils::multi_passthrough_initiator_socket<buffer_stage> initiator;
  buffer_stage(const sc_core::sc_module_name& name, const buffer_spec& spec);
  ~buffer_stage() override;
  void pass(int port, const ::tlm::tlm_generic_payload& payload, bool back, std::int64_t ticket,
            relay_client& client) override;

 private:
  struct block;
  struct lane {
    const block* open = nullptr;  ///< BEGIN_REQ without END_REQ
    std::deque<block*> waiting;
  };
  ::tlm::tlm_sync_enum from_buffer(int port, ::tlm::tlm_generic_payload& payload,
                                   ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void ignore_invalidation(int, sc_dt::uint64, sc_dt::uint64) {}
  void send(int port);
  void done(const block& item, const sc_core::sc_time& delay);
  void passed(std::int64_t index) override;

  const buffer_spec spec_;
  std::deque<lane> lanes_;
  std::deque<block> blocks_;
  block* free_ = nullptr;
  ticket_clock clock_;
  std::uint64_t next_address_ = 0;
};

}  // namespace lamina::sysc
