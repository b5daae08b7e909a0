// SPDX-License-Identifier: Apache-2.0
#include "command_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <tuple>

#include "command_kinds.h"
#include "lamina/validation/csv_table.h"

namespace lamina::validation {
namespace {

using key = std::tuple<dram_command, int, int, int, int, std::int64_t>;

key key_of(dram_command command, const dram_address& place) {
  if (is_unit_wide(command)) return {command, place.pseudo_channel, place.stack_id, 0, 0, 0};
  const std::int64_t row = command == dram_command::refresh_bank ? 0 : place.row;
  return {command, place.pseudo_channel, place.stack_id, place.bank_group, place.bank, row};
}

std::string text_of(const key& k) {
  const auto& [command, pc, stack, group, bank, row] = k;
  if (is_unit_wide(command))
    return fmt::format("{} of pc {} stack {}", name_of(command), pc, stack);
  return fmt::format("{} of pc {} stack {} bg {} bank {} row {}", name_of(command), pc, stack,
                     group, bank, row);
}

struct listed_command {
  std::int64_t cycle = 0;
  key what;
};

std::vector<listed_command> read_commands(const std::string& file, const dram_geometry& geometry) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  csv_table table(file, {"cycle", "cmd", "pc", "bg", "bank", "row"});
  std::vector<listed_command> commands;
  std::vector<std::string> messages;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    dram_address place;
    const auto part = [&](const char* column, int count) {
      return static_cast<int>(table.integer(row, column, 0, count - 1));
    };
    place.pseudo_channel = part("pc", geometry.pseudo_channels);
    place.stack_id = table.has("stack") ? part("stack", geometry.stack_ids) : 0;
    place.bank_group = part("bg", geometry.bank_groups);
    place.bank = part("bank", geometry.banks_per_group);
    place.row = table.integer(row, "row", 0, geometry.rows - 1);
    const std::int64_t cycle = table.integer(row, "cycle", 0, most);
    try {
      commands.push_back({cycle, key_of(command_of(table.text(row, "cmd"), file), place)});
    } catch (const reference_error& error) {
      table.complain(row, "cmd", error.what());
    }
  }
  table.finish();
  return commands;
}

/// What the simulation issued up to its last column command, with the reference's row of PREPB.
std::vector<listed_command> issued_commands(const command_reference& reference,
                                            const recorded_answer& run, std::int64_t& last_cas) {
  last_cas = -1;
  for (const dram_command_record& record : run.commands)
    if (is_column(record.command)) last_cas = std::max(last_cas, record.cycle);
  std::vector<listed_command> issued;
  for (const dram_command_record& record : run.commands) {
    if (record.cycle > last_cas) continue;
    dram_address place = record.place;
    const auto request = static_cast<std::size_t>(record.request_id);
    if (record.command == dram_command::precharge && record.request_id >= 0 &&
        request < reference.stimulus.size())
      place.row = reference.stimulus[request].place.row;
    issued.push_back({record.cycle, key_of(record.command, place)});
  }
  std::stable_sort(issued.begin(), issued.end(),
                   [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
  return issued;
}

validation_case blank_case(const std::string& group, double x) {
  validation_case one;
  one.group = group;
  one.x = x;
  one.metric = "command_cycle";
  one.unit = "cycles";
  one.wants_tlm = true;
  return one;
}

}  // namespace

void add_command_cases(const command_reference& reference, const recorded_answer& run,
                       std::vector<validation_case>& cases) {
  const auto listed = read_commands(reference.file, reference.spec.geometry);
  std::int64_t last_cas = -1;
  std::map<key, std::deque<std::int64_t>> open;
  for (const listed_command& one : issued_commands(reference, run, last_cas))
    open[one.what].push_back(one.cycle);

  for (std::size_t i = 0; i < listed.size(); ++i) {
    validation_case one = blank_case(reference.group, static_cast<double>(i));
    one.name = fmt::format("dram_commands/{}/command_{}", reference.group, i);
    one.reference = static_cast<double>(listed[i].cycle);
    const auto partner = open.find(listed[i].what);
    if (!run.error.empty()) {
      one.reason = run.error;
    } else if (partner == open.end() || partner->second.empty()) {
      one.error_tlm = no_partner;
      one.tlm = -1.0;
      one.reason = fmt::format("no {} was issued", text_of(listed[i].what));
    } else {
      one.tlm = static_cast<double>(partner->second.front());
      partner->second.pop_front();
      one.error_tlm = difference(one.tlm, one.reference);
      one.reason = text_of(listed[i].what);
    }
    cases.push_back(std::move(one));
  }
  std::size_t extra = 0;
  for (const auto& [what, cycles] : open) {
    for (const std::int64_t cycle : cycles) {
      // In the cycle of the last column command a reference may or may not list the row command.
      if (cycle == last_cas && !is_column(std::get<0>(what))) continue;
      validation_case one = blank_case(reference.group, static_cast<double>(listed.size() + extra));
      one.name = fmt::format("dram_commands/{}/extra_{}", reference.group, extra++);
      one.tlm = static_cast<double>(cycle);
      one.error_tlm = no_partner;
      one.reason = fmt::format("{} in cycle {} is not in the reference", text_of(what), cycle);
      cases.push_back(std::move(one));
    }
  }
}

}  // namespace lamina::validation
