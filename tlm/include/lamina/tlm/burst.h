// SPDX-License-Identifier: Apache-2.0
// One burst on its way through a controller, and the intrusive queues that hold it.
#pragma once

#include <cstdint>
#include <deque>

namespace lamina::sysc {

struct burst {
  std::int64_t arrival = 0;  ///< command clock in which it reached the controller
  std::int64_t order = 0;    ///< breaks ties of arrival
  std::int64_t row = 0;
  int column = 0;
  int bank = 0;  ///< on its command bus
  bool write = false;
  int hops = 0;         ///< vertical hops of its data
  int row_penalty = 0;  ///< clocks that opening its row took, filled in when it is issued
  std::int64_t request_id = -1;
  void* owner = nullptr;  ///< the stack's transaction
  burst* next = nullptr;
  burst* previous = nullptr;

  bool older_than(const burst& other) const {
    return arrival != other.arrival ? arrival < other.arrival : order < other.order;
  }
};

/// Bursts from the oldest to the youngest. Insertion is constant time for a youngest burst.
class burst_queue {
 public:
  bool empty() const { return head_ == nullptr; }
  burst* head() const { return head_; }

  /// True when it went to the end.
  bool insert(burst& item) {
    burst* after = tail_;
    while (after != nullptr && item.older_than(*after)) after = after->previous;
    const bool youngest = after == tail_;
    item.previous = after;
    item.next = after == nullptr ? head_ : after->next;
    (item.next == nullptr ? tail_ : item.next->previous) = &item;
    (after == nullptr ? head_ : after->next) = &item;
    return youngest;
  }
  void remove(burst& item) {
    (item.previous == nullptr ? head_ : item.previous->next) = item.next;
    (item.next == nullptr ? tail_ : item.next->previous) = item.previous;
  }

 private:
  burst* head_ = nullptr;
  burst* tail_ = nullptr;
};

/// Recycles bursts; the heap is touched only while the number in use grows.
class burst_pool {
 public:
  burst& take() {
    if (free_ == nullptr) return storage_.emplace_back();
    burst& item = *free_;
    free_ = item.next;
    return item;
  }
  void give_back(burst& item) {
    item.next = free_;
    free_ = &item;
  }

 private:
  std::deque<burst> storage_;
  burst* free_ = nullptr;
};

}  // namespace lamina::sysc
