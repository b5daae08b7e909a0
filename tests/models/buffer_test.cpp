// SPDX-License-Identifier: Apache-2.0
// What the buffer's two fidelities share: blocks, checks, limits.
#include "lamina/models/buffer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lamina {
namespace {

std::vector<std::string> paths_of(const std::vector<spec_problem>& problems) {
  std::vector<std::string> paths;
  for (const spec_problem& problem : problems) paths.push_back(problem.path);
  return paths;
}

using paths = std::vector<std::string>;

TEST(buffer_check, finds_nothing_wrong_with_the_defaults) {
  EXPECT_TRUE(check(buffer_spec{}).empty());
  EXPECT_TRUE(check(buffer_workload{}, buffer_spec{}).empty());
}

TEST(buffer_check, names_every_value_out_of_range) {
  buffer_spec spec;
  spec.banks = 0;
  spec.ports = -1;
  spec.clock = femtoseconds{0};
  spec.in_flight = 0;
  spec.read_j_per_byte = -1;
  EXPECT_EQ(paths_of(check(spec)),
            (paths{"banks", "ports", "clock", "in_flight", "read_j_per_byte"}));
}

TEST(buffer_check, wants_whole_words_in_an_interleave_unit) {
  buffer_spec spec;
  spec.bank_bytes = 32;
  spec.interleave_bytes = 48;
  EXPECT_EQ(paths_of(check(spec)), paths{"interleave_bytes"});
}

TEST(buffer_check, wants_banks_of_equal_size) {
  buffer_spec spec;
  spec.capacity_bytes = spec.bank_period() * 10 + 32;
  EXPECT_EQ(paths_of(check(spec)), paths{"capacity_bytes"});
}

TEST(buffer_check, names_what_a_workload_has_wrong) {
  buffer_workload work;
  work.pattern = access_pattern::trace;
  work.blocks = 0;
  work.read_fraction = std::nan("");
  EXPECT_EQ(paths_of(check(work, buffer_spec{})), (paths{"blocks", "read_fraction", "pattern"}));
}

TEST(buffer_check, refuses_a_block_beyond_the_capacity) {
  const buffer_spec spec;
  buffer_workload work;
  work.block_bytes = static_cast<std::uint32_t>(spec.capacity_bytes - spec.bank_period());
  EXPECT_TRUE(check(work, spec).empty());
  ++work.block_bytes;
  EXPECT_EQ(paths_of(check(work, spec)), paths{"block_bytes"});
}

TEST(block_generator, stays_inside_the_capacity_and_deals_out_all_blocks) {
  buffer_spec spec;
  spec.capacity_bytes = spec.bank_period() * 7;
  for (const auto pattern :
       {access_pattern::sequential, access_pattern::strided, access_pattern::random}) {
    buffer_workload work;
    work.pattern = pattern;
    work.block_bytes = 100;
    work.stride_bytes = 1000;
    work.blocks = 1001;
    work.requesters = 3;
    std::int64_t blocks = 0;
    for (int requester = 0; requester < work.requesters; ++requester) {
      block_generator generator(spec, work, requester);
      for (; !generator.done(); ++blocks) {
        const access_request block = generator.next();
        ASSERT_LE(block.address + block.bytes, static_cast<std::uint64_t>(spec.capacity_bytes));
      }
    }
    EXPECT_EQ(blocks, work.blocks);
  }
}

TEST(block_generator, meets_the_banks_in_the_same_order_on_every_lap) {
  buffer_spec spec;
  spec.capacity_bytes = spec.bank_period() * 3;
  buffer_workload work;
  work.pattern = access_pattern::strided;
  work.block_bytes = 32;
  work.stride_bytes = 96;
  block_generator generator(spec, work, 0);
  const auto period = static_cast<std::uint64_t>(spec.bank_period());
  for (std::uint64_t i = 0; i < 200; ++i)
    EXPECT_EQ(generator.next().address % period, i * 96 % period);
}

TEST(block_generator, spreads_writes_evenly) {
  buffer_workload work;
  work.read_fraction = 0.75;
  work.blocks = 400;
  block_generator generator(buffer_spec{}, work, 0);
  int writes = 0;
  for (int i = 1; i <= 400; ++i) {
    writes += generator.next().write;
    EXPECT_NEAR(writes, 0.25 * i, 1);
  }
  EXPECT_EQ(writes, writes_among(work, 0, 400));
}

TEST(block_generator, offers_blocks_of_all_requesters_evenly_spaced) {
  buffer_workload work;
  work.block_bytes = 1000;
  work.rate_bytes_per_s = 1e12;  // a block each nanosecond
  work.requesters = 2;
  block_generator second(buffer_spec{}, work, 1);
  EXPECT_EQ(second.next().earliest, femtoseconds{1'000'000});
  EXPECT_EQ(second.next().earliest, femtoseconds{3'000'000});
}

TEST(buffer_limits, bind_where_the_most_time_is_needed) {
  buffer_result result;
  result.read_bytes = 1000;
  name_limits({0, 1e-9, 2e-9, 5e-9, 4e-9, 3e-9}, result);
  EXPECT_EQ(result.bound_by, buffer_limit::in_flight);
  EXPECT_DOUBLE_EQ(result.limit(buffer_limit::bank), 1000 / 3e-9);
  EXPECT_TRUE(std::isinf(result.limit(buffer_limit::offered_rate)));
}

}  // namespace
}  // namespace lamina
