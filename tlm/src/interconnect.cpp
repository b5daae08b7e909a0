// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/interconnect.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "interconnect_port.h"

namespace lamina::sysc {

using ::tlm::tlm_generic_payload;

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Sorted by address.
interconnect_sockets checked(interconnect_sockets sockets, int endpoints) {
  const auto refuse = [](const address_window& window, const std::string& why) {
    throw std::invalid_argument("interconnect: the window at address " +
                                std::to_string(window.first) + " " + why);
  };
  std::vector<address_window>& windows = sockets.windows;
  std::sort(windows.begin(), windows.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const address_window& window = windows[i];
    if (window.bytes == 0 || window.first + (window.bytes - 1) < window.first) {
      refuse(window, "is empty or goes beyond 64 bits");
    }
    if (window.endpoint < 0 || window.endpoint >= endpoints) {
      refuse(window, "names endpoint " + std::to_string(window.endpoint) + "; there are " +
                         std::to_string(endpoints));
    }
    if (i > 0 && window.first - windows[i - 1].first < windows[i - 1].bytes) {
      refuse(window, "overlaps the one at " + std::to_string(windows[i - 1].first));
    }
  }
  sockets.command_bytes = std::max<std::uint64_t>(1, sockets.command_bytes);
  return sockets;
}

}  // namespace

interconnect::interconnect(const sc_core::sc_module_name& name, const interconnect_spec& spec,
                           const interconnect_sockets& sockets)
    : sc_module(name),
      graph_(spec),
      sockets_(checked(sockets, graph_.endpoints())),
      network_("network", graph_, *this, sockets_.network) {
  for (int endpoint = 0; endpoint < graph_.endpoints(); ++endpoint) {
    ports_.push_back(std::make_unique<port>(*this, endpoint));
  }
  SC_METHOD(run_errands);
  sensitive << errand_due_;
  dont_initialize();
}

interconnect::~interconnect() = default;

interconnect::target_socket& interconnect::from_initiators(int endpoint) {
  return ports_.at(at(endpoint))->from_initiators;
}

interconnect::initiator_socket& interconnect::to_target(int endpoint) {
  return ports_.at(at(endpoint))->to_target;
}

/// The window that holds all of the transaction and has a target; null: none.
const address_window* interconnect::window_of(const tlm_generic_payload& payload) const {
  const std::uint64_t address = payload.get_address();
  const auto behind =
      std::upper_bound(sockets_.windows.begin(), sockets_.windows.end(), address,
                       [](std::uint64_t value, const auto& w) { return value < w.first; });
  if (behind == sockets_.windows.begin()) return nullptr;
  const address_window& window = *(behind - 1);
  const std::uint64_t offset = address - window.first;
  const std::uint64_t length = std::max(1U, payload.get_data_length());
  if (offset >= window.bytes || length > window.bytes - offset) return nullptr;
  return ports_[at(window.endpoint)]->to_target.size() > 0 ? &window : nullptr;
}

void interconnect::later(errand what, const sc_core::sc_time& delay) {
  what.time = sc_core::sc_time_stamp() + delay;
  what.order = next_order_++;
  errands_.push(what);
  errand_due_.notify(errands_.top().time - sc_core::sc_time_stamp());
}

void interconnect::run_errands() {
  while (!errands_.empty() && errands_.top().time <= sc_core::sc_time_stamp()) {
    const errand next = errands_.top();
    errands_.pop();
    switch (next.what) {
      case step::send_request:
        if (!travel(*next.item, false)) request_arrived(*next.item);
        break;
      case step::send_response:
        next.item->payload->set_address(next.item->address);
        if (!travel(*next.item, true)) response_arrived(*next.item);
        break;
      case step::next_request:
        next_request(*next.at);
        break;
      case step::next_response:
        next_response(*next.at, next.id);
        break;
    }
  }
  if (!errands_.empty()) errand_due_.notify(errands_.top().time - sc_core::sc_time_stamp());
}

