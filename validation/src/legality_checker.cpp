// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/legality_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "legality_findings.h"

namespace lamina::validation {
namespace {

std::string text_of(const dram_command_record& record) {
  const dram_address& p = record.place;
  return fmt::format("{} in cycle {} (channel {} pc {} stack {} bg {} bank {} row {})",
                     name_of(record.command), record.cycle, p.channel, p.pseudo_channel, p.stack_id,
                     p.bank_group, p.bank, p.row);
}

}  // namespace

std::string legality_violation::text() const {
  return fmt::format("{}: {}; {} after {}: {} clocks, {} required", rule, what, text_of(second),
                     text_of(first), distance, required);
}

legality_checker::legality_checker(const dram_stack_spec& spec)
    : geometry_(spec.geometry),
      controller_(spec.controller),
      thermal_(spec.thermal),
      rules_(resolve(spec.geometry, spec.timings)) {}

bool legality_checker::known_place(const dram_command_record& record) const {
  const dram_address& p = record.place;
  const auto inside = [](std::int64_t value, std::int64_t count) {
    return value >= 0 && value < count;
  };
  if (!inside(p.channel, geometry_.channels) ||
      !inside(p.pseudo_channel, geometry_.pseudo_channels) ||
      !inside(p.stack_id, geometry_.stack_ids))
    return false;
  if (is_unit_wide(record.command)) return true;
  return inside(p.bank_group, geometry_.bank_groups) && inside(p.bank, geometry_.banks_per_group) &&
         (record.command != dram_command::activate || inside(p.row, geometry_.rows));
}

int legality_checker::port_of(const dram_address& place) const {
  return geometry_.port_of(place.pseudo_channel, place.stack_id);
}

int legality_checker::bus_of(const dram_address& place) const {
  return controller_.command_bus == command_bus_scope::port
             ? place.channel * geometry_.ports() + port_of(place)
             : place.channel;
}

int legality_checker::unit_of(const dram_address& place) const {
  return (place.channel * geometry_.pseudo_channels + place.pseudo_channel) * geometry_.stack_ids +
         place.stack_id;
}

int legality_checker::bank_of(const dram_address& place) const {
  return (unit_of(place) * geometry_.bank_groups + place.bank_group) * geometry_.banks_per_group +
         place.bank;
}

bank_relation legality_checker::relation(const dram_command_record& a,
                                         const dram_command_record& b) const {
  if (unit_of(a.place) == unit_of(b.place)) {
    if (is_unit_wide(a.command) || is_unit_wide(b.command)) return bank_relation::same_bank;
    if (a.place.bank_group != b.place.bank_group) return bank_relation::same_stack_id;
    return a.place.bank == b.place.bank ? bank_relation::same_bank : bank_relation::same_group;
  }
  return port_of(a.place) == port_of(b.place) ? bank_relation::same_port : bank_relation::same_bus;
}

std::vector<legality_violation> legality_checker::check(std::vector<dram_command_record> commands,
                                                        std::size_t most) const {
  std::stable_sort(commands.begin(), commands.end(),
                   [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
  findings found(most);
  std::map<int, std::vector<dram_command_record>> buses;
  std::vector<dram_command_record> known;
  for (const dram_command_record& record : commands) {
    if (known_place(record)) {
      buses[bus_of(record.place)].push_back(record);
      known.push_back(record);
    } else {
      found.add("place", record, record, 0, 0, "the stack has no such place");
    }
  }
  for (const auto& [bus, on_bus] : buses) check_bus(on_bus, found);
  check_activation_cap(known, found);
  return found.take();
}

void legality_checker::check_bus(const command_list& on_bus, findings& found) const {
  check_pairs(on_bus, found);
  check_command_slots(on_bus, found);
  check_four_activates(on_bus, found);
  check_data_ports(on_bus, found);
  check_bank_states(on_bus, found);
  check_refresh(on_bus, found);
}

void legality_checker::check_pair(const dram_command_record& first,
                                  const dram_command_record& second, findings& found) const {
  const dram_timing_rules::rule& rule =
      rules_.between(first.command, second.command, relation(first, second));
  // Command slots have a check of their own.
  if (rule.parameter == timing_parameter::command_bus) return;
  const std::int64_t distance = second.cycle - first.cycle;
  if (distance < rule.distance)
    found.add(std::string(name_of(rule.parameter)), first, second, distance, rule.distance,
              "too early");
}

void legality_checker::check_pairs(const command_list& on_bus, findings& found) const {
  // Only refresh reaches far; all other history needs a short window.
  std::int64_t window = 0, refresh_window = 0;
  for (int a = 0; a < dram_command_count; ++a) {
    for (int b = 0; b < dram_command_count; ++b) {
      for (int r = 0; r < bank_relation_count; ++r) {
        const auto first = static_cast<dram_command>(a);
        std::int64_t& reach = is_refresh(first) ? refresh_window : window;
        reach = std::max<std::int64_t>(reach, rules_.distance(first, static_cast<dram_command>(b),
                                                              static_cast<bank_relation>(r)));
      }
    }
  }
  std::vector<std::size_t> refreshes;
  std::size_t oldest = 0, oldest_refresh = 0;
  for (std::size_t i = 0; i < on_bus.size(); ++i) {
    const dram_command_record& now = on_bus[i];
    while (on_bus[oldest].cycle + window < now.cycle) ++oldest;
    while (oldest_refresh < refreshes.size() &&
           on_bus[refreshes[oldest_refresh]].cycle + refresh_window < now.cycle)
      ++oldest_refresh;
    for (std::size_t j = oldest; j < i; ++j) {
      if (!is_refresh(on_bus[j].command)) check_pair(on_bus[j], now, found);
      // In one cycle neither comes first: both orders must be legal.
      if (on_bus[j].cycle == now.cycle) check_pair(now, on_bus[j], found);
    }
    for (std::size_t k = oldest_refresh; k < refreshes.size(); ++k)
      check_pair(on_bus[refreshes[k]], now, found);
    if (is_refresh(now.command)) refreshes.push_back(i);
  }
}

void legality_checker::check_four_activates(const command_list& on_bus, findings& found) const {
  std::map<int, std::vector<dram_command_record>> activates;  // by unit, in order
  for (const dram_command_record& record : on_bus) {
    if (record.command != dram_command::activate) continue;
    std::vector<dram_command_record>& earlier = activates[unit_of(record.place)];
    if (earlier.size() >= 4) {
      const dram_command_record& fourth_last = earlier[earlier.size() - 4];
      const std::int64_t distance = record.cycle - fourth_last.cycle;
      if (distance < rules_.four_activate_window())
        found.add("tFAW", fourth_last, record, distance, rules_.four_activate_window(),
                  "a fifth ACT in the four-activate window");
    }
    earlier.push_back(record);
  }
}

void legality_checker::check_activation_cap(const command_list& all, findings& found) const {
  if (controller_.activation_cap <= 0) return;
  const auto cap = static_cast<std::size_t>(controller_.activation_cap);
  const int window = rules_.clocks().tRAS;
  std::vector<dram_command_record> activates;
  for (const dram_command_record& record : all) {
    if (record.command != dram_command::activate) continue;
    if (activates.size() >= cap) {
      const dram_command_record& earlier = activates[activates.size() - cap];
      if (record.cycle - earlier.cycle < window)
        found.add("activation_cap", earlier, record, record.cycle - earlier.cycle, window,
                  fmt::format("more than {} ACTs of the stack within tRAS", cap));
    }
    activates.push_back(record);
  }
}

}  // namespace lamina::validation
