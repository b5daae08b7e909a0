// SPDX-License-Identifier: Apache-2.0
// The stack-wide cap on concurrent activations, shared by all controllers of a stack.
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "lamina/models/units.h"

namespace lamina::sysc {

/// Who waits for an activation.
class activation_waiter {
 public:
  virtual ~activation_waiter() = default;
  /// A slot is reserved for the waiter from `cycle` on; it uses it with take() or gives it up.
  virtual void activation_granted(std::int64_t cycle) = 0;
};

/// At most `cap` ACT commands inside any window of `window` clocks. Waiters are served in the
/// order in which they came, each with a slot of its own: one who is slow to use his holds up
/// nobody else.
class activation_budget : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(activation_budget);
  activation_budget(const sc_core::sc_module_name& name, int cap, std::int64_t window,
                    femtoseconds clock);

  /// First cycle at which a slot is free, were nobody else to take it.
  std::int64_t free_from() const { return release_[oldest_]; }
  /// Whether somebody who has not waited may take a slot in `cycle`.
  bool open_in(std::int64_t cycle) const {
    return waiters_.empty() && reserved_ < release_.size() && unreserved_from() <= cycle;
  }
  /// Takes a slot for an ACT at `cycle`, in which the budget is open.
  void take(std::int64_t cycle);
  void wait(activation_waiter& waiter);
  /// The granted waiter has no use for its slot any more.
  void give_up();
  void use_grant(std::int64_t cycle);

 private:
  void grant();
  void arm();
  /// When the slot behind those that are reserved is free; not when all are.
  std::int64_t unreserved_from() const { return release_[(oldest_ + reserved_) % release_.size()]; }

  std::vector<std::int64_t> release_;  ///< ring: when each slot is free again
  std::size_t oldest_ = 0;
  std::int64_t window_;
  femtoseconds clock_;
  std::deque<activation_waiter*> waiters_;
  std::size_t reserved_ = 0;  ///< slots that are granted and not used yet; all are free
  sc_core::sc_event slot_free_;
};

}  // namespace lamina::sysc