bool interconnect::travel(transaction& item, bool back) {
  if (item.from == item.to) return false;
  const bool has_data = back ? item.payload->is_read() : item.payload->is_write();
  const std::uint64_t bytes =
      sockets_.command_bytes + (has_data ? item.payload->get_data_length() : 0);
  const port& source = back ? *item.to : *item.from;
  const port& destination = back ? *item.from : *item.to;
  network_.send(source.endpoint, destination.endpoint, bytes, 2 * item.index + (back ? 1 : 0));
  return true;
}

void interconnect::on_arrival(std::int64_t tag, femtoseconds) {
  transaction& item = transactions_[static_cast<std::size_t>(tag / 2)];
  if (item.blocking) {
    item.arrived.notify(sc_core::SC_ZERO_TIME);
  } else if (tag % 2 == 0) {
    request_arrived(item);
  } else {
    response_arrived(item);
  }
}

/// Requests go to a target one after the other: the next when the last has its END_REQ.
void interconnect::request_arrived(transaction& item) {
  port& here = *item.to;
  here.requests.push_back(&item);
  if (!here.request_open && here.requests.size() == 1) {
    later({{}, 0, step::next_request, nullptr, &here, 0}, sc_core::SC_ZERO_TIME);
  }
}

void interconnect::next_request(port& here) {
  if (here.request_open || here.requests.empty()) return;
  transaction& item = *here.requests.front();
  here.requests.pop_front();
  here.request_open = true;
  here.at_target[item.payload] = &item;
  item.payload->set_address(item.target_address);
  ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
  sc_core::sc_time delay;
  switch (here.to_target[0]->nb_transport_fw(*item.payload, phase, delay)) {
    case ::tlm::TLM_ACCEPTED:
      return;
    case ::tlm::TLM_UPDATED:
      here.answered(item, phase, delay);
      return;
    case ::tlm::TLM_COMPLETED:
      here.answered(item, ::tlm::BEGIN_RESP, delay);
      return;
  }
}

/// Responses go to an initiator one after the other: the next when the last has its END_RESP.
void interconnect::response_arrived(transaction& item) {
  item.payload->set_dmi_allowed(false);
  auto& waiting = item.from->responses[item.id];
  waiting.queue.push_back(&item);
  if (waiting.open == nullptr && waiting.queue.size() == 1) {
    later({{}, 0, step::next_response, nullptr, item.from, item.id}, sc_core::SC_ZERO_TIME);
  }
}

void interconnect::next_response(port& here, int id) {
  auto& waiting = here.responses[id];
  if (waiting.open != nullptr || waiting.queue.empty()) return;
  transaction& item = *waiting.queue.front();
  waiting.queue.pop_front();
  waiting.open = &item;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_RESP;
  sc_core::sc_time delay;
  const ::tlm::tlm_sync_enum status =
      here.from_initiators[id]->nb_transport_bw(*item.payload, phase, delay);
  if (status == ::tlm::TLM_COMPLETED ||
      (status == ::tlm::TLM_UPDATED && phase == ::tlm::END_RESP)) {
    here.end_response(id, delay);
  }
}

interconnect::transaction& interconnect::new_transaction(tlm_generic_payload& payload, port& from,
                                                         const address_window& window) {
  if (free_transactions_.empty()) {
    transactions_.emplace_back();
    transactions_.back().index = static_cast<std::int64_t>(transactions_.size()) - 1;
    free_transactions_.push_back(&transactions_.back());
  }
  transaction& item = *free_transactions_.back();
  free_transactions_.pop_back();
  item.payload = &payload;
  item.from = &from;
  item.to = ports_[at(window.endpoint)].get();
  item.address = payload.get_address();
  item.target_address = item.address - window.first + window.target_first;
  item.blocking = false;
  item.managed = payload.has_mm();
  item.has_end_req = false;
  if (item.managed) payload.acquire();
  return item;
}

void interconnect::release(transaction& item) {
  tlm_generic_payload& payload = *item.payload;
  const bool managed = item.managed;
  free_transactions_.push_back(&item);
  if (managed) payload.release();
}

}  // namespace lamina::sysc
