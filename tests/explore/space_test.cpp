// SPDX-License-Identifier: Apache-2.0
// Spaces as they are shipped, and what a space's file may say.
#include "lamina/explore/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace lamina::explore {
namespace {

const std::string spaces = std::string(LAMINA_SOURCE) + "/configs/spaces";

std::optional<space> loaded(const std::string& file, const std::vector<std::string>& settings) {
  config::diagnostics problems;
  auto of = load_space({file, settings}, problems);
  EXPECT_FALSE(problems.has_errors()) << file << ": " << problems.text();
  return of;
}

TEST(space, all_that_are_shipped_are_in_order_and_can_be_enumerated) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(spaces)) {
    ++files;
    const auto of = loaded(file.path().string(), {});
    ASSERT_TRUE(of);
    EXPECT_FALSE(of->name.empty());
    EXPECT_FALSE(points_of(*of).empty());
    EXPECT_GT(of->checks.points, 0);
    for (const std::uint64_t point : {std::uint64_t{0}, of->size() / 2, of->size() - 1}) {
      EXPECT_GE(settings_of(*of, point).size(), of->axes.size());  // dependent values resolve
    }
  }
  EXPECT_GE(files, 3U);
}

TEST(space, the_shipped_ones_vary_stack_buffer_tiles_network_mapping_and_batch) {
  for (const char* name : {"deepseek_v3", "llama_405b"}) {
    const auto of = loaded(spaces + '/' + name + "_256_stacked_chips.yaml", {});
    ASSERT_TRUE(of);
    for (const char* axis : {"layers", "connected", "chip.shared_buffer.bytes", "chip.tiles",
                             "network.levels.0.bandwidth", "network.levels.1.bandwidth",
                             "network.levels.2.bandwidth", "mapping", "workload.batch"}) {
      EXPECT_TRUE(std::any_of(of->axes.begin(), of->axes.end(),
                              [&](const auto& one) { return one.name == axis; }))
          << name << ' ' << axis;
    }
    EXPECT_TRUE(of->asks_for(metric::die_area));
  }
}

TEST(space, its_hash_changes_with_whatever_decides_results) {
  const std::string file = spaces + "/llama_70b_4xmi325x.yaml";
  const std::string base = loaded(file, {})->hash;
  EXPECT_EQ(loaded(file, {})->hash, base);
  EXPECT_EQ(loaded(file, {"checks={points: 3}"})->hash, base);  // results stay what they are
  for (const char* setting :
       {"axes={mapping: legal}", "objectives=tokens_per_s", "constraints={time_per_token: 49 ms}",
        "sampling={method: sobol, points: 9, seed: 1}", "workloads=[{context: 512}]",
        "set={workload.context: 512}"}) {
    EXPECT_NE(loaded(file, {setting})->hash, base) << setting;
  }
}

}  // namespace
}  // namespace lamina::explore
