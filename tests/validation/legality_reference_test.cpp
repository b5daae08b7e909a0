// SPDX-License-Identifier: Apache-2.0
// Commands that two published simulators issued: legal as they stand, caught when moved.
#include <gtest/gtest.h>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"
#include "stacks.h"

namespace lamina::validation {
namespace {

const std::string root = LAMINA_REFERENCES "/dram_commands";

std::vector<dram_command_record> commands_of(const std::string& file) {
  csv_table table(file, {"cycle", "cmd", "pc", "stack", "bg", "bank", "row"});
  std::vector<dram_command_record> list;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto part = [&](const char* column) {
      return static_cast<int>(table.integer(row, column, 0, 1 << 20));
    };
    place where{0, part("pc"), part("stack"), part("bg"), part("bank"), part("row")};
    list.push_back(at(table.integer(row, "cycle", 0, 1 << 30),
                      command_of(table.text(row, "cmd"), file), where));
  }
  table.finish();
  return list;
}

std::vector<std::string> command_files() {
  std::vector<std::string> files;
  for (const std::string& folder : folders_in(root))
    for (const std::string& file : files_in(folder, ".commands.csv")) files.push_back(file);
  return files;
}

dram_stack_spec reference_stack() { return read_dram_params(root + "/params_hbm2_common.json"); }

TEST(reference_commands, are_legal) {
  const auto files = command_files();
  ASSERT_EQ(files.size(), 20U);
  for (const std::string& file : files) {
    const auto found = violations(reference_stack(), commands_of(file));
    EXPECT_TRUE(found.empty()) << file << "\n" << text_of(found);
  }
}

/// In a saturated stream nearly every command waits for a rule, so moving it is caught.
TEST(reference_commands, are_caught_when_one_moves_a_cycle_early) {
  const legality_checker checker(reference_stack());
  const auto legal = commands_of(root + "/hbm2_common_frfcfs/p09_rrdl_stress.commands.csv");
  std::size_t caught = 0;
  for (std::size_t i = 1; i < legal.size(); ++i) {
    auto moved = legal;
    --moved[i].cycle;
    const auto found = checker.check(moved);
    caught += found.empty() ? 0U : 1U;
    for (const legality_violation& one : found)
      EXPECT_TRUE(one.first.cycle == moved[i].cycle || one.second.cycle == moved[i].cycle)
          << one.text();
  }
  EXPECT_GT(caught, legal.size() * 8 / 10);
}

TEST(reference_commands, are_caught_when_a_column_command_passes_its_activate) {
  const legality_checker checker(reference_stack());
  const auto legal = commands_of(root + "/hbm2_common_frfcfs/p02_conflict_same_bank.commands.csv");
  for (std::size_t i = 1; i < legal.size(); ++i) {
    if (legal[i].command != dram_command::read) continue;
    auto moved = legal;
    moved[i].cycle -= 14;
    EXPECT_FALSE(checker.check(moved).empty()) << legal[i].cycle;
  }
}

}  // namespace
}  // namespace lamina::validation
