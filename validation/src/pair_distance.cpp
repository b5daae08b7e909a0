// SPDX-License-Identifier: Apache-2.0
#include "pair_distance.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/tlm/command_bus.h"
#include "lamina/tlm/dram_timing_state.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"
#include "lamina/validation/legality_checker.h"

namespace lamina::validation {
namespace {

constexpr std::int64_t start = 1'000'000;  // long after any history could reach
constexpr std::string_view four_activates = "ACTx4@tRRD_S";

/// Where the second command of a pair goes when the first goes to bank 0; false when the stack has
/// no such place.
bool place_of(std::string_view relation, const dram_geometry& g, dram_address& place) {
  if (relation == "same_bank") return true;
  if (relation == "same_bg_diff_bank") {
    place.bank = 1;
    return g.banks_per_group > 1;
  }
  if (relation == "diff_bg") {
    place.bank_group = 1;
    return g.bank_groups > 1;
  }
  if (relation == "diff_pc") {
    place.pseudo_channel = 1;
    return g.pseudo_channels > 1;
  }
  if (relation == "diff_stack" || relation == "diff_sid") {
    place.stack_id = 1;
    return g.stack_ids > 1;
  }
  return false;
}

class pair_probe {
 public:
  explicit pair_probe(const dram_stack_spec& spec)
      : spec_(spec), layout_(spec, 0), state_(spec, layout_) {}

  void issue(dram_command command, const dram_address& place, std::int64_t cycle) {
    state_.issue(command, layout_.bank_of(place), cycle);
  }
  std::int64_t earliest(dram_command command, const dram_address& place) const {
    return state_.earliest(command, layout_.bank_of(place));
  }

 private:
  const dram_stack_spec& spec_;
  sysc::command_bus_layout layout_;
  sysc::dram_timing_state state_;
};

bool needs_open_row(dram_command command) {
  return command == dram_command::read || command == dram_command::write ||
         command == dram_command::read_auto || command == dram_command::write_auto;
}

/// Whether the checker, which knows no scheduler, lets `second` follow `before` in this cycle.
/// Rows that column commands need were opened long before. Only rules of distance count: what a
/// bank's row must be does not depend on the distance.
bool is_legal(const dram_stack_spec& spec, std::vector<dram_command_record> before,
              dram_command second, const dram_address& place, std::int64_t cycle) {
  const dram_command_record moved{cycle, second, place, -1};
  before.push_back(moved);
  std::vector<dram_command_record> opened;
  for (const dram_command_record& one : before) {
    if (needs_open_row(one.command)) {
      opened.push_back({start / 2, dram_command::activate, one.place, -1});
    }
  }
  opened.insert(opened.end(), before.begin(), before.end());
  const auto found = legality_checker(spec).check(std::move(opened));
  return std::none_of(found.begin(), found.end(), [&](const legality_violation& one) {
    const bool distance = one.rule != "bank_state" && one.rule != "refresh_interval";
    return distance && std::max(one.first.cycle, one.second.cycle) >= start;
  });
}

/// The distance that the timing state gives, when the checker takes it and refuses one clock less;
/// else no answer, with the reason.
answer confirmed(const dram_stack_spec& spec, const std::vector<dram_command_record>& before,
                 dram_command second, const dram_address& place, std::int64_t earliest,
                 std::string& reason) {
  if (!is_legal(spec, before, second, place, earliest)) {
    reason += fmt::format(": the legality checker refuses {} clocks", earliest - start);
    return std::nullopt;
  }
  if (is_legal(spec, before, second, place, earliest - 1)) {
    reason += fmt::format(": the legality checker takes {} clocks, too", earliest - 1 - start);
    return std::nullopt;
  }
  return static_cast<double>(earliest - start);
}

answer pair_of(const dram_stack_spec& spec, dram_command first, dram_command second,
               const dram_address& place, std::string& reason) {
  pair_probe probe(spec);
  probe.issue(first, {}, start);
  return confirmed(spec, {{start, first, {}, -1}}, second, place, probe.earliest(second, place),
                   reason);
}

/// From the first of four ACT, tRRD_S apart, to the fifth: each of another bank.
answer fifth_activate(const dram_stack_spec& spec, std::string& reason) {
  const dram_geometry& g = spec.geometry;
  if (g.banks_per_stack_id() < 5) return std::nullopt;
  pair_probe probe(spec);
  const int spacing = resolve(g, spec.timings).tRRD_S;
  const auto nth = [&](int i) {
    dram_address place;
    place.bank_group = i % g.bank_groups;
    place.bank = i / g.bank_groups;
    return place;
  };
  std::vector<dram_command_record> before;
  for (int i = 0; i < 4; ++i) {
    before.push_back({start + i * spacing, dram_command::activate, nth(i), -1});
    probe.issue(dram_command::activate, nth(i), before.back().cycle);
  }
  return confirmed(spec, before, dram_command::activate, nth(4),
                   probe.earliest(dram_command::activate, nth(4)), reason);
}

}  // namespace

void add_pair_cases(const std::string& file, const dram_stack_spec& spec,
                    std::vector<validation_case>& cases) {
  constexpr std::int64_t most = 1 << 30;
  csv_table table(file, {"first", "second", "relation", "dramsys", "ramulator2"});
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::int64_t distance = table.integer(row, "dramsys", 0, most);
    if (table.integer(row, "ramulator2", 0, most) != distance || distance == 0) continue;
    const std::string first(table.text(row, "first"));
    const std::string second(table.text(row, "second"));
    const std::string relation(table.text(row, "relation"));
    validation_case one;
    one.name = fmt::format("dram_commands/pairwise/{}/{}_{}", relation, first, second);
    one.group = relation;
    one.x = static_cast<double>(row);
    one.metric = "pair_distance";
    one.unit = "cycles";
    one.wants_tlm = true;
    one.reference = static_cast<double>(distance);
    one.reason = fmt::format("{} to {}, {}", first, second, relation);
    const std::string place_text = fmt::format("{}: row {}", file, row + 1);
    dram_address place;
    if (first == four_activates) {
      one.tlm = fifth_activate(spec, one.reason);
    } else if (place_of(relation, spec.geometry, place)) {
      one.tlm = pair_of(spec, command_of(first, place_text), command_of(second, place_text), place,
                        one.reason);
    } else {
      table.complain(row, "relation",
                     fmt::format("expected same_bank, same_bg_diff_bank, diff_bg, diff_pc or "
                                 "diff_stack, within the stack of the params file; found '{}'",
                                 relation));
    }
    one.error_tlm = difference(one.tlm, one.reference);
    cases.push_back(std::move(one));
  }
  table.finish();
}

}  // namespace lamina::validation
