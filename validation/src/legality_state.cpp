// SPDX-License-Identifier: Apache-2.0
// The parts of the legality checker that follow the state of buses, ports, banks and refresh.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "legality_findings.h"

namespace lamina::validation {

void legality_checker::check_command_slots(const command_list& on_bus, findings& found) const {
  const dram_command_record* row = nullptr;
  const dram_command_record* column = nullptr;
  for (const dram_command_record& record : on_bus) {
    const dram_command_record*& last = is_column(record.command) ? column : row;
    if (last != nullptr) {
      const int slots = last->command == dram_command::activate ? rules_.clocks().activate : 1;
      if (record.cycle - last->cycle < slots)
        found.add(
            "command_bus", *last, record, record.cycle - last->cycle, slots,
            fmt::format("two {} commands at a time", is_column(record.command) ? "column" : "row"));
    }
    last = &record;
  }
}

void legality_checker::check_data_ports(const command_list& on_bus, findings& found) const {
  struct burst {
    std::int64_t begin;
    const dram_command_record* command;
  };
  const dram_clocks& clocks = rules_.clocks();
  std::map<int, std::vector<burst>> ports;
  for (const dram_command_record& record : on_bus) {
    if (!is_column(record.command)) continue;
    const int latency = is_read(record.command) ? clocks.RL : clocks.WL;
    ports[port_of(record.place)].push_back({record.cycle + latency, &record});
  }
  for (auto& [port, bursts] : ports) {
    std::stable_sort(bursts.begin(), bursts.end(),
                     [](const burst& a, const burst& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < bursts.size(); ++i) {
      const std::int64_t distance = bursts[i].begin - bursts[i - 1].begin;
      if (distance < clocks.burst)
        found.add("data_port", *bursts[i - 1].command, *bursts[i].command, distance, clocks.burst,
                  fmt::format("two bursts on port {} at a time", port));
    }
  }
}

namespace {

constexpr std::int64_t closed = -1;

struct bank_state {
  std::int64_t open_row = closed;
  dram_command_record last;  ///< that changed it
};

}  // namespace

void legality_checker::check_bank_states(const command_list& on_bus, findings& found) const {
  std::map<int, bank_state> banks;
  const int banks_per_unit = geometry_.banks_per_stack_id();
  const auto complain = [&](const bank_state& bank, const dram_command_record& now,
                            std::string what) {
    const bool fresh = bank.last.cycle == 0 && bank.open_row == closed;
    const dram_command_record& first = fresh ? now : bank.last;
    found.add("bank_state", first, now, now.cycle - first.cycle, 0, std::move(what));
  };
  for (const dram_command_record& now : on_bus) {
    if (is_unit_wide(now.command)) {
      const int begin = unit_of(now.place) * banks_per_unit;
      const auto end = banks.lower_bound(begin + banks_per_unit);
      for (auto it = banks.lower_bound(begin); it != end; ++it) {
        if (now.command == dram_command::refresh_all && it->second.open_row != closed)
          complain(it->second, now, "refresh of an open bank");
        it->second = {closed, now};
      }
      continue;
    }
    bank_state& bank = banks[bank_of(now.place)];
    switch (now.command) {
      case dram_command::activate:
        if (bank.open_row != closed) complain(bank, now, "ACT of an open bank");
        bank = {now.place.row, now};
        break;
      case dram_command::refresh_bank:
        if (bank.open_row != closed) complain(bank, now, "refresh of an open bank");
        bank = {closed, now};
        break;
      case dram_command::precharge:
        bank = {closed, now};
        break;
      default:
        if (bank.open_row == closed) {
          complain(bank, now, "column command to a closed bank");
        } else if (bank.open_row != now.place.row) {
          complain(bank, now, fmt::format("column command while row {} is open", bank.open_row));
        }
        if (now.command == dram_command::read_auto || now.command == dram_command::write_auto)
          bank = {closed, now};
    }
  }
}

void legality_checker::check_refresh(const command_list& on_bus, findings& found) const {
  if (controller_.refresh == refresh_policy::none || on_bus.empty()) return;
  constexpr int longest = 9;  // JEDEC: at most eight refreshes may be postponed
  const dram_clocks& clocks = rules_.clocks();
  const bool all_bank = controller_.refresh == refresh_policy::all_bank;
  const int banks_per_unit = geometry_.banks_per_stack_id();
  const std::int64_t interval =
      all_bank ? clocks.tREFI : std::int64_t{clocks.tREFIpb} * banks_per_unit;

  std::map<int, dram_command_record> last;  // by bank; cycle 0 counts as refreshed
  const auto look = [&](int bank, const dram_command_record& now) {
    const int stack_id = bank / banks_per_unit % geometry_.stack_ids;
    const std::int64_t allowed = longest * (thermal_.hot(stack_id) ? interval / 2 : interval);
    dram_command_record& earlier = last[bank];
    if (now.cycle - earlier.cycle > allowed)
      found.add("refresh_interval", earlier, now, now.cycle - earlier.cycle, allowed,
                fmt::format("bank {} of the channel's list goes without refresh", bank));
    earlier = now;
  };
  const dram_address& anywhere = on_bus.front().place;
  for (int unit = 0; unit < geometry_.pseudo_channels * geometry_.stack_ids; ++unit) {
    dram_address place = anywhere;
    place.pseudo_channel = unit / geometry_.stack_ids;
    place.stack_id = unit % geometry_.stack_ids;
    if (bus_of(place) != bus_of(anywhere)) continue;
    for (int bank = 0; bank < banks_per_unit; ++bank)
      last[unit_of(place) * banks_per_unit + bank].place = place;
  }
  for (const dram_command_record& now : on_bus) {
    if (now.command == dram_command::refresh_bank) look(bank_of(now.place), now);
    if (now.command != dram_command::refresh_all) continue;
    for (int bank = 0; bank < banks_per_unit; ++bank)
      look(unit_of(now.place) * banks_per_unit + bank, now);
  }
  std::vector<int> banks;
  for (const auto& [bank, record] : last) banks.push_back(bank);
  for (const int bank : banks) look(bank, on_bus.back());
}

}  // namespace lamina::validation
