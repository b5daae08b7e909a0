// SPDX-License-Identifier: Apache-2.0
#include "naive_controller.h"

#include <algorithm>

#include "lamina/validation/legality_checker.h"

namespace lamina::validation {
namespace {

using cmd = dram_command;
constexpr std::int64_t closed = -1;

class naive_controller {
 public:
  naive_controller(const dram_stack_spec& spec, const std::vector<dram_stimulus_request>& stimulus)
      : spec_(spec),
        checker_(spec),
        stimulus_(stimulus),
        open_rows_(static_cast<std::size_t>(spec.geometry.banks()), closed) {
    const dram_clocks clocks = resolve(spec.geometry, spec.timings);
    for (int pc = 0; pc < spec.geometry.pseudo_channels; ++pc) {
      const std::int64_t offset = std::int64_t{clocks.tREFI} * pc / spec.geometry.pseudo_channels;
      next_refresh_.push_back(pc == 0 ? clocks.tREFI : offset);
    }
    served_.resize(stimulus.size(), false);
    interval_ = clocks.tREFI;
  }

  std::vector<dram_command_record> run() {
    for (now_ = 0; left() > 0; ++now_) {
      if (!refresh()) row_command();
      column_command();
    }
    return history_;
  }

 private:
  std::size_t left() const {
    return static_cast<std::size_t>(std::count(served_.begin(), served_.end(), false));
  }
  int bank_of(const dram_address& p) const {
    const dram_geometry& g = spec_.geometry;
    return ((p.pseudo_channel * g.stack_ids + p.stack_id) * g.bank_groups + p.bank_group) *
               g.banks_per_group +
           p.bank;
  }
  std::int64_t& open_row(const dram_address& p) {
    return open_rows_[static_cast<std::size_t>(bank_of(p))];
  }
  bool visible(std::size_t i) const { return !served_[i] && stimulus_[i].arrival < now_; }
  bool refreshing(int pc) const {
    return spec_.controller.refresh != refresh_policy::none &&
           now_ >= next_refresh_[static_cast<std::size_t>(pc)];
  }

  /// `slot`: with a free slot on the command bus.
  bool legal(cmd command, const dram_address& where, bool slot = true) const {
    const dram_command_record wanted{now_, command, where, -1};
    int activates = 0;
    for (auto it = history_.rbegin(); it != history_.rend(); ++it) {
      const dram_timing_rules::rule& rule =
          checker_.rules().between(it->command, command, checker_.relation(*it, wanted));
      const bool counts = slot || rule.parameter != timing_parameter::command_bus;
      if (counts && now_ - it->cycle < rule.distance) return false;
      const bool same_unit =
          it->place.pseudo_channel == where.pseudo_channel && it->place.stack_id == where.stack_id;
      if (command == cmd::activate && it->command == cmd::activate && same_unit &&
          ++activates == 4 && now_ - it->cycle < checker_.rules().four_activate_window())
        return false;
      if (now_ - it->cycle > 2000) break;  // no distance of the tests reaches farther
    }
    return true;
  }

  void issue(cmd command, const dram_address& where, std::int64_t request) {
    history_.push_back({now_, command, where, request});
  }

  bool refresh() {
    for (int pc = 0; pc < spec_.geometry.pseudo_channels; ++pc) {
      if (!refreshing(pc)) continue;
      dram_address unit;
      unit.pseudo_channel = pc;
      const int banks = spec_.geometry.banks_per_stack_id();
      const auto begin = open_rows_.begin() + pc * banks;
      const bool any_open =
          std::any_of(begin, begin + banks, [](std::int64_t row) { return row != closed; });
      const cmd command = any_open ? cmd::precharge_all : cmd::refresh_all;
      if (!legal(command, unit)) continue;
      issue(command, unit, -1);
      if (any_open) {
        std::fill(begin, begin + banks, closed);
      } else {
        next_refresh_[static_cast<std::size_t>(pc)] += interval_;
      }
      return true;
    }
    return false;
  }

  /// The oldest request of its bank, or of those in its bank that find the row open.
  bool leads(std::size_t i, bool among_hits) const {
    const dram_address& where = stimulus_[i].place;
    for (std::size_t j = 0; j < i; ++j) {
      const dram_address& other = stimulus_[j].place;
      if (visible(j) && bank_of(other) == bank_of(where) && (!among_hits || other.row == where.row))
        return false;
    }
    return true;
  }

  /// An older request wants another row, and the bank could be closed for it now.
  bool must_close(std::size_t i) const {
    return !leads(i, false) && !leading_row_is_open(i) &&
           legal(cmd::precharge, stimulus_[i].place, false);
  }
  bool leading_row_is_open(std::size_t i) const {
    for (std::size_t j = 0; j <= i; ++j)
      if (visible(j) && bank_of(stimulus_[j].place) == bank_of(stimulus_[i].place))
        return stimulus_[j].place.row == stimulus_[i].place.row;
    return true;
  }

  void row_command() {
    for (std::size_t i = 0; i < stimulus_.size(); ++i) {
      const dram_address& where = stimulus_[i].place;
      if (!visible(i) || refreshing(where.pseudo_channel) || !leads(i, false)) continue;
      std::int64_t& row = open_row(where);
      if (row == where.row) continue;
      const cmd command = row == closed ? cmd::activate : cmd::precharge;
      if (!legal(command, where)) continue;
      issue(command, where, static_cast<std::int64_t>(i));
      row = row == closed ? where.row : closed;
      return;
    }
  }

  void column_command() {
    const bool in_order = spec_.controller.scheduler == scheduler_policy::fcfs;
    for (std::size_t i = 0; i < stimulus_.size(); ++i) {
      const dram_address& where = stimulus_[i].place;
      if (!visible(i)) continue;
      const cmd command = stimulus_[i].write ? cmd::write : cmd::read;
      if (!refreshing(where.pseudo_channel) && open_row(where) == where.row && leads(i, true) &&
          !must_close(i) && legal(command, where)) {
        issue(command, where, static_cast<std::int64_t>(i));
        served_[i] = true;
        return;
      }
      if (in_order) return;
    }
  }

  const dram_stack_spec& spec_;
  legality_checker checker_;
  const std::vector<dram_stimulus_request>& stimulus_;
  std::vector<std::int64_t> open_rows_;
  std::vector<std::int64_t> next_refresh_;
  std::vector<bool> served_;
  std::vector<dram_command_record> history_;
  std::int64_t now_ = 0;
  std::int64_t interval_ = 0;
};

}  // namespace

std::vector<dram_command_record> run_naive_controller(
    const dram_stack_spec& spec, const std::vector<dram_stimulus_request>& stimulus) {
  return naive_controller(spec, stimulus).run();
}

}  // namespace lamina::validation
