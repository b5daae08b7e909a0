// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/dram_timing_state.h"

namespace lamina::sysc {
namespace {

using cmd = dram_command;
using rel = bank_relation;

// Far enough in the past that no distance reaches from there to cycle zero.
constexpr std::int64_t never = -(std::int64_t{1} << 40);

}  // namespace

dram_timing_state::dram_timing_state(const dram_stack_spec& spec, const command_bus_layout& layout)
    : rules_(resolve(spec.geometry, spec.timings)),
      banks_(at(layout.banks())),
      groups_(at(layout.units() * layout.groups_per_unit())),
      units_(at(layout.units())),
      activate_of_(groups_.size() + 1),
      groups_per_unit_(layout.groups_per_unit()),
      shared_ports_(layout.units() > layout.ports()) {
  for (int bank = 0; bank < layout.banks(); ++bank) {
    group_of_.push_back(layout.group_of_bank(bank));
    unit_of_.push_back(layout.unit_of_bank(bank));
  }
  for (int group = 0; group < no_group(); ++group) {
    groups_[at(group)].unit = group / groups_per_unit_;
  }
  for (int unit = 0; unit < layout.units(); ++unit) {
    port_of_unit_.push_back(layout.unit(unit).port);
    units_[at(unit)].last_activates.fill(never);
  }
}

dram_timing_state::cycle dram_timing_state::earliest(dram_command command, int bank) const {
  const bank_times& own = banks_[at(bank)];
  const unit_times& unit = units_[at(unit_of_[at(bank)])];
  switch (command) {
    case cmd::activate:
      return earliest_activate(bank);
    case cmd::read:
    case cmd::read_auto:
      return earliest_column(bank, false);
    case cmd::write:
    case cmd::write_auto:
      return earliest_column(bank, true);
    case cmd::precharge:
      return earliest_precharge(bank);
    case cmd::precharge_all:
      return std::max(unit.precharge_all, row_bus_);
    case cmd::refresh_all:
      return std::max(unit.refresh_all, row_bus_);
    case cmd::refresh_bank:
      return std::max(
          {own.refresh, groups_[at(group_of_[at(bank)])].refresh, unit.refresh_bank, row_bus_});
  }
  return 0;
}

void dram_timing_state::issue(dram_command command, int bank, cycle now) {
  switch (command) {
    case cmd::activate:
      issue_activate(bank, now);
      break;
    case cmd::read:
      issue_column(bank, false, false, now);
      break;
    case cmd::read_auto:
      issue_column(bank, false, true, now);
      break;
    case cmd::write:
      issue_column(bank, true, false, now);
      break;
    case cmd::write_auto:
      issue_column(bank, true, true, now);
      break;
    case cmd::precharge:
    case cmd::precharge_all:
    case cmd::refresh_all:
    case cmd::refresh_bank:
      issue_row_close(command, bank, now);
      break;
  }
}

void dram_timing_state::raise_activates(int unit, cycle to) {
  const std::size_t first = at(unit * groups_per_unit_);
  for (std::size_t g = first; g < first + at(groups_per_unit_); ++g) raise(activate_of_[g], to);
}

void dram_timing_state::issue_activate(int bank, cycle now) {
  bank_times& own = banks_[at(bank)];
  group_times& group = groups_[at(group_of_[at(bank)])];
  unit_times& unit = units_[at(unit_of_[at(bank)])];
  const auto after = [&](dram_command next, bank_relation relation) {
    return now + rules_.distance(cmd::activate, next, relation);
  };
  own.activate = after(cmd::activate, rel::same_bank);
  own.precharge = after(cmd::precharge, rel::same_bank);
  own.column = {after(cmd::read, rel::same_bank), after(cmd::write, rel::same_bank)};
  own.refresh = after(cmd::refresh_bank, rel::same_bank);
  raise(activate_of_[at(group_of_[at(bank)])], after(cmd::activate, rel::same_group));
  raise(group.refresh, after(cmd::refresh_bank, rel::same_group));
  raise(unit.refresh_bank, after(cmd::refresh_bank, rel::same_stack_id));
  raise(unit.precharge_all, after(cmd::precharge_all, rel::same_bank));
  raise(unit.refresh_all, after(cmd::refresh_all, rel::same_bank));
  unit.last_activates[at(unit.oldest_activate)] = now;
  unit.oldest_activate = (unit.oldest_activate + 1) & 3;
  raise_activates(unit_of_[at(bank)], std::max(after(cmd::activate, rel::same_stack_id),
                                               unit.last_activates[at(unit.oldest_activate)] +
                                                   rules_.four_activate_window()));
  row_bus_ = after(cmd::activate, rel::same_bus);
}

void dram_timing_state::issue_column(int bank, bool write, bool auto_precharge, cycle now) {
  bank_times& own = banks_[at(bank)];
  group_times& group = groups_[at(group_of_[at(bank)])];
  const int unit_index = unit_of_[at(bank)];
  unit_times& unit = units_[at(unit_index)];
  const dram_command first = write ? (auto_precharge ? cmd::write_auto : cmd::write)
                                   : (auto_precharge ? cmd::read_auto : cmd::read);
  const auto after = [&](dram_command next, bank_relation relation) {
    return now + rules_.distance(first, next, relation);
  };
  raise(group.column[0], after(cmd::read, rel::same_group));
  raise(group.column[1], after(cmd::write, rel::same_group));
  raise(unit.column[0], after(cmd::read, rel::same_stack_id));
  raise(unit.column[1], after(cmd::write, rel::same_stack_id));
  raise(unit.precharge_all, after(cmd::precharge_all, rel::same_bank));
  if (auto_precharge) {
    raise(own.activate, after(cmd::activate, rel::same_bank));
    raise(own.refresh, after(cmd::refresh_bank, rel::same_bank));
    raise(unit.refresh_all, after(cmd::refresh_all, rel::same_bank));
  } else {
    raise(own.precharge, after(cmd::precharge, rel::same_bank));
  }
  if (shared_ports_) {
    const cycle next_read = after(cmd::read, rel::same_port);
    const cycle next_write = after(cmd::write, rel::same_port);
    for (std::size_t other = 0; other < units_.size(); ++other) {
      if (port_of_unit_[other] != port_of_unit_[at(unit_index)] || other == at(unit_index))
        continue;
      raise(units_[other].column[0], next_read);
      raise(units_[other].column[1], next_write);
    }
  }
  column_bus_ = after(cmd::read, rel::same_bus);
}

void dram_timing_state::issue_row_close(dram_command command, int bank, cycle now) {
  bank_times& own = banks_[at(bank)];
  unit_times& unit = units_[at(unit_of_[at(bank)])];
  const auto after = [&](dram_command next, bank_relation relation) {
    return now + rules_.distance(command, next, relation);
  };
  row_bus_ = now + 1;
  // Other banks wait for a precharged one no longer than the row bus does.
  if (command == cmd::precharge || command == cmd::refresh_bank) {
    raise(own.activate, after(cmd::activate, rel::same_bank));
    raise(own.refresh, after(cmd::refresh_bank, rel::same_bank));
  }
  if (command == cmd::refresh_bank) {
    const int group = group_of_[at(bank)];
    raise(activate_of_[at(group)], after(cmd::activate, rel::same_group));
    raise(groups_[at(group)].refresh, after(cmd::refresh_bank, rel::same_group));
    raise_activates(unit_of_[at(bank)], after(cmd::activate, rel::same_stack_id));
    raise(unit.refresh_bank, after(cmd::refresh_bank, rel::same_stack_id));
  } else if (command != cmd::precharge) {
    raise_activates(unit_of_[at(bank)], after(cmd::activate, rel::same_bank));
    raise(unit.refresh_bank, after(cmd::refresh_bank, rel::same_bank));
  }
  raise(unit.refresh_all, after(cmd::refresh_all, rel::same_bank));
}

}  // namespace lamina::sysc
