// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/dram_controller.h"

#include <algorithm>
#include <utility>

#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {

using cmd = dram_command;

dram_controller::dram_controller(const sc_core::sc_module_name& name, const dram_stack_spec& spec,
                                 int channel, int bus, burst_owner& owner,
                                 activation_budget* budget,
                                 std::function<void(const dram_command_record&)> on_command)
    : sc_module(name),
      channel_(channel),
      index_(channel * command_bus_layout::buses_per_channel(spec) + bus),
      clocks_(resolve(spec.geometry, spec.timings)),
      policy_(spec.controller),
      split_(spec.controller.queues == queue_organisation::split),
      fcfs_(spec.controller.scheduler == scheduler_policy::fcfs),
      layout_(spec, bus),
      owner_(owner),
      budget_(budget),
      on_command_(std::move(on_command)),
      timing_(spec, layout_),
      refresh_(spec, clocks_, layout_),
      account_(dram_timing_rules(clocks_), layout_),
      banks_(static_cast<std::size_t>(layout_.banks())),
      open_banks_(static_cast<std::size_t>(layout_.units())),
      wishes_{wish_list(layout_), wish_list(layout_)} {
  capacity_ = split_ ? std::array<int, 2>{policy_.read_queue_entries, policy_.write_queue_entries}
                     : std::array<int, 2>{policy_.queue_entries, 0};
  SC_METHOD(wake);
  sensitive << wake_event_;
  dont_initialize();
}

std::int64_t dram_controller::now_cycle() const {
  return clock_grid(clocks_.tCK).edge_from(from_sc_time(sc_core::sc_time_stamp()));
}

// ---------------------------------------------------------------- arrivals

void dram_controller::accept(burst& item) {
  ++queued_[static_cast<std::size_t>(queue_of(item.write))];
  if (issuing_) {
    future_.insert(item);
    return;
  }
  if (waiting_[0] + waiting_[1] == 0 && future_.empty()) catch_up(now_cycle());
  future_.insert(item);
  absorb_arrivals();
  schedule();
}

/// Looks at every arrival that could cause a command no later than the one now planned. Nothing
/// is issued before then, so looking early changes no decision.
void dram_controller::absorb_arrivals() {
  while (!future_.empty() && future_.head()->arrival < wake_cycle()) {
    burst& item = *future_.head();
    future_.remove(item);
    enqueue(item);
  }
}

void dram_controller::enqueue(burst& item) {
  const int queue = queue_of(item.write);
  bank_machine& machine = bank(item.bank);
  ++waiting_[static_cast<std::size_t>(queue)];
  if (!machine.insert(item, queue)) {
    wishes_[static_cast<std::size_t>(queue)].renew(item.bank, machine, queue, timing_);
  }
  if (split_ && update_direction()) {
    plan();
    return;
  }
  if (queue != direction_) return;
  if (item.next != nullptr || fcfs_) {
    // A burst that overtook others may take back what its bank had offered.
    plan();
    return;
  }
  consider(wishes_[static_cast<std::size_t>(queue)][item.bank]);
  if (refresh_.next_due() <= wake_cycle()) consider_refresh();
}

/// Watermarks: writes are drained from the high mark, or when no read waits, down to the low mark
/// as soon as reads wait. True when the direction changed.
bool dram_controller::update_direction() {
  const int reads = waiting_[0];
  const int writes = waiting_[1];
  const int before = direction_;
  if (direction_ == 0) {
    if (writes >= policy_.write_high_watermark || (reads == 0 && writes > 0)) direction_ = 1;
  } else if (writes == 0 || (reads > 0 && writes <= policy_.write_low_watermark)) {
    direction_ = 0;
  }
  return direction_ != before;
}

/// After a command of the bank.
void dram_controller::renew(int bank_index) {
  for (int queue = 0; queue < (split_ ? 2 : 1); ++queue) {
    wishes_[static_cast<std::size_t>(queue)].renew(bank_index, bank(bank_index), queue, timing_);
  }
}

