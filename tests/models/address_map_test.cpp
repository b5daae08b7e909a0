// SPDX-License-Identifier: Apache-2.0
// Address maps: decode and encode are inverse, and a wrong map is named.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "lamina/models/dram_stack.h"

namespace lamina {
namespace {

class random_address_map : public testing::TestWithParam<int> {};

/// Counts that are no powers of two, digits in any order, the column split in two.
TEST_P(random_address_map, encodes_what_it_decodes) {
  std::mt19937_64 engine(static_cast<std::uint64_t>(GetParam()));
  const auto upto = [&](int most) { return 1 + static_cast<int>(engine() % unsigned(most)); };
  dram_geometry g;
  g.layers = g.stack_ids = upto(5);
  g.channels = upto(7);
  g.pseudo_channels = upto(3);
  g.bank_groups = upto(5);
  g.banks_per_group = upto(4);
  g.rows = 1 + upto(1000);
  address_map_spec spec;
  spec.digits = default_address_digits();
  const auto column = std::find_if(spec.digits.begin(), spec.digits.end(), [](const auto& digit) {
    return digit.field == address_field::column;
  });
  if (column != spec.digits.end()) spec.digits.erase(column);
  spec.digits.push_back({address_field::column, 4});
  spec.digits.push_back({address_field::column, 0});
  for (std::size_t i = spec.digits.size() - 2; i > 0; --i) {
    std::swap(spec.digits[i - 1], spec.digits[engine() % i]);
  }
  ASSERT_TRUE(address_map::check(spec, g).empty()) << address_map::check(spec, g).front();
  const address_map map(spec, g);
  ASSERT_EQ(map.capacity_bytes(), static_cast<std::uint64_t>(g.capacity_bytes()));
  const auto burst = static_cast<std::uint64_t>(g.burst_bytes);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t address = engine() % map.capacity_bytes() / burst * burst;
    const dram_address place = map.decode(address);
    ASSERT_EQ(map.encode(place), address) << "seed " << GetParam();
    ASSERT_EQ(map.channel_of(address), place.channel);
    ASSERT_LT(place.row, g.rows);
    ASSERT_LT(place.column, g.bursts_per_row());
    ASSERT_LT(place.channel, g.channels);
    ASSERT_LT(place.stack_id, g.stack_ids);
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, random_address_map, testing::Range(0, 40));

TEST(address_map, inverts_xor) {
  address_map_spec spec;
  spec.xors = {{address_field::bank, 0, address_field::row, 0},
               {address_field::bank_group, 1, address_field::row, 3}};
  const dram_geometry g;
  const address_map map(spec, g);
  const address_map plain({}, g);
  int moved = 0;
  for (std::uint64_t address = 0; address < map.capacity_bytes(); address += 4096 + 32) {
    ASSERT_EQ(map.encode(map.decode(address)), address);
    const dram_address a = map.decode(address);
    ASSERT_EQ(map.channel_of(address), a.channel);
    const dram_address b = plain.decode(address);
    ASSERT_EQ(a.bank, b.bank ^ static_cast<int>(b.row & 1));
    moved += a.bank != b.bank ? 1 : 0;
  }
  EXPECT_GT(moved, 0);
}

TEST(address_map, wraps_beyond_the_capacity) {
  const address_map map({}, dram_geometry{});
  EXPECT_EQ(map.encode(map.decode(map.capacity_bytes() + 96)), 96U);
}

TEST(address_map, refuses_a_missing_field) {
  address_map_spec spec;
  spec.digits = default_address_digits();
  spec.digits.pop_back();
  EXPECT_FALSE(address_map::check(spec, dram_geometry{}).empty());
  EXPECT_THROW(address_map(spec, dram_geometry{}), std::invalid_argument);
}

TEST(address_map, refuses_a_radix_that_does_not_divide_the_field) {
  address_map_spec spec;
  spec.digits = default_address_digits();
  spec.digits.insert(spec.digits.begin(), {address_field::column, 3});
  EXPECT_FALSE(address_map::check(spec, dram_geometry{}).empty());
}

TEST(address_map, refuses_a_field_that_is_source_and_target_of_xor) {
  address_map_spec spec;
  spec.xors = {{address_field::bank, 0, address_field::row, 0},
               {address_field::bank_group, 0, address_field::bank, 0}};
  EXPECT_FALSE(address_map::check(spec, dram_geometry{}).empty());
}

}  // namespace
}  // namespace lamina
