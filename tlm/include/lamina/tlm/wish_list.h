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

/// A bank with work, as far as only its own commands and arrivals can change it.
struct bank_wish {
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  int bank = 0;
  int unit = 0;
  int group = 0;
  dram_command row = dram_command::activate;  ///< ACT, or PREPB when another row is open
  std::int64_t row_from = never;              ///< never: the oldest burst finds its row open
  std::int64_t column_from = never;           ///< never: no burst does
  std::int64_t oldest_arrival = 0, oldest_order = 0;
  std::int64_t hit_arrival = 0, hit_order = 0;
  bool hit_write = false;
  bool hit_is_oldest = false;
  bool in_rows = false;
  bool in_columns = false;

  bool older_than(const bank_wish& other) const {
    return oldest_arrival != other.oldest_arrival ? oldest_arrival < other.oldest_arrival
                                                  : oldest_order < other.oldest_order;
  }
};

/// The wishes of one queue. Row wishes stand in order of age, so that a look at them may stop at
/// the first that nothing younger can beat; column wishes are few and stand in no order.
class wish_list {
 public:
  explicit wish_list(const command_bus_layout& layout)
      : wishes_(static_cast<std::size_t>(layout.banks())) {
    for (int bank = 0; bank < layout.banks(); ++bank) {
      bank_wish& w = at(bank);
      w.bank = bank;
      w.unit = layout.unit_of_bank(bank);
      w.group = layout.group_of_bank(bank);
    }
    rows_.reserve(wishes_.size());
    columns_.reserve(wishes_.size());
  }

  const bank_wish& operator[](int bank) const { return wishes_[static_cast<std::size_t>(bank)]; }
  const std::vector<int>& rows() const { return rows_; }
  const std::vector<int>& columns() const { return columns_; }

  /// Derives a bank's wish anew from its bursts and its own ready times.
  void renew(int bank, const bank_machine& machine, int queue, const dram_timing_state& timing) {
    bank_wish& w = at(bank);
    if (w.in_rows) rows_.erase(place_of(w));
    w.in_rows = false;
    w.row_from = w.column_from = bank_wish::never;
    if (!machine.idle(queue)) derive(w, machine, queue, timing);
    if (w.row_from != bank_wish::never) {
      rows_.insert(place_of(w), bank);
      w.in_rows = true;
    }
    list_column(w);
  }

 private:
  bank_wish& at(int bank) { return wishes_[static_cast<std::size_t>(bank)]; }
  std::vector<int>::iterator place_of(const bank_wish& w) {
    // The youngest bank moves most often.
    auto place = rows_.end();
    while (place != rows_.begin() && !(*this)[*(place - 1)].older_than(w)) --place;
    return place;
  }
  static void derive(bank_wish& w, const bank_machine& machine, int queue,
                     const dram_timing_state& timing) {
    const burst& oldest = *machine.oldest(queue);
    const burst* hit = machine.hit(queue);
    w.oldest_arrival = oldest.arrival;
    w.oldest_order = oldest.order;
    w.hit_is_oldest = hit == &oldest;
    if (!machine.is_open()) {
      w.row = dram_command::activate;
      w.row_from = std::max(timing.bank_activate(w.bank), oldest.arrival + 1);
      return;
    }
    if (!w.hit_is_oldest) {
      w.row = dram_command::precharge;
      w.row_from = std::max(timing.bank_precharge(w.bank), oldest.arrival + 1);
    }
    if (hit == nullptr) return;
    w.hit_arrival = hit->arrival;
    w.hit_order = hit->order;
    w.hit_write = hit->write;
    w.column_from = std::max(timing.bank_column(w.bank, hit->write), hit->arrival + 1);
  }
  void list_column(bank_wish& w) {
    const bool wanted = w.column_from != bank_wish::never;
    if (wanted == w.in_columns) return;
    w.in_columns = wanted;
    if (wanted) {
      columns_.push_back(w.bank);
    } else {
      *std::find(columns_.begin(), columns_.end(), w.bank) = columns_.back();
      columns_.pop_back();
    }
  }

  std::vector<bank_wish> wishes_;
  std::vector<int> rows_;
  std::vector<int> columns_;
};

}  // namespace lamina::sysc
