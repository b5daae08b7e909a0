// SPDX-License-Identifier: Apache-2.0
// From a payload's address to a small number, without a heap node for each entry.
#pragma once

#include <cstdint>
#include <vector>

namespace lamina::sysc {

/// Open addressing with linear probing; grows, never shrinks.
class pointer_map {
 public:
  void insert(const void* key, int value) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    place(key, value);
    ++count_;
  }
  /// -1 when there is none.
  int find(const void* key) const {
    if (slots_.empty()) return -1;
    for (std::size_t at = home_of(key);; at = next(at)) {
      if (slots_[at].key == key) return slots_[at].value;
      if (slots_[at].key == nullptr) return -1;
    }
  }
  void erase(const void* key) {
    std::size_t at = home_of(key);
    while (slots_[at].key != key) at = next(at);
    --count_;
    // Close the gap, so that no probe ends at it too early.
    for (std::size_t from = next(at); slots_[from].key != nullptr; from = next(from)) {
      const std::size_t home = home_of(slots_[from].key);
      const std::size_t reach = (from - home) & (slots_.size() - 1);
      if (reach < ((from - at) & (slots_.size() - 1))) continue;
      slots_[at] = slots_[from];
      at = from;
    }
    slots_[at] = {};
  }

 private:
  struct slot {
    const void* key = nullptr;
    int value = -1;
  };
  std::size_t home_of(const void* key) const {
    const auto bits = reinterpret_cast<std::uintptr_t>(key);
    return static_cast<std::size_t>((bits * 0x9e3779b97f4a7c15U) >> 20) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void place(const void* key, int value) {
    std::size_t at = home_of(key);
    while (slots_[at].key != nullptr) at = next(at);
    slots_[at] = {key, value};
  }
  void grow() {
    std::vector<slot> old(slots_.empty() ? 64 : 2 * slots_.size());
    old.swap(slots_);
    for (const slot& one : old) {
      if (one.key != nullptr) place(one.key, one.value);
    }
  }
  std::vector<slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace lamina::sysc
