// SPDX-License-Identifier: Apache-2.0
// Simulated commands that a rule holds back: one cycle earlier, the checker names that very rule.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "child_runs.h"
#include "stacks.h"

namespace lamina::validation {
namespace {

using command_list = std::vector<dram_command_record>;

access_stream stream_of(access_pattern pattern, double read_fraction) {
  access_stream stream;
  stream.pattern = pattern;
  stream.request_bytes = 32;
  stream.range_bytes = 1 << 20;
  stream.total_bytes = 2000 * 32;
  stream.in_flight = 256;
  stream.read_fraction = read_fraction;
  return stream;
}

memory_workload work(access_pattern pattern, double read_fraction) {
  return {{stream_of(pattern, read_fraction)}, 7};
}

/// Two layers under one port, and traffic that meets each kind of rule.
std::vector<recorded_run> runs() {
  dram_stack_spec spec = two_high_stack();
  spec.geometry.channels = 1;
  spec.geometry.rows = 64;
  // A cap of four in tRAS, tFAW beyond it: either can bind where the other does not exist.
  std::vector<recorded_run> list;
  const auto add = [&](const char* name, const memory_workload& workload) {
    list.push_back({name, spec, workload});
  };
  for (const page_policy page : {page_policy::open, page_policy::closed}) {
    spec.controller.page = page;
    for (const refresh_policy refresh :
         {refresh_policy::none, refresh_policy::all_bank, refresh_policy::per_bank}) {
      spec.controller.refresh = refresh;
      for (const double reads : {1.0, 0.5, 0.0}) add("random", work(access_pattern::random, reads));
    }
    spec.controller.refresh = refresh_policy::none;
    add("sequential", work(access_pattern::sequential, 0.5));
    // Rows meet in few banks, so that a bank's own times bind.
    memory_workload few_banks = work(access_pattern::strided, 0.5);
    few_banks.streams[0].stride_bytes = 32 * 2 * 4 * 32;
    add("few banks", few_banks);
    few_banks.streams[0].read_fraction = 1;
    add("few banks", few_banks);
    few_banks.streams[0].in_flight = 1;
    add("one at a time", few_banks);
    spec.controller.activation_cap = 2;
    add("capped", work(access_pattern::random, 1));
    spec.controller.activation_cap = 0;
  }
  return list;
}

/// The rule that holds `second` where it is, seen from `first`; none when it could come earlier.
std::string bound_by(const legality_checker& checker, const dram_command_record& first,
                     const dram_command_record& second) {
  const dram_timing_rules::rule& rule =
      checker.rules().between(first.command, second.command, checker.relation(first, second));
  const bool binds = rule.distance > 0 && second.cycle - first.cycle == rule.distance;
  return binds ? std::string(name_of(rule.parameter)) : "";
}

/// Whether the checker, after `moved` came a cycle earlier, names `rule` for this pair.
bool named(const legality_checker& checker, command_list list, std::size_t moved,
           const dram_command_record& first, const std::string& rule) {
  --list[moved].cycle;
  const dram_command_record second = list[moved];
  const auto same = [](const dram_command_record& a, const dram_command_record& b) {
    return a.cycle == b.cycle && a.command == b.command &&
           a.place.pseudo_channel == b.place.pseudo_channel &&
           a.place.stack_id == b.place.stack_id && a.place.bank_group == b.place.bank_group &&
           a.place.bank == b.place.bank;
  };
  const auto found = checker.check(std::move(list));
  return std::any_of(found.begin(), found.end(), [&](const legality_violation& one) {
    return one.rule == rule && same(one.first, first) && same(one.second, second) &&
           one.distance == one.required - 1;
  });
}

/// Rules, each with the pairs of commands that have been tried already.
using tried_rules = std::map<std::string, std::set<std::string>>;

void try_pairs(const recorded_run& run, const command_list& list, tried_rules& tried) {
  const legality_checker checker(run.spec);
  for (std::size_t j = 1; j < list.size(); ++j) {
    for (std::size_t i = j; i-- > 0 && list[j].cycle - list[i].cycle <= 220;) {
      const std::string rule = bound_by(checker, list[i], list[j]);
      if (rule.empty()) continue;
      const std::string pair =
          fmt::format("{} {} {}", name_of(list[i].command), name_of(list[j].command),
                      static_cast<int>(checker.relation(list[i], list[j])));
      if (!tried[rule].insert(pair).second) continue;
      EXPECT_TRUE(named(checker, list, j, list[i], rule))
          << run.name << ": " << rule << ' ' << pair;
    }
  }
}

/// The rules over more than two commands: the ACT `count` places back is exactly `window` away.
void try_window(const recorded_run& run, const command_list& list, const std::string& rule,
                std::size_t count, int window, bool by_unit, tried_rules& tried) {
  const legality_checker checker(run.spec);
  std::map<int, std::vector<std::size_t>> activates;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].command != dram_command::activate) continue;
    const dram_address& place = list[i].place;
    auto& earlier = activates[by_unit ? place.pseudo_channel * 2 + place.stack_id : 0];
    if (earlier.size() >= count) {
      const dram_command_record& first = list[earlier[earlier.size() - count]];
      if (list[i].cycle - first.cycle == window && tried[rule].insert("window").second)
        EXPECT_TRUE(named(checker, list, i, first, rule)) << run.name << ": " << rule;
    }
    earlier.push_back(i);
  }
}

TEST(simulated_commands, name_each_rule_that_held_a_command_when_it_moves_a_cycle_early) {
  const std::vector<recorded_run> all = runs();
  const std::vector<recorded_answer> answers = simulate_recorded(all, 0);
  tried_rules tried;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(answers[i].error.empty()) << answers[i].error;
    command_list list = answers[i].commands;
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.cycle < b.cycle; });
    const legality_checker checker(all[i].spec);
    const auto found = checker.check(list);
    ASSERT_TRUE(found.empty()) << all[i].name << "\n" << text_of(found);
    try_pairs(all[i], list, tried);
    try_window(all[i], list, "tFAW", 4, checker.rules().four_activate_window(), true, tried);
    if (const int cap = all[i].spec.controller.activation_cap; cap > 0) {
      try_window(all[i], list, "activation_cap", static_cast<std::size_t>(cap),
                 checker.rules().clocks().tRAS, false, tried);
    }
  }
  for (const char* rule :
       {"tRCDRD", "tRCDWR", "tRP",    "tRAS",   "tRC",    "tRTP",        "tWR",
        "tCCD_S", "tCCD_L", "tCCD_R", "tRRD_S", "tRRD_L", "tFAW",        "tWTR_S",
        "tWTR_L", "tRTW",   "tRFC",   "tRFCpb", "tRREFD", "command_bus", "activation_cap"}) {
    EXPECT_FALSE(tried[rule].empty()) << "no simulation was held back by " << rule;
  }
  std::string covered;
  for (const auto& [rule, pairs] : tried) covered += fmt::format(" {}:{}", rule, pairs.size());
  RecordProperty("pairs_by_rule", covered);
}

}  // namespace
}  // namespace lamina::validation
