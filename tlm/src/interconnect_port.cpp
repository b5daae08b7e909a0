// SPDX-License-Identifier: Apache-2.0
#include "interconnect_port.h"

#include <string>

namespace lamina::sysc {

using ::tlm::tlm_generic_payload;

interconnect::port::port(interconnect& network, int number)
    : endpoint(number),
      from_initiators(("from_initiators_" + std::to_string(number)).c_str()),
      to_target(("to_target_" + std::to_string(number)).c_str()),
      network_(network) {
  from_initiators.register_b_transport(this, &port::b_transport);
  from_initiators.register_nb_transport_fw(this, &port::nb_transport_fw);
  from_initiators.register_transport_dbg(this, &port::transport_dbg);
  from_initiators.register_get_direct_mem_ptr(this, &port::get_direct_mem_ptr);
  to_target.register_nb_transport_bw(this, &port::nb_transport_bw);
  to_target.register_invalidate_direct_mem_ptr(this, &port::invalidate_direct_mem_ptr);
}

void interconnect::port::b_transport(int id, tlm_generic_payload& payload,
                                     sc_core::sc_time& delay) {
  payload.set_dmi_allowed(false);
  const address_window* window = network_.window_of(payload);
  if (window == nullptr) {
    payload.set_response_status(::tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  transaction& item = network_.new_transaction(payload, *this, *window);
  item.blocking = true;
  item.id = id;
  sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  if (network_.travel(item, false)) sc_core::wait(item.arrived);
  payload.set_address(item.target_address);
  item.to->to_target[0]->b_transport(payload, delay);
  sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  payload.set_address(item.address);
  if (network_.travel(item, true)) sc_core::wait(item.arrived);
  payload.set_dmi_allowed(false);
  network_.release(item);
}

::tlm::tlm_sync_enum interconnect::port::nb_transport_fw(int id, tlm_generic_payload& payload,
                                                         ::tlm::tlm_phase& phase,
                                                         sc_core::sc_time& delay) {
  if (phase == ::tlm::END_RESP) {
    end_response(id, delay);
    return ::tlm::TLM_COMPLETED;
  }
  if (phase != ::tlm::BEGIN_REQ) return ::tlm::TLM_ACCEPTED;
  payload.set_dmi_allowed(false);
  const address_window* window = network_.window_of(payload);
  if (window == nullptr) {
    payload.set_response_status(::tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return ::tlm::TLM_COMPLETED;
  }
  transaction& item = network_.new_transaction(payload, *this, *window);
  item.id = id;
  network_.later({{}, 0, step::send_request, &item, nullptr, 0}, delay);
  // The network has room for all that waits.
  phase = ::tlm::END_REQ;
  return ::tlm::TLM_UPDATED;
}

::tlm::tlm_sync_enum interconnect::port::nb_transport_bw(int, tlm_generic_payload& payload,
                                                         ::tlm::tlm_phase& phase,
                                                         sc_core::sc_time& delay) {
  const auto found = at_target.find(&payload);
  if (found == at_target.end()) return ::tlm::TLM_ACCEPTED;
  const bool is_response = phase == ::tlm::BEGIN_RESP;
  answered(*found->second, phase, delay);
  return is_response ? ::tlm::TLM_COMPLETED : ::tlm::TLM_ACCEPTED;
}

void interconnect::port::answered(transaction& item, const ::tlm::tlm_phase& phase,
                                  const sc_core::sc_time& delay) {
  if (phase != ::tlm::END_REQ && phase != ::tlm::BEGIN_RESP) return;
  if (!item.has_end_req) {
    item.has_end_req = true;
    request_open = false;
    network_.later({{}, 0, step::next_request, nullptr, this, 0}, delay);
  }
  if (phase != ::tlm::BEGIN_RESP) return;
  at_target.erase(item.payload);
  network_.later({{}, 0, step::send_response, &item, nullptr, 0}, delay);
}

void interconnect::port::end_response(int id, const sc_core::sc_time& delay) {
  waiting_responses& waiting = responses[id];
  if (waiting.open == nullptr) return;
  transaction& item = *waiting.open;
  waiting.open = nullptr;
  network_.release(item);
  network_.later({{}, 0, step::next_response, nullptr, this, id}, delay);
}

/// Serves what lies in the first byte's window.
unsigned int interconnect::port::transport_dbg(int, tlm_generic_payload& payload) {
  const unsigned int length = payload.get_data_length();
  payload.set_data_length(1);
  const address_window* window = network_.window_of(payload);
  payload.set_data_length(length);
  if (window == nullptr) return 0;
  const std::uint64_t address = payload.get_address();
  const std::uint64_t room = window->bytes - (address - window->first);
  payload.set_address(address - window->first + window->target_first);
  if (length > room) payload.set_data_length(static_cast<unsigned int>(room));
  const unsigned int served =
      network_.ports_[static_cast<std::size_t>(window->endpoint)]->to_target[0]->transport_dbg(
          payload);
  payload.set_data_length(length);
  payload.set_address(address);
  return served;
}

bool interconnect::port::get_direct_mem_ptr(int, tlm_generic_payload& payload,
                                            ::tlm::tlm_dmi& dmi) {
  payload.set_dmi_allowed(false);
  dmi.allow_none();
  dmi.set_start_address(0);
  dmi.set_end_address(~std::uint64_t{0});
  return false;
}

}  // namespace lamina::sysc
