// SPDX-License-Identifier: Apache-2.0
// Every rule of the table: the pair passes at its distance and is named one cycle earlier.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "stacks.h"

namespace lamina::validation {
namespace {

struct ruled_pair {
  dram_command first;
  dram_command second;
  bank_relation relation;
  dram_timing_rules::rule rule;
};

constexpr const char* relation_names[] = {"same_bank", "same_group", "same_stack_id", "same_port",
                                          "same_bus"};

bool reaches_all_banks(dram_command command) {
  return command == dram_command::precharge_all || command == dram_command::refresh_all;
}

bool needs_open_row(dram_command command) {
  return command == dram_command::read || command == dram_command::write ||
         command == dram_command::read_auto || command == dram_command::write_auto;
}

place second_place(bank_relation relation) {
  place where;
  switch (relation) {
    case bank_relation::same_bank:
      break;
    case bank_relation::same_group:
      where.bank = 1;
      break;
    case bank_relation::same_stack_id:
      where.group = 1;
      break;
    case bank_relation::same_port:
      where.stack = 1;
      break;
    case bank_relation::same_bus:
      where.pc = 1;
      break;
  }
  return where;
}

std::vector<ruled_pair> ruled_pairs() {
  const dram_stack_spec spec = two_high_stack();
  const legality_checker checker(spec);
  std::vector<ruled_pair> pairs;
  for (int a = 0; a < dram_command_count; ++a) {
    for (int b = 0; b < dram_command_count; ++b) {
      for (int r = 0; r < bank_relation_count; ++r) {
        const ruled_pair pair{
            static_cast<dram_command>(a), static_cast<dram_command>(b),
            static_cast<bank_relation>(r),
            checker.rules().between(static_cast<dram_command>(a), static_cast<dram_command>(b),
                                    static_cast<bank_relation>(r))};
        // All banks of a unit include the same one: there is no farther relation within it.
        const bool all = reaches_all_banks(pair.first) || reaches_all_banks(pair.second);
        if (all && (pair.relation == bank_relation::same_group ||
                    pair.relation == bank_relation::same_stack_id))
          continue;
        if (pair.rule.distance > 0) pairs.push_back(pair);
      }
    }
  }
  return pairs;
}

/// The pair `distance` apart, after the rows that it needs were opened long before.
std::vector<dram_command_record> stream(const ruled_pair& pair, std::int64_t distance) {
  constexpr std::int64_t start = 10'000;
  std::vector<dram_command_record> list;
  const place here, there = second_place(pair.relation);
  if (needs_open_row(pair.first)) list.push_back(at(0, dram_command::activate, here));
  const bool opened_by_first = pair.relation == bank_relation::same_bank &&
                               (pair.first == dram_command::activate || needs_open_row(pair.first));
  if (needs_open_row(pair.second) && !opened_by_first)
    list.push_back(at(100, dram_command::activate, there));
  list.push_back(at(start, pair.first, here));
  list.push_back(at(start + distance, pair.second, there));
  return list;
}

class every_rule : public testing::TestWithParam<ruled_pair> {};

TEST_P(every_rule, is_caught_one_cycle_early) {
  const ruled_pair& pair = GetParam();
  const std::string rule(name_of(pair.rule.parameter));
  const auto found = violations(two_high_stack(), stream(pair, pair.rule.distance - 1));
  const auto named = std::find_if(found.begin(), found.end(), [&](const auto& one) {
    return one.rule == rule && one.first.command == pair.first &&
           one.second.command == pair.second && one.distance == pair.rule.distance - 1 &&
           one.required == pair.rule.distance;
  });
  EXPECT_NE(named, found.end()) << text_of(found);
}

TEST_P(every_rule, is_kept_at_its_distance) {
  const ruled_pair& pair = GetParam();
  const auto found = violations(two_high_stack(), stream(pair, pair.rule.distance));
  EXPECT_EQ(count_of(found, std::string(name_of(pair.rule.parameter))), 0) << text_of(found);
  // Where the bank can be in a state for both, nothing else is wrong either.
  if (violations(two_high_stack(), stream(pair, 5000)).empty()) {
    EXPECT_TRUE(found.empty()) << text_of(found);
  }
}

std::string name_of_case(const testing::TestParamInfo<ruled_pair>& tested) {
  const ruled_pair& pair = tested.param;
  return fmt::format("{}_{}_{}", name_of(pair.first), name_of(pair.second),
                     relation_names[static_cast<int>(pair.relation)]);
}

INSTANTIATE_TEST_SUITE_P(rules, every_rule, testing::ValuesIn(ruled_pairs()), name_of_case);

TEST(rules, cover_every_timing_parameter) {
  std::set<std::string> covered;
  for (const ruled_pair& pair : ruled_pairs())
    covered.insert(std::string(name_of(pair.rule.parameter)));
  for (const timing_parameter parameter :
       {timing_parameter::tRCDRD, timing_parameter::tRCDWR, timing_parameter::tRP,
        timing_parameter::tRAS, timing_parameter::tRC, timing_parameter::tRTP,
        timing_parameter::tWR, timing_parameter::tCCD_S, timing_parameter::tCCD_L,
        timing_parameter::tCCD_R, timing_parameter::tRRD_S, timing_parameter::tRRD_L,
        timing_parameter::tWTR_S, timing_parameter::tWTR_L, timing_parameter::tRTW,
        timing_parameter::tRFC, timing_parameter::tRFCpb, timing_parameter::tRREFD,
        timing_parameter::command_bus})
    EXPECT_EQ(covered.count(std::string(name_of(parameter))), 1U) << name_of(parameter);
}

}  // namespace
}  // namespace lamina::validation
