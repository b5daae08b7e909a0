// SPDX-License-Identifier: Apache-2.0
// The controller of one command bus as a SystemC module: schedules bursts under the timing rules.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/activation_budget.h"
#include "lamina/tlm/bank_machine.h"
#include "lamina/tlm/bus_account.h"
#include "lamina/tlm/command_bus.h"
#include "lamina/tlm/dram_timing_state.h"
#include "lamina/tlm/refresh_schedule.h"
#include "lamina/tlm/wish_list.h"

namespace lamina::sysc {

class dram_controller;

/// Who gave the controller its bursts.
class burst_owner {
 public:
  virtual ~burst_owner() = default;
  /// The column command of a burst was issued in `cycle`; its data ends `latency` clocks later.
  virtual void burst_issued(burst& item, std::int64_t cycle, int latency) = 0;
  /// A full queue has room again.
  virtual void room_again(dram_controller& controller) = 0;
  /// Commands that come before this time may be issued at once: nothing else can happen earlier.
  virtual femtoseconds horizon() = 0;
};

/// Event-driven: it plans the next command from the timing state and sleeps until then. Time runs
/// in command clocks; an idle controller schedules nothing, and makes up for missed refreshes when
/// it is asked again.
///
/// Scheduling. A burst that arrives in a cycle can cause a command in the next one. One row and
/// one column command may issue in a cycle, each the oldest legal one. The oldest burst of a bank
/// decides its row: when it conflicts, the bank precharges as soon as that is legal, and until
/// then younger hits are served (FR-FCFS). With FCFS column commands keep the order of arrival.
class dram_controller : public sc_core::sc_module, private activation_waiter {
 public:
  SC_HAS_PROCESS(dram_controller);
  /// `budget` may be null. `on_command` may be empty.
  dram_controller(const sc_core::sc_module_name& name, const dram_stack_spec& spec, int channel,
                  int bus, burst_owner& owner, activation_budget* budget,
                  std::function<void(const dram_command_record&)> on_command);

  /// Its place among all controllers of the stack.
  int index() const { return index_; }
  const command_bus_layout& layout() const { return layout_; }
  const dram_clocks& clocks() const { return clocks_; }
  bool has_room(bool write) const {
    const auto kind = static_cast<std::size_t>(queue_of(write));
    return queued_[kind] < capacity_[kind];
  }
  /// Which of its queues takes reads or writes: a unified queue is number 0.
  int queue_of(bool write) const { return split_ && write ? 1 : 0; }
  /// Takes a burst (bank, row, write, arrival filled in; arrival not before now). Needs has_room().
  void accept(burst& item);
  /// The owner wants to hear of room_again() once.
  void notify_room() { room_wanted_ = true; }

  /// Counts up to `end`, refreshes of idle time included. Call once, after the simulation.
  const bus_account& account_until(std::int64_t end);
  const bus_account& account() const { return account_; }

 private:
  static constexpr std::int64_t never = refresh_schedule::never;
  struct choice {
    std::int64_t cycle = never;
    std::int64_t arrival = 0;
    std::int64_t order = 0;
    int bank = -1;
    dram_command command = dram_command::activate;
    bool better(std::int64_t c, std::int64_t a, std::int64_t o) const {
      return c != cycle ? c < cycle : (a != arrival ? a < arrival : o < order);
    }
  };

  bank_machine& bank(int index) { return banks_[static_cast<std::size_t>(index)]; }
  std::int64_t now_cycle() const;
  std::int64_t wake_cycle() const { return std::min(column_.cycle, row_.cycle); }

  /// The wishes of the queue that is served.
  const wish_list& served() const { return wishes_[static_cast<std::size_t>(direction_)]; }
  /// First legal cycle of a bank's row command.
  std::int64_t row_cycle(const bank_wish& w) const {
    return std::max({w.row_from, timing_.shared_row(w.row_group), timing_.row_bus()});
  }

  std::int64_t due_of(const bank_wish& w) const {
    return refresh_.due_of_bank(layout_.unit_of_bank(w.bank), w.bank);
  }

  void wake();
  /// Issues what is planned for `cycle` and plans anew; true when a column command was among it.
  bool issue(std::int64_t cycle);
  void plan_after(const choice& column, const choice& row, std::int64_t cycle);
  void absorb_arrivals();
  void enqueue(burst& item);
  bool update_direction();
  void plan();
  void plan_column();
  void plan_row();
  void consider(const bank_wish& w);
  void consider_row(const bank_wish& w);
  void consider_column(const bank_wish& w);
  std::int64_t first_activate() const;
  void renew(int bank_index);
  void renew_unit(int unit);
  void consider_refresh();
  void offer_row(const choice& offered);
  void schedule();

  void issue_column(std::int64_t cycle);
  void issue_row(std::int64_t cycle);
  void issue_activate(int bank_index, std::int64_t cycle);
  void issue_refresh(int bank_index, dram_command command, std::int64_t cycle);
  bool auto_precharge(const bank_machine& machine) const;
  void catch_up(std::int64_t until);
  void record(std::int64_t cycle, dram_command command, int bank_index, std::int64_t row,
              int column, std::int64_t request_id);
  void activation_granted(std::int64_t cycle) override;

  const int channel_;
  const int index_;
  const dram_clocks clocks_;
  const dram_controller_spec policy_;
  const bool split_;
  const bool fcfs_;
  const command_bus_layout layout_;
  burst_owner& owner_;
  activation_budget* const budget_;
  const std::function<void(const dram_command_record&)> on_command_;

  dram_timing_state timing_;
  refresh_schedule refresh_;
  bus_account account_;
  std::vector<bank_machine> banks_;
  std::vector<int> open_banks_;      ///< of each unit
  std::array<wish_list, 2> wishes_;  ///< of each queue
  burst_queue future_;               ///< arrivals that nobody has looked at yet
  std::array<int, 2> queued_{};      ///< accepted and without a column command
  std::array<int, 2> waiting_{};     ///< of those, looked at
  std::array<int, 2> capacity_{};
  int direction_ = 0;  ///< the queue that is served
  choice column_, row_;
  bool room_wanted_ = false;
  bool issuing_ = false;  ///< arrivals wait until this cycle's commands are out
  enum class activation { free, waits, granted } activation_ = activation::free;
  std::int64_t granted_from_ = 0;
  sc_core::sc_event wake_event_;
  std::int64_t scheduled_ = never;
};

}  // namespace lamina::sysc
