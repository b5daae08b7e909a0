// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/dram_stack.h"

#include <algorithm>
#include <string>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

using ::tlm::tlm_generic_payload;

struct dram_stack::transaction {
  tlm_generic_payload* payload = nullptr;
  initiator* from = nullptr;
  std::int64_t id = 0;
  femtoseconds arrival{0};
  std::uint64_t next_address = 0;
  std::uint64_t end_address = 0;
  int repeats = 1;  ///< times that a streaming payload visits its range, this one included
  std::int64_t in_banks = 0;  ///< bursts accepted by a controller and not yet issued
  bool injected = false;
  bool end_req_owed = false;
  bool managed = false;  ///< holds a reference to the payload
  femtoseconds done{0};
  int longest_clocks = 0;  ///< of its bursts, from acceptance to the end of data, unloaded
  int busiest_port = 0;    ///< bursts that its busiest port carries
  sc_core::sc_event* blocking = nullptr;  ///< b_transport waits here
  transaction* next_free = nullptr;
};

struct dram_stack::initiator {
  int id = 0;                         ///< its place in the multi-socket
  std::deque<transaction*> entering;  ///< not yet wholly accepted; the first one is at work
  std::deque<transaction*> answered;  ///< waiting for the END_RESP of an earlier one
  bool response_open = false;
  bool parked = false;  ///< waits for room in some controller's queue
};

dram_stack::~dram_stack() = default;

dram_stack::dram_stack(const sc_core::sc_module_name& name, const dram_stack_spec& spec,
                       const dram_stack_options& options)
    : sc_module(name),
      socket("socket"),
      spec_(spec),
      clocks_(resolve(spec.geometry, spec.timings)),
      edges_(clocks_.tCK),
      map_(spec.address_map, spec.geometry),
      options_(options),
      run_ahead_(to_sc_time(options.run_ahead)),
      buses_(command_bus_layout::buses_per_channel(spec)) {
  if (spec.controller.activation_cap > 0) {
    budget_ = std::make_unique<activation_budget>(
        "activation_budget", spec.controller.activation_cap, clocks_.tRAS, clocks_.tCK);
  }
  for (int channel = 0; channel < spec.geometry.channels; ++channel) {
    for (int bus = 0; bus < buses_; ++bus) {
      const std::string child = "controller_" + std::to_string(channel) + "_" + std::to_string(bus);
      controllers_.push_back(std::make_unique<dram_controller>(
          child.c_str(), spec, channel, bus, *this, budget_.get(), options.on_command));
    }
  }
  for (int pseudo_channel = 0; pseudo_channel < spec.geometry.pseudo_channels; ++pseudo_channel) {
    for (int stack_id = 0; stack_id < spec.geometry.stack_ids; ++stack_id) {
      paths_.push_back({command_bus_layout::bus_of(spec, pseudo_channel, stack_id),
                        spec.geometry.port_of(pseudo_channel, stack_id),
                        spec.geometry.hops_of(stack_id)});
    }
  }
  blocked_.resize(2 * controllers_.size());
  port_visits_.resize(static_cast<std::size_t>(spec.geometry.channels * spec.geometry.ports()));
  socket.register_b_transport(this, &dram_stack::b_transport);
  socket.register_nb_transport_fw(this, &dram_stack::nb_transport_fw);
  socket.register_transport_dbg(this, &dram_stack::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &dram_stack::get_direct_mem_ptr);
  SC_METHOD(deliver_responses);
  sensitive << response_due_;
  dont_initialize();
}

dram_stack::initiator& dram_stack::initiator_of(int id) {
  const auto index = static_cast<std::size_t>(id);
  while (initiators_.size() <= index) {
    initiators_.push_back(std::make_unique<initiator>());
    initiators_.back()->id = static_cast<int>(initiators_.size()) - 1;
  }
  return *initiators_[index];
}

// ---------------------------------------------------------------- transactions

dram_stack::transaction& dram_stack::begin(initiator& from, tlm_generic_payload& payload,
                                           const sc_core::sc_time& delay) {
  if (free_transactions_ == nullptr) {
    free_transactions_ = &transactions_.emplace_back();
  }
  transaction& item = *free_transactions_;
  free_transactions_ = item.next_free;
  item = transaction{};
  item.payload = &payload;
  item.from = &from;
  item.id = next_request_++;
  item.arrival = from_sc_time(sc_core::sc_time_stamp() + delay);
  const std::uint64_t length = payload.get_data_length();
  const std::uint64_t width = std::min<std::uint64_t>(payload.get_streaming_width(), length);
  item.next_address = payload.get_address();
  item.end_address = payload.get_address() + width;
  item.repeats = width == length ? 1 : static_cast<int>((length + width - 1) / width);
  payload.set_dmi_allowed(false);
  payload.set_response_status(::tlm::TLM_OK_RESPONSE);
  move_data(payload);
  return item;
}

