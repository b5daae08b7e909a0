// SPDX-License-Identifier: Apache-2.0
// One bank as its controller sees it: the open row and the bursts that wait for the bank.
#pragma once

#include <array>
#include <cstdint>

#include "lamina/tlm/burst.h"

namespace lamina::sysc {

/// Reads and writes wait apart when the controller splits its queues, else together in queue 0.
/// The oldest burst of a queue decides the row; `hit` is the oldest that finds its row open.
class bank_machine {
 public:
  static constexpr std::int64_t closed = -1;

  std::int64_t open_row() const { return open_row_; }
  bool is_open() const { return open_row_ != closed; }
  burst* oldest(int queue) const { return at(queue).bursts.head(); }
  burst* hit(int queue) const { return at(queue).hit; }
  bool idle(int queue) const { return at(queue).bursts.empty(); }

  /// True when what the bank wants next cannot have changed.
  bool insert(burst& item, int queue) {
    waiting& w = at(queue);
    const bool was_empty = w.bursts.empty();
    const bool youngest = w.bursts.insert(item);
    if (item.row == open_row_ && (w.hit == nullptr || item.older_than(*w.hit))) {
      w.hit = &item;
      return false;
    }
    return youngest && !was_empty;
  }
  void remove(burst& item, int queue) {
    waiting& w = at(queue);
    if (w.hit == &item) w.hit = next_hit(item.next);
    w.bursts.remove(item);
  }
  void open(std::int64_t row) {
    open_row_ = row;
    fresh_ = true;
    for (waiting& w : waiting_) w.hit = next_hit(w.bursts.head());
  }
  void close(bool for_another_row = false) {
    conflict_ = for_another_row;
    open_row_ = closed;
    for (waiting& w : waiting_) w.hit = nullptr;
  }
  /// A column command has used the row; true when it is the first since the activation.
  bool use() {
    const bool first = fresh_;
    fresh_ = false;
    return first;
  }
  /// The row was closed to make way for the one that is open now.
  bool opened_after_conflict() const { return conflict_; }
  /// Some burst waits, in either queue, for the open row.
  bool wanted() const { return waiting_[0].hit != nullptr || waiting_[1].hit != nullptr; }
  bool any_waiting() const { return !waiting_[0].bursts.empty() || !waiting_[1].bursts.empty(); }

 private:
  struct waiting {
    burst_queue bursts;
    burst* hit = nullptr;
  };
  waiting& at(int queue) { return waiting_[static_cast<std::size_t>(queue)]; }
  const waiting& at(int queue) const { return waiting_[static_cast<std::size_t>(queue)]; }
  burst* next_hit(burst* from) const {
    while (from != nullptr && from->row != open_row_) from = from->next;
    return from;
  }

  std::int64_t open_row_ = closed;
  bool fresh_ = false;
  bool conflict_ = false;
  std::array<waiting, 2> waiting_;
};

}  // namespace lamina::sysc
