// SPDX-License-Identifier: Apache-2.0
// lamina::check for those who fill in the specs themselves.
#include "lamina/models/dram_stack_check.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "lamina/config/memory_platform.h"

namespace lamina {
namespace {

dram_stack_spec good() {
  config::diagnostics found;
  auto part = config::load_dram_part({LAMINA_GOLDEN "/good/part.yaml", {}}, found);
  EXPECT_TRUE(part) << found.text();
  return part->dram_stack;
}

TEST(dram_stack_check, a_good_stack_has_no_problems) { EXPECT_TRUE(check(good()).empty()); }

TEST(dram_stack_check, absurd_values_are_problems_and_no_overflow) {
  constexpr unsigned seed = 11;
  std::mt19937_64 engine(seed);
  const auto absurd = [&]() -> std::int64_t {
    constexpr std::int64_t values[] = {
        0, -1, 1, 3, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
    return values[engine() % 6];
  };
  const dram_stack_spec base = good();
  for (int i = 0; i < 2000; ++i) {
    dram_stack_spec s = base;
    int* const counts[] = {&s.geometry.layers,
                           &s.geometry.stack_ids,
                           &s.geometry.connected_layers,
                           &s.geometry.channels,
                           &s.geometry.pseudo_channels,
                           &s.geometry.bank_groups,
                           &s.geometry.banks_per_group,
                           &s.geometry.row_bytes,
                           &s.geometry.burst_bytes,
                           &s.geometry.port_bits,
                           &s.controller.write_queue_entries,
                           &s.controller.write_high_watermark,
                           &s.controller.write_low_watermark,
                           &s.controller.activation_cap,
                           &s.timings.activate_clocks};
    for (int n = 0; n < 2; ++n) *counts[engine() % std::size(counts)] = static_cast<int>(absurd());
    if (engine() % 4 == 0) s.geometry.rows = std::numeric_limits<std::int64_t>::max();
    if (engine() % 4 == 0) s.timings.tRP.clocks = std::numeric_limits<std::int64_t>::max();
    if (engine() % 4 == 0) s.timings.tCK = femtoseconds{absurd()};
    if (engine() % 4 == 0) s.geometry.pin_rate = std::numeric_limits<double>::quiet_NaN();
    for (const spec_problem& problem : check(s)) EXPECT_FALSE(problem.path.empty());
  }
}

TEST(dram_stack_check, rounding_each_term_up_is_no_contradiction) {
  dram_stack_spec s = good();
  s.timings.tRC = {0, from_nanoseconds(41.2)};
  s.timings.tRAS = {0, from_nanoseconds(27.1)};
  s.timings.tRP = {0, from_nanoseconds(14.1)};
  EXPECT_TRUE(check(s).empty());
  s.timings.tRC = {0, from_nanoseconds(40)};
  ASSERT_EQ(check(s).size(), 1U);
  EXPECT_EQ(check(s)[0].path, "timings.tRC");
}

TEST(dram_stack_check, a_stream_must_stay_inside_the_stack) {
  const dram_stack_spec s = good();
  memory_workload w;
  w.streams.resize(1);
  w.streams[0].total_bytes = 4096;
  EXPECT_TRUE(check(w, s).empty());
  w.streams[0].base = std::numeric_limits<std::uint64_t>::max() - 100;
  ASSERT_EQ(check(w, s).size(), 1U);
  EXPECT_EQ(check(w, s)[0].path, "streams.0.total");
}

}  // namespace
}  // namespace lamina