void dram_controller::renew_unit(int unit) {
  const int first = unit * layout_.banks_per_unit();
  for (int b = first; b < first + layout_.banks_per_unit(); ++b) renew(b);
}

// ---------------------------------------------------------------- commands

void dram_controller::schedule() {
  const std::int64_t cycle = wake_cycle();
  if (cycle == scheduled_) return;
  if (scheduled_ != never) wake_event_.cancel();
  scheduled_ = cycle;
  if (cycle != never) wake_event_.notify(delay_until(cycle * clocks_.tCK));
}

void dram_controller::wake() {
  scheduled_ = never;
  if (wake_cycle() == never) return;
  issue(wake_cycle());
  femtoseconds horizon = owner_.horizon();
  while (wake_cycle() != never && wake_cycle() * clocks_.tCK < horizon) {
    // Only a column command calls out of the controller, and so may bring the horizon nearer.
    if (issue(wake_cycle())) horizon = owner_.horizon();
  }
  schedule();
}

bool dram_controller::issue(std::int64_t cycle) {
  const choice column = column_;
  const choice row = row_;
  issuing_ = true;
  if (column.cycle == cycle) issue_column(cycle);
  if (row.cycle == cycle) issue_row(cycle);
  issuing_ = false;
  const bool turned = split_ && update_direction();
  // What a bank does changes the plans of others only through what they share, which is the kind
  // of command; refreshes, order and a cap tie them closer.
  if (turned || fcfs_ || budget_ != nullptr || row.arrival < 0) {
    plan();
  } else {
    plan_after(column, row, cycle);
  }
  absorb_arrivals();
  return column.cycle == cycle;
}

bool dram_controller::auto_precharge(const bank_machine& machine) const {
  switch (policy_.page) {
    case page_policy::open:
      return false;
    case page_policy::closed:
      return true;
    case page_policy::adaptive:
      return !machine.wanted() && machine.any_waiting();
  }
  return false;
}

void dram_controller::issue_column(std::int64_t cycle) {
  const int bank_index = column_.bank;
  bank_machine& machine = bank(bank_index);
  burst& item = *machine.hit(direction_);
  const int queue = direction_;
  machine.remove(item, queue);
  --waiting_[static_cast<std::size_t>(queue)];
  --queued_[static_cast<std::size_t>(queue)];

  const bool first = machine.use();
  item.row_penalty = !first ? 0
                            : (item.write ? clocks_.tRCDWR : clocks_.tRCDRD) +
                                  (machine.opened_after_conflict() ? clocks_.tRP : 0);
  const bool closes = auto_precharge(machine);
  const cmd command =
      item.write ? (closes ? cmd::write_auto : cmd::write) : (closes ? cmd::read_auto : cmd::read);
  timing_.issue(command, bank_index, cycle);
  account_.column(bank_index, item.write, !first);
  if (closes) {
    account_.close(bank_index);
    ++account_.precharges;
    machine.close();
    --open_banks_[static_cast<std::size_t>(layout_.unit_of_bank(bank_index))];
  }
  renew(bank_index);
  if (on_command_) record(cycle, command, bank_index, item.row, item.column, item.request_id);
  owner_.burst_issued(item, cycle, (item.write ? clocks_.WL : clocks_.RL) + clocks_.burst);
  if (room_wanted_) {
    room_wanted_ = false;
    owner_.room_again(*this);
  }
}

void dram_controller::issue_row(std::int64_t cycle) {
  const int bank_index = row_.bank;
  switch (row_.command) {
    case cmd::activate:
      issue_activate(bank_index, cycle);
      break;
    case cmd::precharge: {
      // For a refresh of this bank the row may have no burst behind it.
      const burst* cause = bank(bank_index).oldest(direction_);
      timing_.issue(cmd::precharge, bank_index, cycle);
      account_.close(bank_index);
      account_.precharge();
      bank(bank_index).close(cause != nullptr);
      --open_banks_[static_cast<std::size_t>(layout_.unit_of_bank(bank_index))];
      renew(bank_index);
      if (on_command_) {
        record(cycle, cmd::precharge, bank_index, cause != nullptr ? cause->row : 0, 0,
               cause != nullptr ? cause->request_id : -1);
      }
      break;
    }
    default:
      issue_refresh(bank_index, row_.command, cycle);
      break;
  }
}

