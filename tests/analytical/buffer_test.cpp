// SPDX-License-Identifier: Apache-2.0
// Properties of the buffer's closed form, and the cases that can be counted by hand.
#include "lamina/analytical/buffer.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lamina::analytical {
namespace {

/// One clock is 1 ns, a word is 32 B.
buffer_spec plain() {
  buffer_spec spec;
  spec.read_latency_clocks = 5;
  spec.write_latency_clocks = 5;
  spec.in_flight = 1024;
  return spec;
}

buffer_workload blocks_of_words(int words, std::int64_t blocks, int requesters = 1) {
  buffer_workload work;
  work.block_bytes = static_cast<std::uint32_t>(32 * words);
  work.blocks = blocks;
  work.requesters = requesters;
  return work;
}

double clocks(const buffer_result& result) { return to_nanoseconds(result.elapsed); }

TEST(buffer, takes_latency_and_one_clock_for_each_further_word) {
  EXPECT_NEAR(clocks(estimate(plain(), blocks_of_words(1, 1))), 5, 1e-9);
  EXPECT_NEAR(clocks(estimate(plain(), blocks_of_words(64, 1))), 5 + 63, 1e-9);
}

TEST(buffer, hides_the_latency_of_a_block_behind_the_next_when_double_buffered) {
  buffer_spec spec = plain();
  spec.depth = 1;
  EXPECT_NEAR(clocks(estimate(spec, blocks_of_words(16, 10))), 10 * (15 + 5), 1e-6);
  spec.depth = 2;
  EXPECT_NEAR(clocks(estimate(spec, blocks_of_words(16, 10))), 160 + 4, 1e-6);
}

TEST(buffer, obeys_littles_law_for_words_in_flight) {
  buffer_spec spec = plain();
  spec.in_flight = 1;
  const buffer_result result = estimate(spec, blocks_of_words(64, 100));
  EXPECT_NEAR(clocks(result), 6400 * 5, 1);
  EXPECT_EQ(result.bound_by, buffer_limit::in_flight);
}

TEST(buffer, serves_one_word_a_clock_from_the_only_bank_that_a_stride_meets) {
  buffer_workload work = blocks_of_words(1, 4096, 4);
  work.pattern = access_pattern::strided;
  buffer_spec spec = plain();
  spec.capacity_bytes = spec.bank_period() * 2049;  // requesters begin at the same bank
  work.stride_bytes = spec.bank_period();
  work.in_flight = 64;
  spec.depth = 64;
  const buffer_result result = estimate(spec, work);
  EXPECT_NEAR(clocks(result), 4096 + 4, 1);
  EXPECT_EQ(result.bound_by, buffer_limit::bank);
}

TEST(buffer, is_never_slower_with_more_of_a_resource) {
  for (const auto pattern :
       {access_pattern::sequential, access_pattern::strided, access_pattern::random}) {
    for (const int words : {1, 3, 64}) {
      buffer_workload work = blocks_of_words(words, 4000, 8);
      work.pattern = pattern;
      work.stride_bytes = 96;
      work.in_flight = 16;
      buffer_spec spec = plain();
      spec.in_flight = 24;
      const double before = clocks(estimate(spec, work));
      const auto grow = [&](int buffer_spec::*resource) {
        buffer_spec more = spec;
        more.*resource *= 2;
        more.capacity_bytes = more.bank_period() * 4096;
        return clocks(estimate(more, work));
      };
      EXPECT_LE(grow(&buffer_spec::banks), before * 1.001);
      EXPECT_LE(grow(&buffer_spec::ports), before * 1.001);
      EXPECT_LE(grow(&buffer_spec::in_flight), before * 1.001);
      EXPECT_LE(grow(&buffer_spec::depth), before * 1.001);
    }
  }
}

TEST(buffer, is_slower_with_a_longer_latency) {
  buffer_spec spec = plain();
  spec.in_flight = 8;
  const buffer_workload work = blocks_of_words(8, 1000, 4);
  const double before = clocks(estimate(spec, work));
  spec.read_latency_clocks = 10;
  EXPECT_GT(clocks(estimate(spec, work)), before * 1.5);
}

TEST(buffer, waits_longer_for_banks_under_a_higher_load) {
  buffer_spec spec = plain();
  spec.ports = 8;
  spec.banks = 8;
  buffer_workload work = blocks_of_words(1, 20000, 8);
  work.pattern = access_pattern::random;
  work.rate_bytes_per_s = 32e9;  // one word a clock
  const double light = estimate(spec, work).latency.mean_s;
  work.rate_bytes_per_s = 6 * 32e9;
  EXPECT_GT(estimate(spec, work).latency.mean_s, light * 1.05);
}

TEST(buffer, accounts_for_all_bytes_and_their_energy) {
  buffer_spec spec = plain();
  spec.read_j_per_byte = 1e-12;
  spec.write_j_per_byte = 2e-12;
  spec.background_w = 0.5;
  buffer_workload work = blocks_of_words(4, 1000);
  work.read_fraction = 0.5;
  const buffer_result result = estimate(spec, work);
  EXPECT_EQ(result.read_bytes + result.write_bytes, 128'000U);
  EXPECT_NEAR(result.energy.read_j, 64e3 * 1e-12, 1e-15);
  EXPECT_NEAR(result.energy.write_j, 64e3 * 2e-12, 1e-15);
  EXPECT_NEAR(result.energy.background_j, 0.5 * to_seconds(result.elapsed), 1e-15);
}

TEST(buffer, throws_for_what_does_not_hold_together) {
  buffer_spec spec;
  spec.banks = 0;
  EXPECT_THROW(buffer{spec}, std::invalid_argument);
  buffer_workload work;
  work.block_bytes = 1U << 30;
  EXPECT_THROW(buffer{buffer_spec{}}.move(work), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::analytical
