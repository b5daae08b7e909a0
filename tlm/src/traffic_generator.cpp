// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/traffic_generator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

void latency_histogram::add(femtoseconds latency) {
  const double value = std::max<double>(1.0, static_cast<double>(latency.count()));
  // Read from the double itself: the exponent with value = [0.5, 1) * 2^exponent, and the first
  // bits of its fraction.
  std::uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const std::size_t exponent = std::min<std::size_t>(63, (bits >> 52) - 1022);
  const std::size_t step = (bits >> (52 - step_bits)) % steps;
  ++bins_[exponent * steps + step];
  ++count_;
  sum_fs_ += static_cast<double>(latency.count());
  max_ = std::max(max_, latency);
}

void latency_histogram::merge(const latency_histogram& other) {
  for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += other.bins_[i];
  count_ += other.count_;
  sum_fs_ += other.sum_fs_;
  max_ = std::max(max_, other.max_);
}

double latency_histogram::mean_s() const {
  return count_ > 0 ? sum_fs_ / static_cast<double>(count_) * 1e-15 : 0;
}

double latency_histogram::quantile_s(double share) const {
  std::int64_t left = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(count_)));
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    left -= bins_[i];
    if (left > 0 || bins_[i] == 0) continue;
    const double middle = 0.5 + (static_cast<double>(i % steps) + 0.5) / (2.0 * steps);
    return std::min(to_seconds(max_), std::ldexp(middle, static_cast<int>(i / steps)) * 1e-15);
  }
  return 0;
}

/// A payload with its own memory management: back in the pool when nobody holds it.
struct traffic_generator::request : ::tlm::tlm_generic_payload, ::tlm::tlm_mm_interface {
  traffic_generator* home = nullptr;
  femtoseconds issued{0};
  request* next_free = nullptr;
  void free(::tlm::tlm_generic_payload*) override {
    next_free = home->free_;
    home->free_ = this;
  }
};

traffic_generator::~traffic_generator() = default;

traffic_generator::traffic_generator(const sc_core::sc_module_name& name,
                                     const access_stream& stream, std::uint64_t seed,
                                     std::size_t stream_index)
    : sc_module(name),
      socket("socket"),
      stream_(stream),
      generator_(stream, seed, stream_index),
      total_(stream.requests()),
      slots_(static_cast<std::size_t>(std::max(1, stream.in_flight)), femtoseconds{0}),
      free_slots_(slots_.size()) {
  socket.register_nb_transport_bw(this, &traffic_generator::nb_transport_bw);
  SC_METHOD(pump);
  sensitive << due_;
}

/// Issues all requests that may go now, and those whose time is known because a response told it.
void traffic_generator::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (!blocked_ && free_slots_ > 0 && (has_upcoming_ || !generator_.done())) {
    if (!has_upcoming_) {
      upcoming_ = generator_.next();
      has_upcoming_ = true;
      last_offer_ = std::max(last_offer_, upcoming_.earliest);
    }
    const femtoseconds slot = slots_[first_slot_];
    const femtoseconds now = local_time ? local_time() : from_sc_time(sc_core::sc_time_stamp());
    if (upcoming_.earliest > slot && upcoming_.earliest > now) {
      due_.notify(delay_until(upcoming_.earliest));
      break;
    }
    first_slot_ = wrapped(first_slot_ + 1);
    --free_slots_;
    has_upcoming_ = false;
    send(upcoming_, std::max({now, slot, upcoming_.earliest}));
  }
  pumping_ = false;
}

void traffic_generator::send(const access_request& what, femtoseconds when) {
  if (free_ == nullptr) {
    free_ = &storage_.emplace_back();
    free_->home = this;
    free_->set_mm(free_);
  }
  request& item = *free_;
  free_ = item.next_free;
  item.acquire();
  item.issued = when;
  item.set_command(what.write ? ::tlm::TLM_WRITE_COMMAND : ::tlm::TLM_READ_COMMAND);
  item.set_address(what.address);
  item.set_data_ptr(nullptr);
  item.set_data_length(what.bytes);
  item.set_streaming_width(what.bytes);
  item.set_byte_enable_ptr(nullptr);
  item.set_response_status(::tlm::TLM_INCOMPLETE_RESPONSE);
  (what.write ? write_bytes_ : read_bytes_) += what.bytes;
  ::tlm::tlm_phase phase = ::tlm::BEGIN_REQ;
  sc_core::sc_time delay = delay_until(when);
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

void traffic_generator::complete(request& item, femtoseconds when) {
  latencies_.add(when - item.issued);
  last_completion_ = std::max(last_completion_, when);
  if (unloaded_latency) unloaded_fs_ += static_cast<double>(unloaded_latency().count());
  if (item.is_response_error()) ++failed_;
  item.release();
  slots_[wrapped(first_slot_ + free_slots_)] = when;
  ++free_slots_;
  ++answered_;
  if (done() && on_done) on_done();
}

::tlm::tlm_sync_enum traffic_generator::nb_transport_bw(::tlm::tlm_generic_payload& payload,
                                                        ::tlm::tlm_phase& phase,
                                                        sc_core::sc_time& delay) {
  if (phase == ::tlm::END_REQ) {
    blocked_ = false;
    pump();
    return ::tlm::TLM_ACCEPTED;
  }
  if (phase != ::tlm::BEGIN_RESP) return ::tlm::TLM_ACCEPTED;
  complete(static_cast<request&>(payload), from_sc_time(sc_core::sc_time_stamp() + delay));
  pump();
  return ::tlm::TLM_COMPLETED;
}

double traffic_generator::in_flight_limit() const {
  if (unloaded_fs_ <= 0) return std::numeric_limits<double>::infinity();
  const double bytes = static_cast<double>(read_bytes_ + write_bytes_);
  return bytes * static_cast<double>(slots_.size()) / (unloaded_fs_ * 1e-15);
}

}  // namespace lamina::sysc
