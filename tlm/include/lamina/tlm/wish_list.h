// SPDX-License-Identifier: Apache-2.0
// What each bank wants next, in the order in which a controller looks at it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/bank_machine.h"
#include "lamina/tlm/command_bus.h"
#include "lamina/tlm/dram_timing_state.h"

namespace lamina::sysc {

struct bank_wish;

/// A place in a list of wishes.
struct wish_links {
  bank_wish* older = nullptr;
  bank_wish* younger = nullptr;
};

/// A bank with work, as far as only its own commands and arrivals can change it. What the hottest
/// loop reads comes first, on one cache line.
struct alignas(64) bank_wish {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  std::int64_t row_from = never;  ///< never: the oldest burst finds its row open
  wish_links in_rows;
  std::int64_t oldest_arrival = 0, oldest_order = 0;
  int row_group = 0;  ///< whose ACT spacing counts for the row command
  int group = 0;
  int bank = 0;
  dram_command row = dram_command::activate;  ///< ACT, or PREPB when another row is open
  bool hit_write = false;
  bool hit_is_oldest = false;
  std::int64_t column_from = never;  ///< never: no burst does
  std::int64_t hit_arrival = 0, hit_order = 0;
  wish_links in_columns;

  bool older_than(const bank_wish& other) const {
    return oldest_arrival != other.oldest_arrival ? oldest_arrival < other.oldest_arrival
                                                  : oldest_order < other.oldest_order;
  }
  bool hit_older_than(const bank_wish& other) const {
    return hit_arrival != other.hit_arrival ? hit_arrival < other.hit_arrival
                                            : hit_order < other.hit_order;
  }
};

/// Wishes in an order of age; the banks themselves are the nodes.
template <wish_links bank_wish::*Links, bool (bank_wish::*Older)(const bank_wish&) const>
class wish_order {
 public:
  class iterator {
   public:
    explicit iterator(const bank_wish* at) : at_(at) {}
    const bank_wish* operator*() const { return at_; }
    iterator& operator++() {
      at_ = (at_->*Links).younger;
      return *this;
    }
    bool operator!=(const iterator& other) const { return at_ != other.at_; }

   private:
    const bank_wish* at_;
  };
  iterator begin() const { return iterator(oldest_); }
  iterator end() const { return iterator(nullptr); }
  bool empty() const { return oldest_ == nullptr; }
  const bank_wish* front() const { return oldest_; }

  void insert(bank_wish& w) {
    bank_wish* older = youngest_;
    while (older != nullptr && (w.*Older)(*older)) older = (older->*Links).older;
    bank_wish* younger = older == nullptr ? oldest_ : (older->*Links).younger;
    w.*Links = {older, younger};
    (older == nullptr ? oldest_ : (older->*Links).younger) = &w;
    (younger == nullptr ? youngest_ : (younger->*Links).older) = &w;
  }
  void remove(bank_wish& w) {
    const wish_links links = w.*Links;
    (links.older == nullptr ? oldest_ : (links.older->*Links).younger) = links.younger;
    (links.younger == nullptr ? youngest_ : (links.younger->*Links).older) = links.older;
  }

 private:
  bank_wish* oldest_ = nullptr;
  bank_wish* youngest_ = nullptr;
};

/// The wishes of one queue: those for a row command in the order of their oldest bursts, those for
/// a column command in the order of their hits. So of several that can go at once the first one in
/// its list goes first.
class wish_list {
 public:
  using row_order = wish_order<&bank_wish::in_rows, &bank_wish::older_than>;
  using column_order = wish_order<&bank_wish::in_columns, &bank_wish::hit_older_than>;
  struct first {
    std::int64_t cycle = bank_wish::never;
    const bank_wish* wish = nullptr;
  };

  explicit wish_list(const command_bus_layout& layout)
      : no_group_(layout.units() * layout.groups_per_unit()),
        wishes_(static_cast<std::size_t>(layout.banks())) {
    for (int bank = 0; bank < layout.banks(); ++bank) {
      bank_wish& w = at(bank);
      w.bank = bank;
      w.group = layout.group_of_bank(bank);
    }
  }

