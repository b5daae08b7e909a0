// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/flit_network.h"

#include <algorithm>
#include <stdexcept>

#include "flit_engine.h"
#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

namespace {

std::uint64_t bytes_of_flit(const network_level& level) {
  if (level.flits.clock.count() < 1 || level.flits.packet_flits_most < 1)
    throw std::invalid_argument("a flit network needs a clock and packets of a flit or more");
  const double bytes = level.bandwidth_bytes_per_s * to_seconds(level.flits.clock);
  // A whole number of bytes, but for the rounding of the product.
  if (!(bytes + 1e-6 >= 1) || bytes > 1e12)
    throw std::invalid_argument("a flit of bandwidth x clock has at least one byte");
  return static_cast<std::uint64_t>(bytes + 1e-6);
}

}  // namespace

flit_network::flit_network(const sc_core::sc_module_name& name, const network_level& level,
                           message_listener& listener, std::uint64_t seed)
    : sc_module(name),
      flits_(level.flits),
      flit_bytes_(bytes_of_flit(level)),
      listener_(listener),
      engine_(std::make_unique<flit_engine>(level, seed)) {
  SC_METHOD(wait_for_senders);
  sensitive << wake_;
  dont_initialize();
  SC_METHOD(work);
  sensitive << begin_;
  dont_initialize();
}

flit_network::~flit_network() = default;

int flit_network::endpoints() const { return engine_->topology().endpoints(); }

std::int64_t flit_network::flit_hops() const { return engine_->flit_hops(); }

void flit_network::send(int source, int destination, std::uint64_t bytes, std::int64_t tag) {
  if (source < 0 || source >= endpoints() || destination < 0 || destination >= endpoints())
    throw std::invalid_argument("a message goes from an endpoint to an endpoint");
  const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()).count();
  const std::int64_t clock = flits_.clock.count();
  if (engine_->idle()) engine_->jump_to(std::max(engine_->now(), (now + clock - 1) / clock));
  std::uint64_t which = messages_.size();
  if (free_messages_.empty()) {
    messages_.emplace_back();
  } else {
    which = free_messages_.back();
    free_messages_.pop_back();
  }
  std::uint64_t flits = std::max<std::uint64_t>(1, (bytes + flit_bytes_ - 1) / flit_bytes_);
  const auto most = static_cast<std::uint64_t>(flits_.packet_flits_most);
  messages_[which] = {tag, (flits + most - 1) / most};
  ++in_flight_;
  for (; flits > 0; flits -= std::min(flits, most))
    engine_->send(source, destination, static_cast<int>(std::min(flits, most)), which);
  if (!awake_) wake_at(engine_->now());
}

void flit_network::wake_at(std::int64_t clock) {
  awake_ = true;
  wake_.notify(delay_until(femtoseconds{clock * flits_.clock.count()}));
}

/// Who sends at the very time of a clock is heard before it runs.
void flit_network::wait_for_senders() { begin_.notify(sc_core::SC_ZERO_TIME); }

void flit_network::work() {
  awake_ = false;
  const femtoseconds now{engine_->now() * flits_.clock.count()};
  engine_->step();
  ++clocks_;
  arrived_.clear();
  for (const flit_delivery& packet : engine_->delivered()) {
    message& whole = messages_[packet.tag];
    if (--whole.packets > 0) continue;
    arrived_.push_back(whole.tag);
    free_messages_.push_back(packet.tag);
    --in_flight_;
  }
  if (!engine_->idle()) wake_at(engine_->now());
  // Last, because listeners send.
  for (std::size_t i = 0; i < arrived_.size(); ++i) {
    listener_.on_arrival(arrived_[i], now);
    listener_.on_sent(arrived_[i], now);
  }
}

}  // namespace lamina::sysc
