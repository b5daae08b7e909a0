// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/activation_budget.h"

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

activation_budget::activation_budget(const sc_core::sc_module_name& name, int cap,
                                     std::int64_t window, femtoseconds clock)
    : sc_module(name), release_(static_cast<std::size_t>(cap), 0), window_(window), clock_(clock) {
  SC_METHOD(grant);
  sensitive << slot_free_;
  dont_initialize();
}

void activation_budget::take(std::int64_t cycle) {
  release_[oldest_] = cycle + window_;
  oldest_ = (oldest_ + 1) % release_.size();
}

void activation_budget::wait(activation_waiter& waiter) {
  waiters_.push_back(&waiter);
  if (waiters_.size() == 1) arm();
}

void activation_budget::arm() {
  if (waiters_.empty() || reserved_ == release_.size()) return;
  slot_free_.notify(delay_until(unreserved_from() * clock_));
}

/// Hands out every slot that is free by now.
void activation_budget::grant() {
  const std::int64_t now = from_sc_time(sc_core::sc_time_stamp()) / clock_;
  while (!waiters_.empty() && reserved_ < release_.size() && unreserved_from() <= now) {
    const std::int64_t from = unreserved_from();
    activation_waiter* waiter = waiters_.front();
    waiters_.pop_front();
    ++reserved_;
    waiter->activation_granted(from);
  }
  arm();
}

void activation_budget::give_up() {
  --reserved_;
  arm();
}

void activation_budget::use_grant(std::int64_t cycle) {
  take(cycle);
  give_up();
}

}  // namespace lamina::sysc
