// SPDX-License-Identifier: Apache-2.0
// Measured kernels: every row gives a case, and what one chip runs alone is answered.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include "kinds.h"
#include "lamina/config/chip.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/kernel_reference.h"

namespace lamina::validation {
namespace {

const std::string shipped = LAMINA_REFERENCES "/kernels/kernels.csv";

std::vector<validation_case> cases_of(const std::string& path) {
  return kernels_kind().run(path, {});
}

std::string file_with(const std::string& text) {
  const std::string path = testing::TempDir() + "lamina_kernels_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
  std::ofstream(path) << text;
  return path;
}

TEST(kernels, every_row_gives_a_case) {
  EXPECT_EQ(cases_of(shipped).size(), csv_table(shipped, {}).rows());
}

TEST(kernels, products_of_a100_are_within_8_percent_and_none_beyond_25) {
  double sum = 0, worst = 0;
  int count = 0;
  for (const validation_case& item : cases_of(shipped)) {
    if (item.group != "A100/gemm") continue;
    ASSERT_TRUE(item.error_analytical.has_value()) << item.name << ": " << item.reason;
    sum += std::abs(*item.error_analytical);
    worst = std::max(worst, std::abs(*item.error_analytical));
    ++count;
  }
  EXPECT_EQ(count, 20);
  EXPECT_LT(sum / count, 0.08);
  EXPECT_LT(worst, 0.25);
}

TEST(kernels, fused_kernels_on_eight_h100_are_as_close_as_promised) {
  const std::map<std::string, double> limits = {
      {"H100/ag_gemm", 0.08}, {"H100/ep_dispatch", 0.08}, {"H100/moe_reduce_ar", 0.12}};
  for (const auto& [group, limit] : limits) {
    double sum = 0;
    int count = 0;
    for (const validation_case& item : cases_of(shipped)) {
      if (item.group != group) continue;
      ASSERT_TRUE(item.error_analytical.has_value()) << item.name << ": " << item.reason;
      sum += std::abs(*item.error_analytical);
      ++count;
    }
    ASSERT_GE(count, 8) << group;
    EXPECT_LT(sum / count, limit) << group;
  }
}

TEST(kernels, fused_kinds_without_shipped_rows_are_answered) {
  const auto cases = cases_of(file_with(
      "chip,devices,kind,m,n,k,batch,heads,seqlen,head_dim,out_features,communication_sms,"
      "sequence_parallel,measured_ms\n"
      "H100,8,gemm_rs,8192,4096,1024,,,,,,,,1\n"
      "H100,8,ulysses,,,,1,32,16384,128,4096,20,8,1\n"));
  ASSERT_EQ(cases.size(), 2U);
  for (const validation_case& item : cases) {
    ASSERT_TRUE(item.analytical.has_value()) << item.reason;
    EXPECT_GT(*item.analytical, 0.05);
    EXPECT_LT(*item.analytical, 5);
  }
}

TEST(kernels, kinds_and_chips_that_are_not_known_are_null_and_say_why) {
  const auto cases =
      cases_of(file_with("chip,devices,kind,m,n,k,measured_ms\n"
                         "A100,1,knitting,1,1,1,1\nABACUS,1,gemm,1,1,1,1\n"));
  ASSERT_EQ(cases.size(), 2U);
  for (const validation_case& item : cases) {
    EXPECT_TRUE(item.wants_analytical);
    EXPECT_FALSE(item.analytical.has_value());
  }
  EXPECT_NE(cases[0].reason.find("knitting"), std::string::npos);
  EXPECT_NE(cases[1].reason.find("ABACUS"), std::string::npos);
  EXPECT_NE(cases[1].reason.find("A100"), std::string::npos);
}

TEST(kernels, rows_of_every_kind_that_runs_on_one_chip_are_answered) {
  const auto cases = cases_of(file_with(
      "chip,devices,kind,m,n,k,batch,heads,seqlen,head_dim,measured_ms\n"
      "A100,1,softmax,4096,4096,,,,,,1\nA100,1,layer_norm,4096,4096,,,,,,1\n"
      "A100,1,attention_prefill,,,,2,32,2048,128,1\nA100,1,attention_decode,,,,8,32,2048,128,1\n"));
  ASSERT_EQ(cases.size(), 4U);
  for (const validation_case& item : cases) {
    ASSERT_TRUE(item.analytical.has_value()) << item.reason;
    EXPECT_GT(*item.analytical, 0);
  }
}

TEST(kernels, fused_rows_are_answered_and_say_how) {
  for (const validation_case& item : cases_of(shipped)) {
    if (item.group.rfind("H100/", 0) != 0) continue;
    ASSERT_TRUE(item.analytical.has_value()) << item.name << ": " << item.reason;
    EXPECT_NE(item.reason.find("communication"), std::string::npos);
  }
}

TEST(kernels, a_size_that_is_no_number_is_located) {
  const std::string path = file_with("chip,devices,kind,m,n,k,measured_ms\nA100,1,gemm,1,x,1,1\n");
  try {
    read_kernels(path);
    FAIL() << "read it";
  } catch (const reference_error& error) {
    EXPECT_EQ(error.messages().front().rfind(path + ":2:15", 0), 0U) << error.what();
  }
}

TEST(known_chips, have_the_published_peaks) {
  const auto tera = [](const char* name, double bits) {
    return config::known_chip(name).value().peak_flops(bits) / 1e12;
  };
  EXPECT_NEAR(tera("A100", 16), 312, 0.5);
  EXPECT_NEAR(tera("H100", 16), 989, 1);
  EXPECT_NEAR(tera("h200", 8), 1979, 1);
  EXPECT_NEAR(tera("B200", 16), 2380, 5);
  EXPECT_NEAR(tera("MI325X", 16), 1307, 5);
  EXPECT_EQ(config::known_chips().size(), 5U);
  EXPECT_FALSE(config::known_chip("ABACUS").has_value());
  EXPECT_EQ(config::known_chip("H200")->memory.bytes_per_s, 4.8e12);
}

}  // namespace
}  // namespace lamina::validation
