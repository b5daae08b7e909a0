// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/buffer.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "payload_data.h"

namespace lamina::sysc {

using ::tlm::tlm_generic_payload;

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

const buffer_spec& checked(const buffer_spec& spec) {
  const std::vector<spec_problem> problems = check(spec);
  if (problems.empty()) return spec;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

/// Slots of the ring of returning credits: a power of two beyond the latest completion.
std::size_t ring_size(const buffer_spec& spec) {
  const int latest =
      spec.in_flight + std::max(spec.read_latency_clocks, spec.write_latency_clocks) + 2;
  std::size_t size = 1;
  while (size < static_cast<std::size_t>(latest)) size *= 2;
  return size;
}

}  // namespace

struct buffer::block {
  tlm_generic_payload* payload = nullptr;
  int id = 0;                   ///< of its initiator
  int latency = 1;              ///< of its words, clocks
  std::int64_t words = 0;       ///< left of this visit of its range
  std::int64_t repeats = 1;     ///< visits that a streaming payload makes, this one included
  std::size_t bank = 0;         ///< of the next word
  std::uint64_t unit_left = 0;  ///< words before the next bank
  std::int64_t last = 0;        ///< clock of its latest completion so far
  std::int64_t unloaded = 0;    ///< clocks in an idle buffer
  bool end_req_owed = false;
  bool managed = false;                   ///< holds a reference to the payload
  sc_core::sc_event* blocking = nullptr;  ///< b_transport waits here
  block* next = nullptr;
};

struct buffer::initiator {
  int id = 0;                   ///< its place in the multi-socket
  std::deque<block*> answered;  ///< waiting for the END_RESP of an earlier one
  bool response_open = false;
};

buffer::~buffer() = default;

buffer::buffer(const sc_core::sc_module_name& name, const buffer_spec& spec,
               const buffer_options& options)
    : sc_module(name),
      socket("socket"),
      spec_(checked(spec)),
      edges_(spec.clock),
      options_(options),
      unit_words_(static_cast<std::uint64_t>(spec.interleave() / spec.bank_bytes)),
      ports_(static_cast<std::size_t>(spec.ports)),
      bank_free_(static_cast<std::size_t>(spec.banks), 0),
      bank_words_(static_cast<std::size_t>(spec.banks), 0),
      credits_(spec.in_flight),
      returns_(ring_size(spec), 0) {
  socket.register_b_transport(this, &buffer::b_transport);
  socket.register_nb_transport_fw(this, &buffer::nb_transport_fw);
  socket.register_transport_dbg(this, &buffer::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &buffer::get_direct_mem_ptr);
  SC_METHOD(step);
  sensitive << wake_;
  dont_initialize();
}

buffer::initiator& buffer::initiator_of(int id) {
  const auto index = static_cast<std::size_t>(id);
  while (initiators_.size() <= index) {
    initiators_.push_back(std::make_unique<initiator>());
    initiators_.back()->id = static_cast<int>(initiators_.size()) - 1;
  }
  return *initiators_[index];
}

// ---------------------------------------------------------------- blocks

buffer::block& buffer::begin(int id, tlm_generic_payload& payload) {
  if (free_blocks_ == nullptr) free_blocks_ = &blocks_.emplace_back();
  block& item = *free_blocks_;
  free_blocks_ = item.next;
  item = block{};
  item.payload = &payload;
  item.id = id;
  item.latency = payload.is_write() ? spec_.write_latency_clocks : spec_.read_latency_clocks;
  const std::uint64_t length = payload.get_data_length();
  const std::uint64_t width = std::min<std::uint64_t>(payload.get_streaming_width(), length);
  item.repeats = static_cast<std::int64_t>((length + width - 1) / width);
  aim(item);
  item.unloaded = item.words * item.repeats - 1 + item.latency;
  payload.set_response_status(::tlm::TLM_OK_RESPONSE);
  move_payload(payload, storage_);
  return item;
}

/// Points at the first word of a block's range.
void buffer::aim(block& item) const {
  const auto bytes = static_cast<std::uint64_t>(spec_.bank_bytes);
  const tlm_generic_payload& payload = *item.payload;
  const std::uint64_t width = std::min(payload.get_streaming_width(), payload.get_data_length());
  const std::uint64_t first = payload.get_address() / bytes;
  item.words = static_cast<std::int64_t>((payload.get_address() + width - 1) / bytes - first) + 1;
  item.bank =
      static_cast<std::size_t>(first / unit_words_ % static_cast<std::uint64_t>(spec_.banks));
  item.unit_left = unit_words_ - first % unit_words_;
}

void buffer::release(block& item) {
  item.next = free_blocks_;
  free_blocks_ = &item;
}

/// A block is there: takes a slot of its port (true), or waits for one.
bool buffer::enter(block& item) {
  port& at = port_of(item.id);
  if (at.waiting == nullptr && at.open < spec_.depth) {
    accept(item);
    return true;
  }
  item.next = nullptr;
  (at.waiting == nullptr ? at.waiting : at.waiting_last->next) = &item;
  at.waiting_last = &item;
  return false;
}

void buffer::accept(block& item) {
  port& at = port_of(item.id);
  ++at.open;
  at.unloaded += item.unloaded;
  item.next = nullptr;
  if (at.issuing == nullptr) {
    at.issuing = &item;
    ++issuing_ports_;
  } else {
    at.issuing_last->next = &item;
  }
  at.issuing_last = &item;
  if (!item.end_req_owed) return;
  item.end_req_owed = false;
  ::tlm::tlm_phase phase = ::tlm::END_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket[item.id]->nb_transport_bw(*item.payload, phase, delay);
}

// ---------------------------------------------------------------- time

void buffer::wake(std::int64_t clock) {
  if (!working_) wake_.notify(delay_until(clock * spec_.clock));
}

void buffer::step() {
  const femtoseconds now = from_sc_time(sc_core::sc_time_stamp());
  std::int64_t clock = edges_.edge_from(now);
  working_ = true;
  work(clock);
  // Until then nobody else acts. Asked after the answers, which may have caused activity.
  const sc_core::sc_time quiet =
      options_.run_ahead ? sc_core::sc_time_to_pending_activity() : sc_core::SC_ZERO_TIME;
  while (true) {
    const std::int64_t next = next_wake(clock);
    if (next == never) break;
    const bool answers = !due_.empty() && due_.top().clock <= next;
    if (answers || delay_until(next * spec_.clock) >= quiet) {
      wake_.notify(delay_until(next * spec_.clock));
      break;
    }
    clock = next;
    work(clock);
  }
  working_ = false;
}

void buffer::work(std::int64_t clock) {
  collect_credits(clock);
  while (!due_.empty() && due_.top().clock <= clock) {
    const due_item item = due_.top();
    due_.pop();
    if (item.kind == due_kind::arrival) {
      enter(*item.what);
    } else if (item.kind == due_kind::completion) {
      complete(*item.what);
    } else {
      respond(*item.what);
    }
  }
  if (issuing_ports_ > 0) issue(clock);
}

std::int64_t buffer::next_wake(std::int64_t clock) const {
  std::int64_t next = due_.empty() ? never : due_.top().clock;
  if (issuing_ports_ == 0) return next;
  if (credits_ > 0) return std::min(next, clock + 1);
  // All words are in flight, so one of them comes back.
  std::int64_t back = clock + 1;
  while (back < next && returns_[static_cast<std::size_t>(back) & (returns_.size() - 1)] == 0) {
    ++back;
  }
  return std::min(next, back);
}

void buffer::collect_credits(std::int64_t clock) {
  const auto size = static_cast<std::int64_t>(returns_.size());
  const std::int64_t until = std::min(clock, collected_ + size);
  while (collected_ < until) {
    int& back = returns_[static_cast<std::size_t>(++collected_) & (returns_.size() - 1)];
    credits_ += back;
    back = 0;
  }
  collected_ = clock;
}

/// Beginning with another port each clock, or with the one that last found no credit.
void buffer::issue(std::int64_t clock) {
  const std::size_t count = ports_.size();
  std::size_t at = first_port_;
  std::size_t resume = first_port_ + 1 == count ? 0 : first_port_ + 1;
  for (std::size_t i = 0; i < count; ++i) {
    port& from = ports_[at];
    if (from.issuing != nullptr && from.next_clock <= clock) {
      if (credits_ == 0) {
        resume = at;
        break;
      }
      issue_word(from, clock);
    }
    at = at + 1 == count ? 0 : at + 1;
  }
  first_port_ = resume;
}

void buffer::issue_word(port& from, std::int64_t clock) {
  block& item = *from.issuing;
  std::int64_t& bank_free = bank_free_[item.bank];
  const std::int64_t wait = std::max<std::int64_t>(bank_free - clock, 0);
  conflicts_ += wait > 0;
  conflict_clocks_ += wait;
  bank_free = clock + wait + 1;
  ++bank_words_[item.bank];
  const std::int64_t done = clock + wait + item.latency;
  ++returns_[static_cast<std::size_t>(done) & (returns_.size() - 1)];
  --credits_;
  item.last = std::max(item.last, done);
  from.next_clock = clock + 1;
  ++from.words;
  ++(item.payload->is_write() ? write_words_ : read_words_);
  if (--item.unit_left == 0) {
    item.unit_left = unit_words_;
    item.bank = item.bank + 1 == bank_free_.size() ? 0 : item.bank + 1;
  }
  if (--item.words > 0) return;
  if (--item.repeats > 0) {
    aim(item);
    return;
  }
  from.issuing = item.next;
  if (from.issuing == nullptr) --issuing_ports_;
  due_.push({item.last, next_order_++, &item, due_kind::completion});
}

// ---------------------------------------------------------------- responses

void buffer::complete(block& item) {
  port& at = port_of(item.id);
  --at.open;
  if (at.waiting != nullptr && at.open < spec_.depth) {
    block& next = *at.waiting;
    at.waiting = next.next;
    accept(next);
  }
  if (item.blocking != nullptr) {
    item.blocking->notify(sc_core::SC_ZERO_TIME);
  } else {
    respond(item);
  }
}

void buffer::respond(block& item) {
  initiator& to = initiator_of(item.id);
  if (to.response_open) {
    to.answered.push_back(&item);
  } else {
    answer(item);
  }
}

void buffer::answer(block& item) {
  initiator& to = initiator_of(item.id);
  unloaded_ = item.unloaded * spec_.clock;
  tlm_generic_payload& payload = *item.payload;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_RESP;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  to.response_open = true;
  const bool managed = item.managed;
  release(item);
  const ::tlm::tlm_sync_enum status = socket[to.id]->nb_transport_bw(payload, phase, delay);
  const bool ended =
      status == ::tlm::TLM_COMPLETED || (status == ::tlm::TLM_UPDATED && phase == ::tlm::END_RESP);
  if (managed) payload.release();
  if (ended) end_response(to);
}

void buffer::end_response(initiator& to) {
  to.response_open = false;
  if (to.answered.empty()) return;
  block& next = *to.answered.front();
  to.answered.pop_front();
  // From step() and not from within END_RESP: the initiator may still be working on that call.
  const std::int64_t clock = edges_.edge_from(from_sc_time(sc_core::sc_time_stamp()));
  due_.push({clock, next_order_++, &next, due_kind::response});
  wake_.notify(sc_core::SC_ZERO_TIME);
}

// ---------------------------------------------------------------- transport

bool buffer::refuse(tlm_generic_payload& payload) const {
  payload.set_dmi_allowed(false);
  if (payload.get_command() == ::tlm::TLM_IGNORE_COMMAND) {
    payload.set_response_status(::tlm::TLM_OK_RESPONSE);
    return true;
  }
  const auto capacity = static_cast<std::uint64_t>(spec_.capacity_bytes);
  const ::tlm::tlm_response_status status = check_payload(payload, capacity);
  if (status == ::tlm::TLM_OK_RESPONSE) return false;
  payload.set_response_status(status);
  return true;
}

::tlm::tlm_sync_enum buffer::nb_transport_fw(int id, tlm_generic_payload& payload,
                                             ::tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == ::tlm::END_RESP) {
    end_response(initiator_of(id));
    return ::tlm::TLM_COMPLETED;
  }
  if (phase != ::tlm::BEGIN_REQ) return ::tlm::TLM_ACCEPTED;
  if (refuse(payload)) return ::tlm::TLM_COMPLETED;
  block& item = begin(id, payload);
  item.managed = payload.has_mm();
  if (item.managed) payload.acquire();
  const std::int64_t clock = edges_.edge_from(from_sc_time(sc_core::sc_time_stamp() + delay));
  if (delay == sc_core::SC_ZERO_TIME) {
    wake(clock);
    if (enter(item)) {
      phase = ::tlm::END_REQ;
      return ::tlm::TLM_UPDATED;
    }
    item.end_req_owed = true;
    return ::tlm::TLM_ACCEPTED;
  }
  item.end_req_owed = true;
  due_.push({clock, next_order_++, &item, due_kind::arrival});
  wake(clock);
  return ::tlm::TLM_ACCEPTED;
}

void buffer::b_transport(int id, tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (refuse(payload)) return;
  sc_core::sc_event done;
  block& item = begin(id, payload);
  item.blocking = &done;
  const std::int64_t clock = edges_.edge_from(from_sc_time(sc_core::sc_time_stamp() + delay));
  due_.push({clock, next_order_++, &item, due_kind::arrival});
  wake(clock);
  sc_core::wait(done);
  release(item);
  delay = sc_core::SC_ZERO_TIME;
}

unsigned int buffer::transport_dbg(int, tlm_generic_payload& payload) {
  return debug_payload(payload, storage_, static_cast<std::uint64_t>(spec_.capacity_bytes));
}

bool buffer::get_direct_mem_ptr(int, tlm_generic_payload& payload, ::tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(static_cast<std::uint64_t>(spec_.capacity_bytes) - 1);
  dmi.allow_none();
  payload.set_dmi_allowed(false);
  return false;
}

}  // namespace lamina::sysc
