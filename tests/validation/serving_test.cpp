// SPDX-License-Identifier: Apache-2.0
// Measured serving: every row gives a case, and the figures that the program promises hold.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/serving_reference.h"

namespace lamina::validation {
namespace {

const std::string shipped = LAMINA_REFERENCES "/llm_serving/decode_throughput.csv";
constexpr const char* header =
    "system,devices,model,weight_dtype,tensor_parallel,expert_parallel,prompt_tokens,output_tokens,"
    "batch,decode_tokens_per_s\n";

std::string file_with(const std::string& rows) {
  const std::string path = testing::TempDir() + "lamina_serving_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
  std::ofstream(path) << header << rows;
  return path;
}

TEST(llm_serving, every_row_is_answered_and_the_mean_errors_hold) {
  const auto cases = llm_serving_kind().run(shipped, {});
  EXPECT_EQ(cases.size(), csv_table(shipped, {}).rows());
  std::map<std::string, std::vector<double>> errors;
  for (const validation_case& item : cases) {
    ASSERT_TRUE(item.error_analytical) << item.name << ": " << item.reason;
    errors[item.group.substr(0, item.group.find('/'))].push_back(std::abs(*item.error_analytical));
    errors[item.group].push_back(std::abs(*item.error_analytical));
  }
  for (const auto& [group, list] : errors) {
    double sum = 0;
    for (const double each : list) sum += each;
    const double limit = group == "B200" ? 0.10 : group.rfind("MI325X", 0) == 0 ? 0.15 : 0.14;
    EXPECT_LT(sum / static_cast<double>(list.size()), limit) << group;
  }
}

TEST(llm_serving, context_is_the_mean_over_the_output) {
  const auto rows = read_serving(file_with("B200,8,Llama-3.3-70B,bf16,8,1,1024,1024,4,500\n"));
  ASSERT_EQ(rows.size(), 1U);
  // The cache holds 1024 to 2047 tokens before the 1024 steps.
  EXPECT_EQ(rows.front().mean_context(), 1535);
  EXPECT_EQ(name_of(rows.front().mapping), "tp=8");
}

TEST(llm_serving, devices_beyond_the_tensor_ranks_are_replicas) {
  const auto rows = read_serving(file_with("B200,8,Qwen3-32B,bf16,4,1,128,128,8,500\n"));
  EXPECT_EQ(name_of(rows.front().mapping), "tp=4, dp=2");
}

TEST(llm_serving, the_type_of_the_weights_is_the_rows) {
  const auto cases =
      llm_serving_kind().run(file_with("B200,8,Llama-3.3-70B,bf16,8,1,1024,1024,256,500\n"
                                       "B200,8,Llama-3.3-70B,fp8,8,1,1024,1024,256,500\n"
                                       "B200,8,DeepSeek-V3,fp8,8,8,1024,1024,256,500\n"),
                             {});
  // Half the bytes and twice the rate of products, for four more kernels a layer.
  EXPECT_GT(*cases[1].analytical / *cases[0].analytical, 1.02);
  EXPECT_TRUE(cases[2].analytical);
}

TEST(llm_serving, other_numbers_of_a_known_chip_are_answered) {
  const auto cases =
      llm_serving_kind().run(file_with("B200,8,Qwen3-32B,bf16,8,1,1024,1024,16,500\n"
                                       "B200,4,Qwen3-32B,bf16,4,1,1024,1024,16,500\n"),
                             {});
  ASSERT_TRUE(cases[0].analytical && cases[1].analytical) << cases[1].reason;
  EXPECT_GT(*cases[0].analytical, *cases[1].analytical);
}

TEST(llm_serving, what_is_not_known_is_null_and_says_why) {
  const auto cases =
      llm_serving_kind().run(file_with("ABACUS,8,Llama-3.3-70B,bf16,8,1,1024,1024,4,500\n"
                                       "B200,8,Bard,bf16,8,1,1024,1024,4,500\n"
                                       "B200,8,Llama-3.3-70B,bf16,8,8,1024,1024,4,500\n"),
                             {});
  ASSERT_EQ(cases.size(), 3U);
  for (const validation_case& item : cases) EXPECT_FALSE(item.analytical) << item.name;
  EXPECT_NE(cases[0].reason.find("8xABACUS"), std::string::npos) << cases[0].reason;
  EXPECT_NE(cases[1].reason.find("Bard"), std::string::npos) << cases[1].reason;
  EXPECT_NE(cases[2].reason.find("without routed experts"), std::string::npos) << cases[2].reason;
}

}  // namespace
}  // namespace lamina::validation
