// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/quantity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <regex>

namespace lamina::config {
namespace {

TEST(quantity, units_scale_exactly) {
  EXPECT_EQ(parse_quantity("6.4 Gb/s", dimension::bit_rate).value, 6.4e9);
  EXPECT_EQ(parse_quantity("6.4 Gbit/s", dimension::bit_rate).value, 6.4e9);
  EXPECT_EQ(parse_quantity("16 GiB/s", dimension::byte_rate).value, 16.0 * (1 << 30));
  EXPECT_EQ(parse_quantity("277 pJ", dimension::energy).value, 277e-12);
  EXPECT_EQ(parse_quantity("2.64pJ/bit", dimension::energy_per_bit).value, 2.64e-12);
  EXPECT_EQ(parse_quantity("90 %", dimension::fraction).value, 0.9);
  EXPECT_EQ(parse_quantity("-5 C", dimension::temperature).value, -5.0);
}

TEST(quantity, bytes_are_exact_beyond_a_double) {
  EXPECT_EQ(parse_bytes("9007199254740993 B").value, 9007199254740993U);
  EXPECT_EQ(parse_bytes("1.5 KiB").value, 1536U);
  EXPECT_FALSE(parse_bytes("1.3 B").value);
  EXPECT_FALSE(parse_bytes("-1 B").value);
  EXPECT_FALSE(parse_bytes("16777216 TiB").value);
}

TEST(quantity, times_are_whole_femtoseconds) {
  EXPECT_EQ(parse_time("312.5 ps").value, femtoseconds{312'500});
  EXPECT_EQ(parse_time("1848429 fs").value, femtoseconds{1'848'429});
  EXPECT_FALSE(parse_time("1e9 s").value);
}

TEST(quantity, distances_are_clocks_time_or_both) {
  const auto both = parse_clocked_time("2 clk + 7.5 ns");
  ASSERT_TRUE(both.value);
  EXPECT_EQ(both.value->clocks, 2);
  EXPECT_EQ(both.value->time, femtoseconds{7'500'000});
  EXPECT_EQ(parse_clocked_time("7.5 ns + 2 clk").value->clocks, 2);
  EXPECT_EQ(parse_clocked_time("1e+1 ns").value->time, femtoseconds{10'000'000});
  EXPECT_FALSE(parse_clocked_time("2 clk + 3 clk").value);
  EXPECT_FALSE(parse_clocked_time("2 clk +").value);
  EXPECT_FALSE(parse_clocked_time("").value);
}

TEST(quantity, octal_lookalikes_are_refused_with_the_decimal_to_write) {
  const auto octal = parse_whole("010");
  EXPECT_FALSE(octal.value);
  EXPECT_EQ(octal.wrong.suggestion, "write '10'");
  EXPECT_FALSE(parse_whole("-07").value);
  EXPECT_EQ(parse_whole("0").value, 0);
}

TEST(quantity, whole_numbers_take_nothing_else) {
  for (const char* text : {"", " ", "1.0", "1e3", "+1", "0x10", "1_000", "ten", "1 2", "--1",
                           "99999999999999999999", "inf", "nan"}) {
    EXPECT_FALSE(parse_whole(text).value) << text;
  }
}

TEST(quantity, a_byte_rate_is_never_offered_for_a_bit_rate) {
  const auto rate = parse_quantity("2 GB/s", dimension::bit_rate);
  EXPECT_FALSE(rate.value);
  EXPECT_EQ(rate.wrong.suggestion.find("did you mean"), std::string::npos);
}

TEST(quantity, what_is_printed_reads_back_as_the_same_value) {
  constexpr unsigned seed = 7;
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> exponent(-15, 12);
  for (const dimension what :
       {dimension::number, dimension::fraction, dimension::bit_rate, dimension::byte_rate,
        dimension::energy, dimension::energy_per_bit, dimension::power, dimension::temperature}) {
    const std::regex pattern(pattern_of(what));
    for (int i = 0; i < 300; ++i) {
      const double value = std::pow(10, exponent(engine));
      const std::string text = print_quantity(value, what);
      EXPECT_EQ(parse_quantity(text, what).value, value) << text << ", seed " << seed;
      EXPECT_TRUE(std::regex_match(text, pattern)) << text;
    }
  }
  for (int i = 0; i < 300; ++i) {
    const femtoseconds time{static_cast<std::int64_t>(std::pow(10, exponent(engine) + 3))};
    EXPECT_EQ(parse_time(print_time(time)).value, time) << print_time(time);
    const std::uint64_t bytes = engine() >> (engine() % 60 + 2);
    EXPECT_EQ(parse_bytes(print_bytes(bytes)).value, bytes) << print_bytes(bytes);
  }
}

TEST(quantity, printed_units_are_the_readable_ones) {
  EXPECT_EQ(print_quantity(6.4e9, dimension::bit_rate), "6.4 Gb/s");
  EXPECT_EQ(print_quantity(0.3e-12, dimension::energy_per_bit), "300 fJ/bit");
  EXPECT_EQ(print_bytes(65536), "64 KiB");
  EXPECT_EQ(print_time(femtoseconds{625'000}), "625 ps");
  EXPECT_EQ(print_clocked_time({2, femtoseconds{7'500'000}}), "2 clk + 7.5 ns");
}

}  // namespace
}  // namespace lamina::config
