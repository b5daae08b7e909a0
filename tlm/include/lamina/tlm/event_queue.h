// SPDX-License-Identifier: Apache-2.0
// A heap of timed work items; those of one time come out in the order in which they went in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lamina::sysc {

class event_queue {
 public:
  struct item {
    std::int64_t time = 0;
    std::uint32_t order = 0;
    std::uint32_t what = 0;
  };
  bool empty() const { return heap_.empty(); }
  const item& top() const { return heap_.front(); }
  void push(std::int64_t time, std::uint32_t what) {
    heap_.push_back({time, next_order_++, what});
    rise(heap_.size() - 1);
  }
  void pop() {
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(0);
  }

 private:
  static constexpr std::size_t arity = 4;

  static bool is_before(const item& a, const item& b) {
    // The order may wrap: of items of one time the distance decides.
    return a.time != b.time ? a.time < b.time : static_cast<std::int32_t>(a.order - b.order) < 0;
  }
  void rise(std::size_t at) {
    const item moved = heap_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / arity;
      if (!is_before(moved, heap_[parent])) break;
      heap_[at] = heap_[parent];
      at = parent;
    }
    heap_[at] = moved;
  }
  void sink(std::size_t at) {
    const item moved = heap_[at];
    const std::size_t size = heap_.size();
    while (true) {
      const std::size_t first = at * arity + 1;
      if (first >= size) break;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < std::min(first + arity, size); ++child) {
        if (is_before(heap_[child], heap_[least])) least = child;
      }
      if (!is_before(heap_[least], moved)) break;
      heap_[at] = heap_[least];
      at = least;
    }
    heap_[at] = moved;
  }

  std::vector<item> heap_;
  std::uint32_t next_order_ = 0;
};

}  // namespace lamina::sysc
