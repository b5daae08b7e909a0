// SPDX-License-Identifier: Apache-2.0
// Simulations of stacks and streams at random issue legal commands only.
#include <gtest/gtest.h>

#include "lamina/tlm/dram_simulation.h"
#include "lamina/validation/dram_reference.h"
#include "lamina/validation/random_dram_stack.h"
#include "stacks.h"

namespace lamina::validation {
namespace {

std::vector<dram_command_record> simulated(const dram_stack_spec& spec,
                                           const memory_workload& workload) {
  std::vector<dram_command_record> commands;
  sysc::simulation_options options;
  options.on_command = [&](const dram_command_record& one) { commands.push_back(one); };
  sysc::simulate(spec, workload, options);
  return commands;
}

/// One simulation fits in a process, so each drawing is a test of its own.
class random_simulation : public testing::TestWithParam<int> {};

TEST_P(random_simulation, is_legal) {
  constexpr std::uint64_t seed = 2;
  const random_dram_case drawn = draw_dram_case(seed, GetParam());
  const auto commands = simulated(drawn.spec, drawn.workload);
  EXPECT_FALSE(commands.empty());
  const auto found = violations(drawn.spec, commands);
  EXPECT_TRUE(found.empty()) << drawn.spec.name << "\n" << text_of(found);
}

INSTANTIATE_TEST_SUITE_P(seed_2, random_simulation, testing::Range(0, 32));

/// In a stream of row misses nearly every command waits for a rule of the DRAM: the checker names
/// one when the command is moved, or the command waited for its request or for an older one.
TEST(simulated_commands, are_mostly_caught_when_one_moves_a_cycle_early) {
  dram_stack_spec spec =
      read_dram_params(LAMINA_REFERENCES "/dram_commands/params_hbm2_common.json");
  access_stream stream;
  stream.pattern = access_pattern::random;
  stream.request_bytes = 32;
  stream.range_bytes = 16 << 20;
  stream.total_bytes = 400 * 32;
  stream.in_flight = 256;
  stream.read_fraction = 0.5;
  memory_workload workload;
  workload.streams = {stream};
  const auto legal = simulated(spec, workload);
  const legality_checker checker(spec);
  ASSERT_TRUE(checker.check(legal).empty());
  std::size_t caught = 0;
  for (std::size_t i = 1; i < legal.size(); ++i) {
    auto moved = legal;
    --moved[i].cycle;
    caught += checker.check(moved).empty() ? 0U : 1U;
  }
  EXPECT_GT(caught, legal.size() / 2);
}

}  // namespace
}  // namespace lamina::validation
