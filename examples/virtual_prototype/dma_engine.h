// SPDX-License-Identifier: Apache-2.0
// An approximately timed initiator: reads a region in blocks, several of them in flight.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

/// Stands for an initiator that the platform already has. It knows nothing of Lamina: base
/// protocol, four phases, a memory manager of its own.
class dma_engine : public sc_core::sc_module, private tlm::tlm_mm_interface {
 public:
  SC_HAS_PROCESS(dma_engine);
  tlm_utils::simple_initiator_socket<dma_engine> socket;

  dma_engine(const sc_core::sc_module_name& name, std::uint64_t source, std::uint32_t block_bytes,
             std::uint32_t blocks, std::uint32_t in_flight)
      : sc_module(name),
        socket("socket"),
        destination(std::size_t{block_bytes} * blocks),
        source_(source),
        block_bytes_(block_bytes),
        blocks_(blocks),
        in_flight_limit_(in_flight) {
    socket.register_nb_transport_bw(this, &dma_engine::nb_transport_bw);
    SC_THREAD(work);
  }

  sc_core::sc_event start;
  sc_core::sc_event finished;
  std::vector<unsigned char> destination;
  std::uint32_t failed = 0;

 private:
  void work() {
    wait(start);
    for (std::uint32_t block = 0; block < blocks_; ++block) {
      while (in_flight_ == in_flight_limit_ || request_open_) wait(progress_);
      send(block);
    }
    while (in_flight_ > 0) wait(progress_);
    finished.notify();
  }

  void send(std::uint32_t block) {
    tlm::tlm_generic_payload& payload = take();
    const std::uint64_t offset = std::uint64_t{block} * block_bytes_;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(source_ + offset);
    payload.set_data_ptr(destination.data() + offset);
    payload.set_data_length(block_bytes_);
    payload.set_streaming_width(block_bytes_);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    ++in_flight_;
    request_open_ = true;
    last_ = &payload;
    const tlm::tlm_sync_enum status = socket->nb_transport_fw(payload, phase, delay);
    if (status == tlm::TLM_COMPLETED) {
      complete(payload);
    } else if (status == tlm::TLM_UPDATED) {
      request_open_ = false;
    }
  }

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
    if (phase == tlm::END_REQ) {
      request_open_ = false;
      progress_.notify(delay);
      return tlm::TLM_ACCEPTED;
    }
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    complete(payload);
    progress_.notify(delay);
    return tlm::TLM_COMPLETED;
  }

  void complete(tlm::tlm_generic_payload& payload) {
    if (&payload == last_) request_open_ = false;  // the answer implies END_REQ
    --in_flight_;
    if (!payload.is_response_ok()) ++failed;
    payload.release();
  }

  tlm::tlm_generic_payload& take() {
    if (unused_.empty()) {
      unused_.push_back(&payloads_.emplace_back(static_cast<tlm::tlm_mm_interface*>(this)));
    }
    tlm::tlm_generic_payload& payload = *unused_.back();
    unused_.pop_back();
    payload.acquire();
    return payload;
  }
  void free(tlm::tlm_generic_payload* payload) override {
    payload->reset();
    unused_.push_back(payload);
  }

  std::uint64_t source_;
  std::uint32_t block_bytes_;
  std::uint32_t blocks_;
  std::uint32_t in_flight_limit_;
  std::uint32_t in_flight_ = 0;
  bool request_open_ = false;
  sc_core::sc_event progress_;
  const tlm::tlm_generic_payload* last_ = nullptr;  ///< the request that was sent last
  std::deque<tlm::tlm_generic_payload> payloads_;
  std::vector<tlm::tlm_generic_payload*> unused_;
};
