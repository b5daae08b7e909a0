// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/llm_workload.h"

#include <gtest/gtest.h>

namespace lamina::config {
namespace {

struct outcome {
  llm_workload workload;
  std::string errors;
};

/// A workload section that stands in configs/test.yaml.
outcome read(const std::string& yaml) {
  outcome result;
  diagnostics found;
  const file_reader reader = [](const std::string& path) { return read_file(path); };
  decode_context context{found, reader};
  const node root = parse_yaml(LAMINA_CONFIGS "/test.yaml", yaml, found);
  const mapping declared = declare(result.workload);
  lamina::config::decode(root, declared, "", context);
  result.errors = found.text();
  return result;
}

TEST(llm_workload, names_a_model_and_a_step) {
  const outcome o =
      read("model: models/Llama-3.1-8B.config.json\nphase: decode\nbatch: 8\ncontext: 4096\n");
  ASSERT_EQ(o.errors, "");
  EXPECT_EQ(o.workload.imported.model.name, "Llama-3.1-8B");
  const std::vector<llm_phase> steps = steps_of(o.workload);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].tokens(), 8);
  EXPECT_EQ(steps[0].longest(), 4097);
  EXPECT_TRUE(check(o.workload).empty());
}

TEST(llm_workload, chunks_of_prompts_are_steps) {
  const outcome o = read(
      "model: models/Qwen3-32B.config.json\nphase: prefill\nbatch: 2\ncontext: 1000\nchunk: 300\n");
  ASSERT_EQ(o.errors, "");
  const std::vector<llm_phase> steps = steps_of(o.workload);
  ASSERT_EQ(steps.size(), 4U);
  EXPECT_EQ(steps[3].tokens(), 2 * 100);
  EXPECT_EQ(steps[2].sampled(), 0);
  EXPECT_EQ(steps[3].sampled(), 2);
}

TEST(llm_workload, mixed_steps_decode_beside_a_prompt) {
  const outcome o = read(
      "model: models/Qwen3-32B.config.json\nphase: mixed\nbatch: 5\ncontext: 1000\nchunk: 500\n");
  const std::vector<llm_phase> steps = steps_of(o.workload);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].tokens(), 505);
  EXPECT_EQ(steps[0].sampled(), 5);
  EXPECT_EQ(steps[1].sampled(), 6);
}

TEST(llm_workload, groups_hold_contexts_of_different_length) {
  const outcome o = read(
      "model: models/Qwen3-32B.config.json\n"
      "groups:\n"
      "- {count: 3, context: 100}\n"
      "- {context: 5000, new_tokens: 64, samples: false}\n");
  ASSERT_EQ(o.errors, "");
  const std::vector<llm_phase> steps = steps_of(o.workload);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].tokens(), 3 + 64);
  EXPECT_EQ(steps[0].sampled(), 3);
}

TEST(llm_workload, data_types_can_replace_those_of_the_file) {
  const outcome o =
      read("model: models/Llama-3.1-8B.config.json\nweights: fp8[128x128]\nkv_cache: fp8\n");
  ASSERT_EQ(o.errors, "");
  const language_model model = model_of(o.workload);
  EXPECT_TRUE(model.types.dense == fp8_blocks(128, 128));
  EXPECT_TRUE(model.types.embedding == plain(number_format::bf16));
  EXPECT_TRUE(model.types.gemm_input == plain(number_format::bf16));
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(model), 131072 / 2);
}

TEST(llm_workload, problems_are_told_where_they_stand) {
  EXPECT_NE(read("model: nowhere.json\n").errors.find("test.yaml:1:8: error: model: cannot read"),
            std::string::npos);
  EXPECT_NE(read("batch: 3\n").errors.find("model"), std::string::npos);
  const std::string model = "model: models/Llama-3.1-8B.config.json\n";
  EXPECT_NE(read(model + "batch: 0\n").errors.find("test.yaml:2:8: error: batch"),
            std::string::npos);
  EXPECT_NE(read(model + "phase: decod\n").errors.find("did you mean 'decode'?"),
            std::string::npos);
  EXPECT_NE(read(model + "weights: int4\n").errors.find("2:10: error: weights: 'int4'; expected"),
            std::string::npos);
  EXPECT_NE(read("model: models/README.md\n").errors.find("README.md:1:1: error: not JSON"),
            std::string::npos);
}

TEST(llm_workload, prompts_without_tokens_and_endless_chunks_are_problems) {
  const std::string start = "model: models/Llama-3.1-8B.config.json\nphase: prefill\n";
  EXPECT_EQ(check(read(start + "context: 0\n").workload).at(0).path, "context");
  EXPECT_EQ(check(read(start + "context: 1000000\nchunk: 1\n").workload).at(0).path, "chunk");
  EXPECT_EQ(check(read(start + "batch: 1000000000\ncontext: 1000000\n").workload).at(0).path,
            "batch");
}

TEST(llm_workload, a_context_beyond_the_limit_is_a_warning) {
  const outcome o = read("model: models/Mixtral-8x7B.config.json\ncontext: 40000\n");
  const auto found = warnings(o.workload);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "context");
  EXPECT_TRUE(warnings(read("model: models/Mixtral-8x7B.config.json\n").workload).empty());
}

}  // namespace
}  // namespace lamina::config
