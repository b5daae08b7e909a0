// SPDX-License-Identifier: Apache-2.0
// Which command a controller issues next: the soonest legal one, of several the oldest.
#include <algorithm>

#include "lamina/tlm/dram_controller.h"

namespace lamina::sysc {

using cmd = dram_command;

void dram_controller::plan() {
  column_.cycle = never;
  row_.cycle = never;
  plan_column();
  plan_row();
  if (refresh_.next_due() <= wake_cycle() && waiting_[0] + waiting_[1] > 0) consider_refresh();
  // A grant is for now: others would wait for nothing while this bus refreshes.
  const std::int64_t patience = clocks_.tRRD_L + clocks_.activate;
  if (activation_ == activation::granted && first_activate() > granted_from_ + patience) {
    activation_ = activation::free;
    budget_->give_up();
    plan();
  }
}

/// The plan after `column`, `row` or both were issued in `cycle`; the other one may stand.
void dram_controller::plan_after(const choice& column, const choice& row, std::int64_t cycle) {
  if (column.cycle == cycle || column.bank == row.bank) {
    column_.cycle = never;
    plan_column();
  } else {
    consider_column(served()[row.bank]);
  }
  if (row.cycle == cycle || column.bank == row.bank) {
    row_.cycle = never;
    plan_row();
  } else {
    consider_row(served()[column.bank]);
  }
  if (refresh_.next_due() <= wake_cycle() && waiting_[0] + waiting_[1] > 0) consider_refresh();
}

void dram_controller::plan_column() {
  const wish_list& wishes = served();
  if (wishes.columns().empty()) return;
  if (fcfs_) {
    const bank_wish* oldest = wishes.oldest();
    if (oldest->hit_is_oldest) consider_column(*oldest);
    return;
  }
  const wish_list::first first = wishes.first_column(timing_);
  if (first.cycle < refresh_.next_due()) {
    const bank_wish& w = *first.wish;
    column_ = {first.cycle, w.hit_arrival, w.hit_order, w.bank,
               w.hit_write ? cmd::write : cmd::read};
  } else {
    for (const bank_wish* w : wishes.columns()) consider_column(*w);
  }
}

void dram_controller::plan_row() {
  const wish_list& wishes = served();
  if (wishes.rows().empty()) return;
  const wish_list::first first = wishes.first_row(timing_);
  if (budget_ == nullptr && first.cycle < refresh_.next_due()) {
    const bank_wish& w = *first.wish;
    row_ = {first.cycle, w.oldest_arrival, w.oldest_order, w.bank, w.row};
  } else {
    for (const bank_wish* w : wishes.rows()) consider_row(*w);
  }
}

/// Offers what a bank wishes. Nearly all wishes lose by their own times alone, so those come first.
void dram_controller::consider(const bank_wish& w) {
  if (w.row_from <= row_.cycle) consider_row(w);
  if (w.column_from <= column_.cycle) consider_column(w);
}

void dram_controller::consider_row(const bank_wish& w) {
  if (w.row_from == never) return;
  choice offered{row_cycle(w), w.oldest_arrival, w.oldest_order, w.bank, w.row};
  if (w.row == cmd::activate) {
    if (activation_ == activation::waits) return;
    if (budget_ != nullptr) {
      offered.cycle = std::max(
          offered.cycle, activation_ == activation::granted ? granted_from_ : budget_->free_from());
    }
  }
  if (!row_.better(offered.cycle, offered.arrival, offered.order)) return;
  if (offered.cycle < due_of(w)) row_ = offered;
}

void dram_controller::consider_column(const bank_wish& w) {
  if (w.column_from == never) return;
  const std::int64_t cycle = std::max(w.column_from, timing_.shared_column(w.group, w.hit_write));
  // From when the bank may close its row for an older burst, younger hits wait.
  if (cycle >= w.row_from || !column_.better(cycle, w.hit_arrival, w.hit_order)) return;
  if (cycle >= due_of(w)) return;
  column_ = {cycle, w.hit_arrival, w.hit_order, w.bank, w.hit_write ? cmd::write : cmd::read};
}

/// First cycle in which some bank of the served queue could have its ACT.
std::int64_t dram_controller::first_activate() const {
  std::int64_t first = never;
  for (const bank_wish* w : served().rows()) {
    if (w->row != cmd::activate) continue;
    const std::int64_t cycle = row_cycle(*w);
    if (cycle < due_of(*w)) first = std::min(first, cycle);
  }
  return first;
}

void dram_controller::offer_row(const choice& offered) {
  if (row_.better(offered.cycle, offered.arrival, offered.order)) row_ = offered;
}

/// A refresh that is due has first claim on the row commands, and its banks take nothing else.
void dram_controller::consider_refresh() {
  for (int unit = 0; unit < layout_.units(); ++unit) {
    const std::int64_t due = refresh_.due(unit);
    if (due > wake_cycle()) continue;
    const int bank_index = refresh_.bank(unit);
    dram_command command;
    if (refresh_.per_bank()) {
      command = bank(bank_index).is_open() ? cmd::precharge : cmd::refresh_bank;
    } else {
      command =
          open_banks_[static_cast<std::size_t>(unit)] > 0 ? cmd::precharge_all : cmd::refresh_all;
    }
    offer_row({std::max(due, timing_.earliest(command, bank_index)), -1, due, bank_index, command});
  }
}

}  // namespace lamina::sysc
