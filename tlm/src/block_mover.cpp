// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/block_mover.h"

#include <algorithm>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

/// A payload with its own memory management: back in the pool when nobody holds it.
struct block_mover::request : ::tlm::tlm_generic_payload, ::tlm::tlm_mm_interface {
  block_mover* home = nullptr;
  femtoseconds wished{0};
  request* next_free = nullptr;
  void free(::tlm::tlm_generic_payload*) override {
    next_free = home->free_;
    home->free_ = this;
  }
};

block_mover::~block_mover() = default;

block_mover::block_mover(const sc_core::sc_module_name& name, const buffer_spec& spec,
                         const buffer_workload& workload, int requester)
    : sc_module(name),
      socket("socket"),
      generator_(spec, workload, requester),
      places_(static_cast<std::size_t>(workload.in_flight), femtoseconds{0}),
      free_places_(places_.size()) {
  socket.register_nb_transport_bw(this, &block_mover::nb_transport_bw);
  SC_METHOD(pump);
  sensitive << due_;
}

void block_mover::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (!blocked_ && free_places_ > 0 && (has_upcoming_ || !generator_.done())) {
    if (!has_upcoming_) {
      upcoming_ = generator_.next();
      has_upcoming_ = true;
      last_offer_ = std::max(last_offer_, upcoming_.earliest);
    }
    if (upcoming_.earliest > from_sc_time(sc_core::sc_time_stamp())) {
      due_.notify(delay_until(upcoming_.earliest));
      break;
    }
    const femtoseconds place = places_[first_place_];
    first_place_ = first_place_ + 1 == places_.size() ? 0 : first_place_ + 1;
    --free_places_;
    has_upcoming_ = false;
    send(std::max(place, upcoming_.earliest));
  }
  pumping_ = false;
}

void block_mover::send(femtoseconds wished) {
  if (free_ == nullptr) {
    free_ = &storage_.emplace_back();
    free_->home = this;
    free_->set_mm(free_);
  }
  request& item = *free_;
  free_ = item.next_free;
  item.acquire();
  item.wished = wished;
  item.set_command(upcoming_.write ? ::tlm::TLM_WRITE_COMMAND : ::tlm::TLM_READ_COMMAND);
  item.set_address(upcoming_.address);
  item.set_data_ptr(nullptr);
  item.set_data_length(upcoming_.bytes);
  item.set_streaming_width(upcoming_.bytes);
  item.set_byte_enable_ptr(nullptr);
  item.set_response_status(::tlm::TLM_INCOMPLETE_RESPONSE);
  (upcoming_.write ? write_bytes_ : read_bytes_) += upcoming_.bytes;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const ::tlm::tlm_sync_enum status = socket->nb_transport_fw(item, phase, delay);
  if (status == ::tlm::TLM_ACCEPTED) {
    blocked_ = true;
  } else if (status == ::tlm::TLM_COMPLETED || phase == ::tlm::BEGIN_RESP) {
    complete(item, from_sc_time(sc_core::sc_time_stamp() + delay));
    if (status != ::tlm::TLM_COMPLETED) {
      phase = ::tlm::END_RESP;
      socket->nb_transport_fw(item, phase, delay);
    }
  }
}

void block_mover::complete(request& item, femtoseconds when) {
  latencies_.add(when - item.wished);
  last_completion_ = std::max(last_completion_, when);
  if (unloaded_latency) unloaded_s_ += to_seconds(unloaded_latency());
  if (item.is_response_error()) ++failed_;
  item.release();
  std::size_t at = first_place_ + free_places_;
  if (at >= places_.size()) at -= places_.size();
  places_[at] = when;
  ++free_places_;
  ++answered_;
  if (done() && on_done) on_done();
}

::tlm::tlm_sync_enum block_mover::nb_transport_bw(::tlm::tlm_generic_payload& payload,
                                                  ::tlm::tlm_phase& phase,
                                                  sc_core::sc_time& delay) {
  if (phase == ::tlm::END_REQ) {
    blocked_ = false;
    pump();
    return ::tlm::TLM_ACCEPTED;
  }
  if (phase != ::tlm::BEGIN_RESP) return ::tlm::TLM_ACCEPTED;
  // A response also ends the request, if that has not been said.
  complete(static_cast<request&>(payload), from_sc_time(sc_core::sc_time_stamp() + delay));
  pump();
  return ::tlm::TLM_COMPLETED;
}

}  // namespace lamina::sysc
