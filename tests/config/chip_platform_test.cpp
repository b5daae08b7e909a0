// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/chip_platform.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

std::string shipped(const std::string& name) {
  return (fs::path(LAMINA_CONFIGS) / "platforms" / (name + ".yaml")).string();
}

/// The errors of a shipped platform with a setting.
std::string errors_of(const std::string& name, const std::string& setting) {
  diagnostics found;
  const auto platform = load_chip_platform({shipped(name), {setting}}, found);
  EXPECT_EQ(platform.has_value(), !found.has_errors());
  return found.text();
}

TEST(chip_platform, every_shipped_one_is_in_order_and_reads_back_from_its_dump) {
  int platforms = 0;
  for (const auto& file : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / "platforms")) {
    if (!is_chip_platform({file.path().string(), {}})) continue;
    ++platforms;
    diagnostics found;
    const auto platform = load_chip_platform({file.path().string(), {}}, found);
    ASSERT_TRUE(platform) << found.text();
    EXPECT_TRUE(platform->warnings.empty()) << file.path();
    EXPECT_FALSE(platform->sources.empty()) << file.path();
    const std::string dump = to_yaml(*platform);
    const auto reader = [&](const std::string& path) {
      return path == "dump.yaml" ? std::optional<std::string>(dump) : read_file(path);
    };
    const auto again = load_chip_platform({"dump.yaml", {}, reader}, found);
    ASSERT_TRUE(again) << found.text();
    EXPECT_EQ(to_yaml(*again), dump);
  }
  EXPECT_GE(platforms, 5);
}

TEST(chip_platform, errors_name_place_expectation_and_suggestion) {
  struct {
    const char* file;
    const char* setting;
    std::vector<const char*> said;
  } cases[] = {
      {"stacked_chip_llama_8b_decode", "workload.batch=0", {"workload.batch", "1 to"}},
      {"stacked_chip_llama_8b_decode",
       "workload.requests=[{prompt: 8, output: 8}]",
       {"--set workload.requests", "served by systems", "give phase, batch and context"}},
      {"stacked_chip_llama_8b_decode",
       "chip.memory.bandwidth=1 TB/s",
       {"dram_stack already", "remove chip.memory"}},
      {"stacked_chip_llama_8b_decode", "chip.tiles=8", {"64 nodes for 8 tiles", "yaml:9:"}},
      {"stacked_chip_llama_8b_decode", "piece_bytes=100 B", {"multiple of the stack's burst"}},
      {"stacked_chip_llama_8b_decode", "workload.model=gone.json", {"cannot read", "gone.json"}},
      {"h200_llama_8b_decode", "chip.memory.bandwidth=0 B/s", {"must be above 0", "memory"}},
      {"h200_llama_8b_decode", "noc={levels: []}", {"without a dram_stack", "remove noc"}}};
  for (const auto& one : cases) {
    const std::string errors = errors_of(one.file, one.setting);
    for (const char* part : one.said) {
      EXPECT_NE(errors.find(part), std::string::npos) << one.setting << ": " << errors;
    }
  }
}

TEST(chip_platform, memory_is_stacked_or_stated) {
  const std::string folder = LAMINA_CONFIGS "/platforms/";
  const auto errors = [&](const std::string& text) {
    diagnostics found;
    const auto reader = [&](const std::string& path) {
      return path == folder + "x.yaml" ? std::optional<std::string>(text) : read_file(path);
    };
    EXPECT_FALSE(load_chip_platform({folder + "x.yaml", {}, reader}, found));
    return found.text();
  };
  const std::string die =
      "chip: {extends: ../parts/logic_dies/tiles_8x8.yaml}\n"
      "workload: {model: ../models/Llama-3.1-8B.config.json}\n";
  EXPECT_NE(errors(die).find("x.yaml:1:7: error: a chip without memory"), std::string::npos);
  const std::string stack = "dram_stack: {extends: ../parts/dram/hbm3.yaml}\n";
  EXPECT_NE(errors(die + stack).find("missing key 'noc'"), std::string::npos);
}

TEST(chip_platform, a_context_beyond_the_models_limit_is_a_warning_with_its_place) {
  diagnostics found;
  const auto platform = load_chip_platform(
      {shipped("stacked_chip_llama_8b_decode"), {"workload.context=200000"}}, found);
  ASSERT_TRUE(platform) << found.text();
  ASSERT_EQ(platform->warnings.size(), 1U);
  EXPECT_NE(platform->warnings[0].message.find("131072"), std::string::npos);
  EXPECT_FALSE(platform->warnings[0].where.file.empty());
}

TEST(chip_platform, its_schema_is_json) {
  const auto schema = nlohmann::json::parse(chip_json_schema());
  EXPECT_TRUE(schema["properties"].contains("dram_stack"));
}

}  // namespace
}  // namespace lamina::config