void dram_stack::release(transaction& item) {
  item.next_free = free_transactions_;
  free_transactions_ = &item;
}

// ---------------------------------------------------------------- bursts

std::uint64_t dram_stack::next_burst(std::uint64_t address) const {
  const auto bytes = static_cast<std::uint64_t>(spec_.geometry.burst_bytes);
  if ((bytes & (bytes - 1)) == 0) return (address | (bytes - 1)) + 1;
  return (address / bytes + 1) * bytes;
}

/// Hands bursts to the controllers until all are taken (true) or one queue is full (false).
bool dram_stack::inject(transaction& item) {
  const bool write = item.payload->is_write();
  const std::int64_t cycle = edges_.edge_from(std::max(item.arrival, local_time()));
  while (item.next_address < item.end_address) {
    const dram_address place = map_.decode(item.next_address);
    const bank_path& path = path_of(place);
    dram_controller& controller =
        *controllers_[static_cast<std::size_t>(place.channel * buses_ + path.bus)];
    if (!controller.has_room(write)) {
      initiator& from = *item.from;
      from.parked = true;
      blocked_at(controller, write).push_back(&from);
      controller.notify_room();
      return false;
    }
    port_visit& visit =
        port_visits_[static_cast<std::size_t>(place.channel * spec_.geometry.ports() + path.port)];
    visit = {item.id, visit.request == item.id ? visit.bursts + 1 : 1};
    item.busiest_port = std::max(item.busiest_port, visit.bursts);
    burst& b = bursts_.take();
    b.arrival = cycle;
    b.order = static_cast<std::int64_t>(next_order_++);
    b.row = place.row;
    b.column = place.column;
    b.bank = controller.layout().bank_of(place);
    b.write = write;
    b.hops = path.hops;
    b.request_id = item.id;
    b.owner = &item;
    item.next_address = next_burst(item.next_address);
    if (item.next_address >= item.end_address && item.repeats > 1) {
      --item.repeats;
      item.next_address = item.payload->get_address();
    }
    ++item.in_banks;
    controller.accept(b);
  }
  item.injected = true;
  return true;
}

/// Goes on with what an initiator wants to enter.
void dram_stack::try_inject(initiator& from) {
  while (!from.entering.empty() && !from.parked) {
    transaction& item = *from.entering.front();
    if (!inject(item)) return;
    from.entering.pop_front();
    if (item.end_req_owed) {
      item.end_req_owed = false;
      ::tlm::tlm_phase phase = ::tlm::END_REQ;
      sc_core::sc_time delay = delay_until(local_time());
      socket[from.id]->nb_transport_bw(*item.payload, phase, delay);
    }
  }
}

std::deque<dram_stack::initiator*>& dram_stack::blocked_at(const dram_controller& controller,
                                                           bool write) {
  return blocked_[static_cast<std::size_t>(2 * controller.index() + controller.queue_of(write))];
}

/// Those who wait for one queue do not hold up those who wait for the other.
void dram_stack::room_again(dram_controller& controller) {
  retry(controller, false);
  if (controller.queue_of(true) != 0) retry(controller, true);
  if (!blocked_at(controller, false).empty() || !blocked_at(controller, true).empty()) {
    controller.notify_room();
  }
}

/// Who has waited longest goes first and stays first until its request is in: arbitration is by
/// request, so that a long request keeps its rows together.
void dram_stack::retry(dram_controller& controller, bool write) {
  std::deque<initiator*>& blocked = blocked_at(controller, write);
  for (std::size_t left = blocked.size(); left > 0 && controller.has_room(write); --left) {
    initiator& from = *blocked.front();
    const transaction* request = from.entering.front();
    blocked.pop_front();
    from.parked = false;
    try_inject(from);
    const bool same =
        !blocked.empty() && blocked.back() == &from && from.entering.front() == request;
    if (!same) continue;
    blocked.pop_back();
    blocked.push_front(&from);
    break;
  }
}

femtoseconds dram_stack::horizon() {
  if (options_.run_ahead == femtoseconds{0}) return femtoseconds{0};
  const sc_core::sc_time clear = std::min(run_ahead_, sc_core::sc_time_to_pending_activity());
  // A command comes when the resolution lets it, which is up to one unit late.
  return from_sc_time(sc_core::sc_time_stamp() + clear) -
         femtoseconds{femtoseconds_per_resolution() - 1};
}

void dram_stack::burst_issued(burst& item, std::int64_t cycle, int latency) {
  transaction& owner = *static_cast<transaction*>(item.owner);
  local_time_ = cycle * clocks_.tCK;
  const int total = latency + item.hops * clocks_.hop;
  owner.done = std::max(owner.done, (cycle + total) * clocks_.tCK);
  owner.longest_clocks = std::max(owner.longest_clocks, item.row_penalty + total);
  bursts_.give_back(item);
  --owner.in_banks;
  if (owner.injected && owner.in_banks == 0) finish(owner);
}

