// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/validation_case.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lamina::validation {
namespace {

validation_case with_error(answer error) {
  validation_case one;
  one.metric = "m";
  one.wants_tlm = true;
  one.error_tlm = error;
  return one;
}

TEST(errors, are_signed_and_relative) {
  EXPECT_NEAR(*relative_error(90.0, 100.0), -0.1, 1e-12);
  EXPECT_DOUBLE_EQ(*difference(98.0, 100.0), -2);
}

TEST(errors, are_missing_where_a_number_is) {
  EXPECT_FALSE(relative_error(std::nullopt, 1.0));
  EXPECT_FALSE(relative_error(1.0, std::nullopt));
  EXPECT_FALSE(relative_error(1.0, 0.0));
  EXPECT_FALSE(relative_error(std::nan(""), 1.0));
}

TEST(interval, is_zero_inside_and_relative_to_the_nearer_end_outside) {
  const interval expected{100, 200};
  EXPECT_EQ(*expected.error(150.0), 0);
  EXPECT_EQ(*expected.error(100.0), 0);
  EXPECT_NEAR(*expected.error(90.0), -0.1, 1e-12);
  EXPECT_NEAR(*expected.error(220.0), 0.1, 1e-12);
  EXPECT_FALSE(expected.error(std::nullopt));
  EXPECT_EQ(expected.nearest(220.0), 200);
  EXPECT_EQ(expected.nearest(90.0), 100);
  EXPECT_EQ(expected.nearest(101.0), 150);
}

TEST(summary, uses_absolute_errors_and_the_nearest_rank) {
  std::vector<validation_case> cases;
  for (int i = 1; i <= 40; ++i) cases.push_back(with_error(i % 2 == 0 ? i : -i));
  const path_summary summary = summarise(cases, "m", fidelity_path::tlm);
  EXPECT_EQ(summary.cases, 40);
  EXPECT_DOUBLE_EQ(*summary.mape, 20.5);
  EXPECT_EQ(*summary.p95, 38);
  EXPECT_EQ(*summary.max, 40);
}

TEST(summary, counts_what_is_due_and_missing) {
  const std::vector<validation_case> cases = {with_error(1.0), with_error(std::nullopt)};
  EXPECT_EQ(summarise(cases, "m", fidelity_path::tlm).missing, 1);
  EXPECT_EQ(summarise(cases, "m", fidelity_path::analytical).missing, 0);
  EXPECT_FALSE(summarise(cases, "other", fidelity_path::tlm).mape);
}

TEST(tolerance, is_broken_by_a_large_error_and_by_a_missing_answer) {
  const std::vector<tolerance> limit = {{"m", fidelity_path::tlm, tolerance::statistic::mape, 1.5}};
  EXPECT_TRUE(broken(limit, {with_error(1.0), with_error(-2.0)}).empty());
  EXPECT_EQ(broken(limit, {with_error(1.0), with_error(-2.1)}).size(), 1U);
  EXPECT_EQ(broken(limit, {with_error(1.0), with_error(std::nullopt)}).size(), 1U);
}

}  // namespace
}  // namespace lamina::validation
