// SPDX-License-Identifier: Apache-2.0
#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES
#endif
#include "lamina/tlm/flit_sockets.h"

#include <algorithm>

namespace lamina::sysc {

/// One initiator's way back: a response at a time.
struct flit_sockets::responder {
  bool open = false;  ///< BEGIN_RESP without END_RESP
  sc_core::sc_event closed;
};

flit_sockets::flit_sockets(const sc_core::sc_module_name& name, const network_level& level,
                           const flit_sockets_options& options)
    : sc_module(name),
      target("target"),
      initiator("initiator"),
      options_(options),
      network_("network", level, *this, options.seed) {
  target.register_b_transport(this, &flit_sockets::block);
  target.register_nb_transport_fw(this, &flit_sockets::from_initiator);
  target.register_transport_dbg(this, &flit_sockets::debug);
  target.register_get_direct_mem_ptr(this, &flit_sockets::refuse_dmi);
  initiator.register_nb_transport_bw(this, &flit_sockets::from_target);
  initiator.register_invalidate_direct_mem_ptr(this, &flit_sockets::ignore_invalidation);
}

flit_sockets::~flit_sockets() = default;

flit_sockets::responder& flit_sockets::responder_of(int id) {
  while (responders_.size() <= static_cast<std::size_t>(id))
    responders_.push_back(std::make_unique<responder>());
  return *responders_[static_cast<std::size_t>(id)];
}

int flit_sockets::destination_of(const ::tlm::tlm_generic_payload& payload) {
  const std::uint64_t window = options_.bytes_an_endpoint;
  const std::uint64_t endpoint = window == 0 ? 0 : payload.get_address() / window;
  const std::uint64_t offset = window == 0 ? 0 : payload.get_address() % window;
  const auto targets = static_cast<std::uint64_t>(initiator.size());
  const auto endpoints = static_cast<std::uint64_t>(network_.endpoints());
  if (window == 0 || endpoint >= std::min(targets, endpoints)) return -1;
  const unsigned span = std::min(payload.get_data_length(), payload.get_streaming_width());
  return span > window - offset ? -1 : static_cast<int>(endpoint);
}

/// In a thread: waits until a message has crossed.
void flit_sockets::cross(int from, int to, std::uint64_t bytes) {
  std::size_t which = crossings_.size();
  if (free_crossings_.empty()) {
    crossings_.push_back(std::make_unique<crossing>());
  } else {
    which = free_crossings_.back();
    free_crossings_.pop_back();
  }
  crossing& item = *crossings_[which];
  item.done = false;
  network_.send(from, to, bytes, static_cast<std::int64_t>(which));
  while (!item.done) sc_core::wait(item.arrived);
  free_crossings_.push_back(which);
}

void flit_sockets::on_arrival(std::int64_t tag, femtoseconds) {
  crossing& item = *crossings_[static_cast<std::size_t>(tag)];
  item.done = true;
  item.arrived.notify(sc_core::SC_ZERO_TIME);
}

/// In a thread: there, service, and back.
void flit_sockets::serve(int id, ::tlm::tlm_generic_payload& payload) {
  const int to = destination_of(payload);
  if (to < 0 || id >= network_.endpoints()) {
    payload.set_response_status(::tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const auto header = static_cast<std::uint64_t>(std::max(0, options_.header_bytes));
  const std::uint64_t length = payload.get_data_length();
  cross(id, to, header + (payload.is_write() ? length : 0));
  const sc_dt::uint64 address = payload.get_address();
  payload.set_address(address % options_.bytes_an_endpoint);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  initiator[to]->b_transport(payload, delay);
  payload.set_address(address);
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  cross(to, id, header + (payload.is_read() ? length : 0));
}

void flit_sockets::block(int id, ::tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  serve(id, payload);
}

void flit_sockets::serve_without_waiting(int id, ::tlm::tlm_generic_payload& payload,
                                         sc_core::sc_time delay) {
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  serve(id, payload);
  responder& back = responder_of(id);
  while (back.open) sc_core::wait(back.closed);
  back.open = true;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_RESP;
  sc_core::sc_time late = sc_core::SC_ZERO_TIME;
  const ::tlm::tlm_sync_enum answer = target[id]->nb_transport_bw(payload, phase, late);
  const bool ended =
      answer == ::tlm::TLM_COMPLETED || (answer == ::tlm::TLM_UPDATED && phase == ::tlm::END_RESP);
  if (ended) {
    if (late != sc_core::SC_ZERO_TIME) sc_core::wait(late);
    back.open = false;
    back.closed.notify(sc_core::SC_ZERO_TIME);
  }
  if (payload.has_mm()) payload.release();
}

::tlm::tlm_sync_enum flit_sockets::from_initiator(int id, ::tlm::tlm_generic_payload& payload,
                                                  ::tlm::tlm_phase& phase,
                                                  sc_core::sc_time& delay) {
  if (phase == ::tlm::END_RESP) {
    responder& back = responder_of(id);
    back.open = false;
    back.closed.notify(delay);
    return ::tlm::TLM_COMPLETED;
  }
  if (phase != ::tlm::BEGIN_REQ) return ::tlm::TLM_ACCEPTED;
  if (payload.has_mm()) payload.acquire();
  sc_core::sc_spawn([this, id, &payload, delay] { serve_without_waiting(id, payload, delay); });
  phase = ::tlm::END_REQ;
  return ::tlm::TLM_UPDATED;
}

unsigned int flit_sockets::debug(int, ::tlm::tlm_generic_payload& payload) {
  const int to = destination_of(payload);
  if (to < 0) return 0;
  const sc_dt::uint64 address = payload.get_address();
  payload.set_address(address % options_.bytes_an_endpoint);
  const unsigned int bytes = initiator[to]->transport_dbg(payload);
  payload.set_address(address);
  return bytes;
}

::tlm::tlm_sync_enum flit_sockets::from_target(int, ::tlm::tlm_generic_payload&, ::tlm::tlm_phase&,
                                               sc_core::sc_time&) {
  return ::tlm::TLM_ACCEPTED;  // targets are only asked by b_transport
}

}  // namespace lamina::sysc
