// SPDX-License-Identifier: Apache-2.0
// Where address maps spread streams, counted by hand.
#include "address_spread.h"

#include <gtest/gtest.h>

namespace lamina::analytical {
namespace {

using field = address_field;

/// 4 channels of 2 groups of 2 banks; rows of 8 bursts of 64 bytes.
dram_stack_spec stack(std::vector<address_digit> digits, std::vector<address_xor> xors = {}) {
  dram_stack_spec spec;
  dram_geometry& g = spec.geometry;
  g.channels = 4;
  g.pseudo_channels = 1;
  g.layers = g.stack_ids = g.connected_layers = 1;
  g.bank_groups = 2;
  g.banks_per_group = 2;
  g.rows = 1024;
  g.row_bytes = 512;
  g.burst_bytes = 64;
  spec.address_map.digits = std::move(digits);
  spec.address_map.xors = std::move(xors);
  return spec;
}

/// Channels change every 64 bytes, groups every 256, columns every 512, banks every 4 KiB, rows
/// every 8 KiB.
std::vector<address_digit> interleaved() {
  return {{field::channel, 0}, {field::bank_group, 0},     {field::column, 0},  {field::bank, 0},
          {field::row, 0},     {field::pseudo_channel, 0}, {field::stack_id, 0}};
}

access_stream stream(access_pattern pattern, std::uint32_t request, std::uint64_t stride = 0) {
  access_stream s;
  s.pattern = pattern;
  s.request_bytes = request;
  s.stride_bytes = stride;
  s.range_bytes = 1 << 20;
  return s;
}

TEST(address_spread, follows_neighbours_through_the_digits) {
  const address_spread map(stack(interleaved()));
  const access_stream s = stream(access_pattern::sequential, 64);
  EXPECT_EQ(map.of(s, 1).banks, 1);
  EXPECT_EQ(map.of(s, 4).buses, 4);
  EXPECT_EQ(map.of(s, 4).banks, 4);
  EXPECT_EQ(map.of(s, 8).banks, 8);   // both groups
  EXPECT_EQ(map.of(s, 64).banks, 8);  // eight columns of each
  EXPECT_EQ(map.of(s, 128).banks, 16);
  EXPECT_EQ(map.of(s, 128).rows, 16);
  EXPECT_EQ(map.of(s, 256).rows, 32);
  EXPECT_EQ(map.row_visit_bytes(), 512);
  EXPECT_EQ(map.bank_run_bytes(), 64);
}

TEST(address_spread, knows_what_a_stride_freezes) {
  const address_spread map(stack(interleaved()));
  // A multiple of 256 bytes stays in one channel, of 512 in one group as well.
  EXPECT_EQ(map.of(stream(access_pattern::strided, 64, 256), 64).buses, 1);
  EXPECT_EQ(map.of(stream(access_pattern::strided, 64, 256), 64).groups, 2);
  EXPECT_EQ(map.of(stream(access_pattern::strided, 64, 512), 64).groups, 1);
  EXPECT_EQ(map.of(stream(access_pattern::strided, 64, 128), 64).buses, 2);
  EXPECT_EQ(map.of(stream(access_pattern::strided, 64, 192), 64).buses, 4);  // prime to four
}

TEST(address_spread, lets_a_hash_bring_other_digits_in) {
  const std::vector<address_xor> xors = {{field::channel, 0, field::column, 0},
                                         {field::channel, 1, field::column, 1}};
  const address_spread map(stack(interleaved(), xors));
  // The channel's own digits are frozen by the stride; the column's change every 512 bytes.
  const access_stream s = stream(access_pattern::strided, 64, 512);
  EXPECT_EQ(map.of(s, 1).buses, 1);
  EXPECT_EQ(map.of(s, 2).buses, 2);
  EXPECT_EQ(map.of(s, 4).buses, 4);
}

TEST(address_spread, throws_random_requests_into_the_range) {
  const address_spread map(stack(interleaved()));
  const access_stream s = stream(access_pattern::random, 64);
  EXPECT_NEAR(map.of(s, 1).banks, 1, 1e-9);
  EXPECT_NEAR(map.of(s, 2).banks, 2 - 1.0 / 16, 1e-9);  // they meet in one of sixteen cases
  EXPECT_NEAR(map.of(s, 1000).banks, 16, 1e-9);
  EXPECT_EQ(map.of_range(s).rows, 16 * 128);  // 1 MiB of rows of 512 bytes
}

}  // namespace
}  // namespace lamina::analytical
