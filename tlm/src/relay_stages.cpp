// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/relay_stages.h"

#include <algorithm>
#include <cmath>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

namespace {

femtoseconds present() { return from_sc_time(sc_core::sc_time_stamp()); }

}  // namespace

ticket_clock::ticket_clock(const sc_core::sc_module_name& name) : sc_module(name) {
  SC_METHOD(work);
  sensitive << wake_;
  dont_initialize();
}

void ticket_clock::call_at(femtoseconds when, std::int64_t ticket, relay_client& client) {
  std::uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(calls_.size());
    calls_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  calls_[slot] = {ticket, &client};
  queue_.push(when.count(), slot);
  wake_.notify(delay_until(femtoseconds{queue_.top().time}));
}

void ticket_clock::work() {
  const std::int64_t now = present().count();
  while (!queue_.empty() && queue_.top().time <= now) {
    const std::uint32_t slot = queue_.top().what;
    queue_.pop();
    const call due = calls_[slot];
    free_.push_back(slot);
    due.client->passed(due.ticket);
  }
  if (!queue_.empty()) wake_.notify(delay_until(femtoseconds{queue_.top().time}));
}

delay_stage::delay_stage(const sc_core::sc_module_name& name, double bytes_per_s,
                         femtoseconds latency)
    : sc_module(name), fs_per_byte_(1e15 / bytes_per_s), latency_(latency), clock_("clock") {}

void delay_stage::pass(int, const ::tlm::tlm_generic_payload& payload, bool back,
                       std::int64_t ticket, relay_client& client) {
  const std::int64_t now = present().count();
  // Data passes once: with a write on its way there, with a read on its way back.
  std::int64_t end = now;
  if (back == payload.is_read()) {
    free_at_ = std::max(free_at_, now) +
               std::llround(fs_per_byte_ * static_cast<double>(payload.get_data_length()));
    end = free_at_;
  }
  const std::int64_t half = latency_.count() / 2;
  clock_.call_at(femtoseconds{end + (back ? latency_.count() - half : half)}, ticket, client);
}

network_stage::network_stage(const sc_core::sc_module_name& name, const memory_pipeline_spec& spec)
    : sc_module(name),
      spec_(spec),
      graph_(spec.network->interconnect),
      network_("network", graph_, *this),
      clock_("clock") {}

void network_stage::pass(int port, const ::tlm::tlm_generic_payload& payload, bool back,
                         std::int64_t ticket, relay_client& client) {
  const int requester = spec_.endpoint_of_stream(static_cast<std::size_t>(port));
  const int memory = spec_.endpoint_of_address(payload.get_address());
  const bool with_data = back == payload.is_read();
  const bool answer_to_write = back && !payload.is_read();
  std::uint64_t bytes = with_data ? payload.get_data_length() : 0;
  if (!back || answer_to_write) bytes += static_cast<std::uint64_t>(spec_.network->request_bytes);
  client_ = &client;
  if (requester == memory || bytes == 0) {
    clock_.call_at(present(), ticket, client);
    return;
  }
  network_.send(back ? memory : requester, back ? requester : memory, bytes, ticket);
}

void network_stage::on_arrival(std::int64_t tag, femtoseconds) { client_->passed(tag); }

/// A payload of our own: first written into the buffer, then read out.
struct buffer_stage::block : ::tlm::tlm_generic_payload, ::tlm::tlm_mm_interface {
  buffer_stage* home = nullptr;
  block* next_free = nullptr;
  relay_client* client = nullptr;
  std::int64_t ticket = 0;
  std::int64_t index = 0;  ///< in blocks_
  int port = 0;
  void free(::tlm::tlm_generic_payload*) override {
    next_free = home->free_;
    home->free_ = this;
  }
};