// ---------------------------------------------------------------- responses

void dram_stack::finish(transaction& item) {
  if (item.blocking != nullptr) {
    item.blocking->notify(delay_until(item.done));
  } else if (options_.annotate_responses && !item.from->response_open) {
    answer(item, delay_until(item.done));
  } else {
    responses_.push({item.done, next_order_++, &item});
    response_due_.notify(delay_until(responses_.top().time));
  }
}

void dram_stack::deliver_responses() {
  const femtoseconds now = from_sc_time(sc_core::sc_time_stamp());
  while (!responses_.empty() && responses_.top().time <= now) {
    transaction& item = *responses_.top().what;
    responses_.pop();
    initiator& to = *item.from;
    if (to.response_open) {
      to.answered.push_back(&item);
    } else {
      answer(item, sc_core::SC_ZERO_TIME);
    }
  }
  if (!responses_.empty()) response_due_.notify(delay_until(responses_.top().time));
}

void dram_stack::answer(transaction& item, const sc_core::sc_time& delay) {
  initiator& to = *item.from;
  const int spacing = std::max(clocks_.tCCD_S, clocks_.burst);
  unloaded_ = (1 + item.longest_clocks + (item.busiest_port - 1) * spacing) * clocks_.tCK;
  tlm_generic_payload& payload = *item.payload;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_RESP;
  sc_core::sc_time local = delay;
  to.response_open = true;
  const bool managed = item.managed;
  release(item);
  const ::tlm::tlm_sync_enum status = socket[to.id]->nb_transport_bw(payload, phase, local);
  const bool ended =
      status == ::tlm::TLM_COMPLETED || (status == ::tlm::TLM_UPDATED && phase == ::tlm::END_RESP);
  if (managed) payload.release();
  if (ended) end_response(to);
}

void dram_stack::end_response(initiator& to) {
  to.response_open = false;
  if (to.answered.empty()) return;
  transaction& next = *to.answered.front();
  to.answered.pop_front();
  // From here and not from within END_RESP: the initiator may still be working on that call.
  responses_.push({from_sc_time(sc_core::sc_time_stamp()), next_order_++, &next});
  response_due_.notify(sc_core::SC_ZERO_TIME);
}

// ---------------------------------------------------------------- transport

::tlm::tlm_sync_enum dram_stack::nb_transport_fw(int id, tlm_generic_payload& payload,
                                                 ::tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == ::tlm::END_RESP) {
    end_response(initiator_of(id));
    return ::tlm::TLM_COMPLETED;
  }
  if (phase != ::tlm::BEGIN_REQ) return ::tlm::TLM_ACCEPTED;
  payload.set_dmi_allowed(false);
  const ::tlm::tlm_response_status status = check(payload);
  const bool nothing_to_do = payload.get_command() == ::tlm::TLM_IGNORE_COMMAND;
  if (status != ::tlm::TLM_OK_RESPONSE || nothing_to_do) {
    payload.set_response_status(nothing_to_do ? ::tlm::TLM_OK_RESPONSE : status);
    return ::tlm::TLM_COMPLETED;
  }
  initiator& from = initiator_of(id);
  transaction& item = begin(from, payload, delay);
  item.managed = payload.has_mm();
  if (item.managed) payload.acquire();
  const bool alone = from.entering.empty();
  from.entering.push_back(&item);
  if (alone && try_enter(from, item)) {
    phase = ::tlm::END_REQ;
    return ::tlm::TLM_UPDATED;
  }
  item.end_req_owed = true;
  return ::tlm::TLM_ACCEPTED;
}

/// First try of a request that just came; its END_REQ travels on the return path.
bool dram_stack::try_enter(initiator& from, transaction& item) {
  if (!inject(item)) return false;
  from.entering.pop_front();
  return true;
}

void dram_stack::b_transport(int id, tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_dmi_allowed(false);
  const ::tlm::tlm_response_status status = check(payload);
  if (payload.get_command() == ::tlm::TLM_IGNORE_COMMAND || status != ::tlm::TLM_OK_RESPONSE) {
    payload.set_response_status(
        payload.get_command() == ::tlm::TLM_IGNORE_COMMAND ? ::tlm::TLM_OK_RESPONSE : status);
    return;
  }
  sc_core::sc_event done;
  initiator& from = initiator_of(id);
  transaction& item = begin(from, payload, delay);
  item.blocking = &done;
  from.entering.push_back(&item);
  if (from.entering.size() == 1) try_inject(from);
  sc_core::wait(done);
  release(item);
  delay = sc_core::SC_ZERO_TIME;
}

}  // namespace lamina::sysc