void dram_controller::issue_activate(int bank_index, std::int64_t cycle) {
  if (budget_ != nullptr) {
    if (activation_ == activation::granted) {
      activation_ = activation::free;
      budget_->use_grant(cycle);
    } else if (!budget_->open_in(cycle)) {
      activation_ = activation::waits;
      budget_->wait(*this);
      return;
    } else {
      budget_->take(cycle);
    }
  }
  bank_machine& machine = bank(bank_index);
  const burst& cause = *machine.oldest(direction_);
  machine.open(cause.row);
  ++open_banks_[static_cast<std::size_t>(layout_.unit_of_bank(bank_index))];
  timing_.issue(cmd::activate, bank_index, cycle);
  account_.activate(bank_index);
  renew(bank_index);
  if (on_command_) record(cycle, cmd::activate, bank_index, cause.row, 0, cause.request_id);
}

void dram_controller::issue_refresh(int bank_index, dram_command command, std::int64_t cycle) {
  const int unit = layout_.unit_of_bank(bank_index);
  timing_.issue(command, bank_index, cycle);
  switch (command) {
    case cmd::precharge_all: {
      const int first = unit * layout_.banks_per_unit();
      for (int b = first; b < first + layout_.banks_per_unit(); ++b) {
        account_.close(b);
        bank(b).close();
      }
      open_banks_[static_cast<std::size_t>(unit)] = 0;
      account_.precharge();
      renew_unit(unit);
      break;
    }
    case cmd::refresh_all:
      account_.refresh_all(unit, cycle - refresh_.due(unit));
      refresh_.issued(unit);
      break;
    default:
      account_.refresh_bank(bank_index, cycle - refresh_.due(unit));
      refresh_.issued(unit);
      renew(bank_index);
      break;
  }
  if (on_command_) record(cycle, command, bank_index, 0, 0, -1);
}

/// Issues the refreshes that fell due while nothing waited, up to and including `until`.
void dram_controller::catch_up(std::int64_t until) {
  while (refresh_.next_due() <= until) {
    if (!on_command_) {
      for (int unit = 0; unit < layout_.units(); ++unit) {
        if (open_banks_[static_cast<std::size_t>(unit)] > 0) continue;
        const std::int64_t skipped = refresh_.skip_until(unit, until);
        account_.skip_refreshes(unit, skipped, refresh_.per_bank());
      }
    }
    column_.cycle = row_.cycle = never;
    consider_refresh();
    if (row_.cycle > until) break;
    issue_row(row_.cycle);
  }
  column_.cycle = row_.cycle = never;
}

void dram_controller::activation_granted(std::int64_t cycle) {
  activation_ = activation::granted;
  granted_from_ = std::max(cycle, now_cycle());
  plan();
  absorb_arrivals();
  schedule();
}

const bus_account& dram_controller::account_until(std::int64_t end) {
  if (waiting_[0] + waiting_[1] == 0) catch_up(end);
  for (int b = 0; b < layout_.banks(); ++b) account_.close(b);
  return account_;
}

void dram_controller::record(std::int64_t cycle, dram_command command, int bank_index,
                             std::int64_t row, int column, std::int64_t request_id) {
  dram_command_record entry;
  entry.cycle = cycle;
  entry.command = command;
  entry.place = layout_.place_of(bank_index);
  entry.place.channel = channel_;
  entry.place.row = row;
  entry.place.column = column;
  entry.request_id = request_id;
  on_command_(entry);
}

}  // namespace lamina::sysc
