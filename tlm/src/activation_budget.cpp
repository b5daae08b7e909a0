// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/activation_budget.h"

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

activation_budget::activation_budget(const sc_core::sc_module_name& name, int cap,
                                     std::int64_t window, femtoseconds clock)
    : sc_module(name), release_(static_cast<std::size_t>(cap), 0), window_(window), clock_(clock) {
  SC_METHOD(grant_next);
  sensitive << slot_free_;
  dont_initialize();
}

void activation_budget::take(std::int64_t cycle) {
  release_[oldest_] = cycle + window_;
  oldest_ = (oldest_ + 1) % release_.size();
}

void activation_budget::wait(activation_waiter& waiter) {
  waiters_.push_back(&waiter);
  if (!reserved_ && waiters_.size() == 1) arm();
}

void activation_budget::arm() { slot_free_.notify(delay_until(free_from() * clock_)); }

void activation_budget::grant_next() {
  if (reserved_ || waiters_.empty()) return;
  activation_waiter* waiter = waiters_.front();
  waiters_.pop_front();
  reserved_ = true;
  waiter->activation_granted(free_from());
}

void activation_budget::give_up() {
  reserved_ = false;
  if (!waiters_.empty()) arm();
}

void activation_budget::use_grant(std::int64_t cycle) {
  take(cycle);
  give_up();
}

}  // namespace lamina::sysc