buffer_stage::buffer_stage(const sc_core::sc_module_name& name, const buffer_spec& spec)
    : sc_module(name), initiator("initiator"), spec_(spec), clock_("clock") {
  initiator.register_nb_transport_bw(this, &buffer_stage::from_buffer);
  initiator.register_invalidate_direct_mem_ptr(this, &buffer_stage::ignore_invalidation);
}

buffer_stage::~buffer_stage() = default;

void buffer_stage::pass(int port, const ::tlm::tlm_generic_payload& payload, bool back,
                        std::int64_t ticket, relay_client& client) {
  if (back != payload.is_read()) {
    clock_.call_at(present(), ticket, client);
    return;
  }
  if (free_ == nullptr) {
    free_ = &blocks_.emplace_back();
    free_->home = this;
    free_->index = static_cast<std::int64_t>(blocks_.size()) - 1;
    free_->set_mm(free_);
  }
  block& item = *free_;
  free_ = item.next_free;
  item.acquire();
  const std::uint64_t bytes = payload.get_data_length();
  const auto capacity = static_cast<std::uint64_t>(spec_.capacity_bytes);
  if (next_address_ + bytes > capacity) next_address_ = 0;
  item.client = &client;
  item.ticket = ticket;
  item.port = port % static_cast<int>(initiator.size());
  item.set_command(::tlm::TLM_WRITE_COMMAND);
  item.set_address(next_address_);
  item.set_data_ptr(nullptr);
  item.set_data_length(static_cast<unsigned>(bytes));
  item.set_streaming_width(static_cast<unsigned>(bytes));
  item.set_byte_enable_ptr(nullptr);
  const auto word = static_cast<std::uint64_t>(spec_.bank_bytes);
  next_address_ = (next_address_ + bytes + word - 1) / word * word;
  while (lanes_.size() <= static_cast<std::size_t>(item.port)) lanes_.emplace_back();
  lanes_[static_cast<std::size_t>(item.port)].waiting.push_back(&item);
  send(item.port);
}

void buffer_stage::send(int port) {
  lane& to = lanes_[static_cast<std::size_t>(port)];
  while (to.open == nullptr && !to.waiting.empty()) {
    block& item = *to.waiting.front();
    to.waiting.pop_front();
    item.set_response_status(::tlm::TLM_INCOMPLETE_RESPONSE);
    ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    to.open = &item;
    const ::tlm::tlm_sync_enum status = initiator[port]->nb_transport_fw(item, phase, delay);
    if (status == ::tlm::TLM_ACCEPTED) return;
    to.open = nullptr;
    if (status == ::tlm::TLM_COMPLETED || phase == ::tlm::BEGIN_RESP) done(item, delay);
  }
}

::tlm::tlm_sync_enum buffer_stage::from_buffer(int port, ::tlm::tlm_generic_payload& payload,
                                               ::tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  lane& to = lanes_[static_cast<std::size_t>(port)];
  auto& item = static_cast<block&>(payload);
  if (phase != ::tlm::END_REQ && phase != ::tlm::BEGIN_RESP) return ::tlm::TLM_ACCEPTED;
  if (to.open == &item) to.open = nullptr;
  if (phase == ::tlm::BEGIN_RESP) done(item, delay);
  send(port);
  return phase == ::tlm::BEGIN_RESP ? ::tlm::TLM_COMPLETED : ::tlm::TLM_ACCEPTED;
}

/// What happens next must not happen inside the buffer's own call.
void buffer_stage::done(const block& item, const sc_core::sc_time& delay) {
  clock_.call_at(present() + from_sc_time(delay), item.index, *this);
}

/// Written: to be read out. Read: it is through.
void buffer_stage::passed(std::int64_t index) {
  block& item = blocks_[static_cast<std::size_t>(index)];
  if (item.is_write()) {
    item.set_command(::tlm::TLM_READ_COMMAND);
    lanes_[static_cast<std::size_t>(item.port)].waiting.push_back(&item);
    send(item.port);
    return;
  }
  item.client->passed(item.ticket);
  item.release();
}

}  // namespace lamina::sysc
