// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/memory_relay.h"

#include <algorithm>

#include "pointer_map.h"

namespace lamina::sysc {

memory_relay::memory_relay(const sc_core::sc_module_name& name, relay_stage& stage,
                           int most_in_flight)
    : sc_module(name),
      target("target"),
      initiator("initiator"),
      stage_(stage),
      most_in_flight_(std::max(1, most_in_flight)),
      tickets_(std::make_unique<pointer_map>()) {
  target.register_b_transport(this, &memory_relay::block);
  target.register_nb_transport_fw(this, &memory_relay::from_requester);
  target.register_transport_dbg(this, &memory_relay::debug);
  target.register_get_direct_mem_ptr(this, &memory_relay::refuse_dmi);
  initiator.register_nb_transport_bw(this, &memory_relay::from_memory);
  initiator.register_invalidate_direct_mem_ptr(this, &memory_relay::ignore_invalidation);
  SC_METHOD(begin_late_passages);
  sensitive << due_;
  dont_initialize();
}

memory_relay::~memory_relay() = default;

memory_relay::lane& memory_relay::lane_of(int port) {
  while (lanes_.size() <= static_cast<std::size_t>(port)) lanes_.emplace_back();
  return lanes_[static_cast<std::size_t>(port)];
}

int memory_relay::enter(int port, ::tlm::tlm_generic_payload& payload) {
  int ticket;
  if (free_.empty()) {
    ticket = static_cast<int>(transits_.size());
    transits_.emplace_back();
  } else {
    ticket = free_.back();
    free_.pop_back();
  }
  at(ticket) = {&payload, port, step::to_memory, nullptr};
  tickets_->insert(&payload, ticket);
  ++lane_of(port).in_flight;
  if (payload.has_mm()) payload.acquire();
  return ticket;
}

/// Frees the place of a payload, which may let the next request of its requester in.
void memory_relay::leave(int ticket) {
  ::tlm::tlm_generic_payload& payload = *at(ticket).payload;
  const int port = at(ticket).port;
  lane& from = lane_of(port);
  tickets_->erase(&payload);
  free_.push_back(ticket);
  --from.in_flight;
  if (payload.has_mm()) payload.release();
  room_.notify(sc_core::SC_ZERO_TIME);
  if (from.held < 0) return;
  const int held = from.held;
  from.held = -1;
  ::tlm::tlm_phase phase = ::tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  target[port]->nb_transport_bw(*at(held).payload, phase, delay);
  begin_passage(held, sc_core::SC_ZERO_TIME);
}

void memory_relay::begin_passage(int ticket, const sc_core::sc_time& delay) {
  if (delay > sc_core::SC_ZERO_TIME) {
    late_.push_back({sc_core::sc_time_stamp() + delay, ticket});
    due_.notify(delay);
    return;
  }
  const transit& item = at(ticket);
  stage_.pass(item.port, *item.payload, item.where == step::to_requester, ticket, *this);
}

void memory_relay::begin_late_passages() {
  const sc_core::sc_time& now = sc_core::sc_time_stamp();
  for (std::size_t i = 0; i < late_.size();) {
    if (late_[i].when > now) {
      due_.notify(late_[i].when - now);
      ++i;
      continue;
    }
    const int ticket = late_[i].ticket;
    late_[i] = late_.back();
    late_.pop_back();
    begin_passage(ticket, sc_core::SC_ZERO_TIME);
  }
}

void memory_relay::passed(std::int64_t ticket) {
  const int index = static_cast<int>(ticket);
  transit& item = at(index);
  if (item.waiter != nullptr) {
    item.waiter->notify(sc_core::SC_ZERO_TIME);
  } else if (item.where == step::to_memory) {
    item.where = step::at_memory;
    lane_of(item.port).requests.push_back(index);
    send_requests(item.port);
  } else {
    item.where = step::leaving;
    lane_of(item.port).responses.push_back(index);
    send_responses(item.port);
  }
}

::tlm::tlm_sync_enum memory_relay::from_requester(int port, ::tlm::tlm_generic_payload& payload,
                                                  ::tlm::tlm_phase& phase,
                                                  sc_core::sc_time& delay) {
  if (phase == ::tlm::END_RESP) {
    lane_of(port).response_open = false;
    const int ticket = tickets_->find(&payload);
    if (ticket >= 0) leave(ticket);
    send_responses(port);
    return ::tlm::TLM_COMPLETED;
  }
  if (phase != ::tlm::BEGIN_REQ) return ::tlm::TLM_ACCEPTED;
  const bool has_room = lane_of(port).in_flight < most_in_flight_;
  const int ticket = enter(port, payload);
  if (!has_room) {
    lane_of(port).held = ticket;
    return ::tlm::TLM_ACCEPTED;
  }
  begin_passage(ticket, delay);
  phase = ::tlm::END_REQ;
  return ::tlm::TLM_UPDATED;
}

/// One BEGIN_REQ at a time towards the memory.
void memory_relay::send_requests(int port) {
  lane& to = lane_of(port);
  while (to.request_open < 0 && !to.requests.empty()) {
    const int ticket = to.requests.front();
    to.requests.pop_front();
    ::tlm::tlm_generic_payload& payload = *at(ticket).payload;
    ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    to.request_open = ticket;
    const ::tlm::tlm_sync_enum status = initiator[port]->nb_transport_fw(payload, phase, delay);
    if (status == ::tlm::TLM_ACCEPTED) return;
    to.request_open = -1;
    if (status == ::tlm::TLM_UPDATED && phase == ::tlm::END_REQ) continue;
    // The response is already here.
    at(ticket).where = step::to_requester;
    if (status == ::tlm::TLM_UPDATED) {
      ::tlm::tlm_phase end = ::tlm::END_RESP;
      sc_core::sc_time none = delay;
      initiator[port]->nb_transport_fw(payload, end, none);
    }
    begin_passage(ticket, delay);
  }
}

::tlm::tlm_sync_enum memory_relay::from_memory(int port, ::tlm::tlm_generic_payload& payload,
                                               ::tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  lane& to = lane_of(port);
  if (phase == ::tlm::END_REQ || phase == ::tlm::BEGIN_RESP) {
    const int ticket = tickets_->find(&payload);
    // A response ends the request phase that is open for the same payload.
    if (to.request_open == ticket) to.request_open = -1;
    if (phase == ::tlm::BEGIN_RESP && ticket >= 0) {
      at(ticket).where = step::to_requester;
      begin_passage(ticket, delay);
      phase = ::tlm::END_RESP;
      send_requests(port);
      return ::tlm::TLM_COMPLETED;
    }
    send_requests(port);
  }
  return ::tlm::TLM_ACCEPTED;
}

/// One BEGIN_RESP at a time towards the requester.
void memory_relay::send_responses(int port) {
  lane& to = lane_of(port);
  while (!to.response_open && !to.responses.empty()) {
    const int ticket = to.responses.front();
    to.responses.pop_front();
    ::tlm::tlm_generic_payload& payload = *at(ticket).payload;
    ::tlm::tlm_phase phase = ::tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    to.response_open = true;
    const ::tlm::tlm_sync_enum status = target[port]->nb_transport_bw(payload, phase, delay);
    if (status == ::tlm::TLM_ACCEPTED) return;
    to.response_open = false;
    leave(ticket);
  }
}

void memory_relay::block(int port, ::tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  while (lane_of(port).in_flight >= most_in_flight_) sc_core::wait(room_);
  const int ticket = enter(port, payload);
  sc_core::sc_event over;
  at(ticket).waiter = &over;
  stage_.pass(port, payload, false, ticket, *this);
  sc_core::wait(over);
  initiator[port]->b_transport(payload, delay);
  if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  stage_.pass(port, payload, true, ticket, *this);
  sc_core::wait(over);
  leave(ticket);
}

unsigned int memory_relay::debug(int port, ::tlm::tlm_generic_payload& payload) {
  return initiator[port]->transport_dbg(payload);
}

bool memory_relay::refuse_dmi(int, ::tlm::tlm_generic_payload&, ::tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(~sc_dt::uint64{0});
  dmi.allow_none();
  return false;
}

}  // namespace lamina::sysc
