// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/stack_port.h"

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

/// A payload with its own memory management: back in the pool when nobody holds it.
struct stack_port::item : ::tlm::tlm_generic_payload, ::tlm::tlm_mm_interface {
  stack_port* home = nullptr;
  std::int64_t ticket = 0;
  item* next = nullptr;
  void free(::tlm::tlm_generic_payload*) override {
    next = home->free_;
    home->free_ = this;
  }
};

stack_port::stack_port(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
  socket.register_nb_transport_bw(this, &stack_port::nb_transport_bw);
}
stack_port::~stack_port() = default;

void stack_port::request(std::uint64_t address, std::uint32_t bytes, bool write,
                         std::int64_t ticket) {
  if (free_ == nullptr) {
    free_ = &storage_.emplace_back();
    free_->home = this;
    free_->set_mm(free_);
  }
  item& made = *free_;
  free_ = made.next;
  made.next = nullptr;
  made.acquire();
  made.ticket = ticket;
  made.set_command(write ? ::tlm::TLM_WRITE_COMMAND : ::tlm::TLM_READ_COMMAND);
  made.set_address(address);
  made.set_data_ptr(nullptr);
  made.set_data_length(bytes);
  made.set_streaming_width(bytes);
  made.set_byte_enable_ptr(nullptr);
  made.set_response_status(::tlm::TLM_INCOMPLETE_RESPONSE);
  (write ? write_bytes_ : read_bytes_) += bytes;
  (first_waiting_ == nullptr ? first_waiting_ : last_waiting_->next) = &made;
  last_waiting_ = &made;
  send();
}

void stack_port::send() {
  if (sending_) return;
  sending_ = true;
  while (!blocked_ && first_waiting_ != nullptr) {
    item& what = *first_waiting_;
    first_waiting_ = what.next;
    what.next = nullptr;
    ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const ::tlm::tlm_sync_enum status = socket->nb_transport_fw(what, phase, delay);
    if (status == ::tlm::TLM_ACCEPTED) {
      blocked_ = true;
    } else if (status == ::tlm::TLM_COMPLETED || phase == ::tlm::BEGIN_RESP) {
      const femtoseconds when = from_sc_time(sc_core::sc_time_stamp() + delay);
      if (status != ::tlm::TLM_COMPLETED) {
        phase = ::tlm::END_RESP;
        socket->nb_transport_fw(what, phase, delay);
      }
      complete(what, when);
    }
  }
  sending_ = false;
}

void stack_port::complete(item& done, femtoseconds when) {
  if (done.is_response_error()) ++failed_;
  const std::int64_t ticket = done.ticket;
  done.release();
  on_answer(ticket, when);
}

::tlm::tlm_sync_enum stack_port::nb_transport_bw(::tlm::tlm_generic_payload& payload,
                                                 ::tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == ::tlm::END_REQ) {
    blocked_ = false;
    send();
    return ::tlm::TLM_ACCEPTED;
  }
  if (phase != ::tlm::BEGIN_RESP) return ::tlm::TLM_ACCEPTED;
  complete(static_cast<item&>(payload), from_sc_time(sc_core::sc_time_stamp() + delay));
  return ::tlm::TLM_COMPLETED;
}

}  // namespace lamina::sysc