  wish_list(const wish_list&) = delete;
  wish_list& operator=(const wish_list&) = delete;

  const bank_wish& operator[](int bank) const { return wishes_[static_cast<std::size_t>(bank)]; }
  const row_order& rows() const { return rows_; }
  const column_order& columns() const { return columns_; }
  /// The bank with the oldest burst of all; null when no bank wishes anything.
  const bank_wish* oldest() const {
    const bank_wish* oldest = rows_.front();
    for (const bank_wish* w : columns_) {
      if (oldest == nullptr || w->older_than(*oldest)) oldest = w;
    }
    return oldest;
  }

  /// The row command that can come first, were there neither refresh nor activation cap.
  first first_row(const dram_timing_state& timing) const {
    first best;
    const std::int64_t bus = timing.row_bus();
    for (const bank_wish* w : rows_) {
      const std::int64_t cycle = std::max(w->row_from, timing.shared_row(w->row_group));
      // Nothing younger can come sooner than the command bus allows.
      if (cycle <= bus) return {bus, w};
      best.wish = cycle < best.cycle ? w : best.wish;
      best.cycle = std::min(cycle, best.cycle);
    }
    return best;
  }
  /// The column command that can come first, were there no refresh. From when a bank may close its
  /// row for an older burst, younger hits wait.
  first first_column(const dram_timing_state& timing) const {
    first best;
    for (const bank_wish* w : columns_) {
      const std::int64_t cycle =
          std::max(w->column_from, timing.shared_column(w->group, w->hit_write));
      const bool better = cycle < std::min(best.cycle, w->row_from);
      best.wish = better ? w : best.wish;
      best.cycle = better ? cycle : best.cycle;
    }
    return best;
  }

  /// Derives a bank's wish anew from its bursts and its own ready times.
  void renew(int bank, const bank_machine& machine, int queue, const dram_timing_state& timing) {
    bank_wish& w = at(bank);
    const bool had_row = w.row_from != bank_wish::never;
    const bool had_column = w.column_from != bank_wish::never;
    const std::int64_t oldest = w.oldest_order;
    const std::int64_t hit = w.hit_order;
    w.row_from = w.column_from = bank_wish::never;
    if (!machine.idle(queue)) derive(w, machine, queue, timing);
    const bool has_row = w.row_from != bank_wish::never;
    const bool has_column = w.column_from != bank_wish::never;
    if (had_row != has_row || (has_row && oldest != w.oldest_order)) {
      if (had_row) rows_.remove(w);
      if (has_row) rows_.insert(w);
    }
    if (had_column != has_column || (has_column && hit != w.hit_order)) {
      if (had_column) columns_.remove(w);
      if (has_column) columns_.insert(w);
    }
  }

 private:
  bank_wish& at(int bank) { return wishes_[static_cast<std::size_t>(bank)]; }
  void derive(bank_wish& w, const bank_machine& machine, int queue,
              const dram_timing_state& timing) const {
    const burst& oldest = *machine.oldest(queue);
    const burst* hit = machine.hit(queue);
    w.oldest_arrival = oldest.arrival;
    w.oldest_order = oldest.order;
    w.hit_is_oldest = hit == &oldest;
    if (!machine.is_open()) {
      w.row = dram_command::activate;
      w.row_group = w.group;
      w.row_from = std::max(timing.bank_activate(w.bank), oldest.arrival + 1);
      return;
    }
    if (!w.hit_is_oldest) {
      w.row = dram_command::precharge;
      w.row_group = no_group_;
      w.row_from = std::max(timing.bank_precharge(w.bank), oldest.arrival + 1);
    }
    if (hit == nullptr) return;
    w.hit_arrival = hit->arrival;
    w.hit_order = hit->order;
    w.hit_write = hit->write;
    w.column_from = std::max(timing.bank_column(w.bank, hit->write), hit->arrival + 1);
  }

  int no_group_;
  std::vector<bank_wish> wishes_;
  row_order rows_;
  column_order columns_;
};

}  // namespace lamina::sysc
