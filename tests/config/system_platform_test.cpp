// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/system_platform.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

std::string shipped(const std::string& name) {
  return (fs::path(LAMINA_CONFIGS) / "platforms" / (name + ".yaml")).string();
}

std::string errors_of(const std::string& name, const std::vector<std::string>& settings) {
  diagnostics found;
  const auto platform = load_system_platform({shipped(name), settings}, found);
  EXPECT_EQ(platform.has_value(), !found.has_errors());
  return found.text();
}

TEST(system_platform, every_shipped_one_is_in_order_and_reads_back_from_its_dump) {
  int platforms = 0;
  for (const auto& file : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / "platforms")) {
    if (!is_system_platform({file.path().string(), {}})) continue;
    ++platforms;
    diagnostics found;
    const auto platform = load_system_platform({file.path().string(), {}}, found);
    ASSERT_TRUE(platform) << found.text();
    EXPECT_TRUE(platform->warnings.empty()) << file.path();
    const std::string dump = to_yaml(*platform);
    const auto reader = [&](const std::string& path) {
      return path == "dump.yaml" ? std::optional<std::string>(dump) : read_file(path);
    };
    const auto again = load_system_platform({"dump.yaml", {}, reader}, found);
    ASSERT_TRUE(again) << found.text();
    EXPECT_EQ(to_yaml(*again), dump);
  }
  EXPECT_GE(platforms, 4);
}

TEST(system_platform, the_program_carries_the_measured_systems) {
  for (const char* name : {"8xB200", "4xMI325X"}) EXPECT_TRUE(known_system(name)) << name;
  EXPECT_FALSE(known_system("9xB200"));
  diagnostics found;
  const auto file = load_system_platform({shipped("system_8xb200"), {}}, found);
  EXPECT_EQ(name_of(known_system("8xb200")->mapping.given), name_of(file->mapping.given));
  EXPECT_EQ(known_system("8xb200")->network.levels.front().sizes, std::vector<int>{8});
}

TEST(system_platform, a_mapping_from_the_command_line_replaces_the_files) {
  const auto setting = mapping_setting("tp=4,dp=2");
  ASSERT_TRUE(setting.value);
  diagnostics found;
  const auto platform = load_system_platform({shipped("system_8xb200"), {*setting.value}}, found);
  ASSERT_TRUE(platform) << found.text();
  EXPECT_EQ(name_of(platform->mapping.given), "tp=4, dp=2");
  const auto placed = load_system_platform(
      {shipped("system_8xb200"), {*mapping_setting("tp=4,dp=2,order=dp/tp").value}}, found);
  ASSERT_TRUE(placed) << found.text();
  EXPECT_EQ(name_of(placed->mapping.given), "tp=4, dp=2, order=dp/tp");
  const auto best =
      load_system_platform({shipped("system_8xb200"), {*mapping_setting("best").value}}, found);
  ASSERT_TRUE(best);
  EXPECT_TRUE(best->mapping.best);
  for (const char* wrong : {"tp:8", "=8", "tp=", "worst", "tp=8,,ep=2"}) {
    EXPECT_FALSE(mapping_setting(wrong).value) << wrong;
  }
}

TEST(system_platform, sizes_may_be_one_value) {
  diagnostics found;
  const auto platform =
      load_system_platform({shipped("system_8xb200"), {"mapping='tp=4, dp=2'"}}, found);
  ASSERT_TRUE(platform) << found.text();
  EXPECT_EQ(name_of(platform->mapping.given), "tp=4, dp=2");
  EXPECT_FALSE(load_system_platform({shipped("system_8xb200"), {"mapping='tq=4'"}}, found));
}

TEST(system_platform, the_order_of_axes_may_name_only_some) {
  diagnostics found;
  const auto platform = load_system_platform(
      {shipped("system_8xb200"), {"mapping={tp: 4, dp: 2, order: [dp, tp]}"}}, found);
  ASSERT_TRUE(platform) << found.text();
  EXPECT_EQ(groups_along(platform->mapping.given, mapping_axis::data).front(),
            (std::vector<int>{0, 1}));
}

TEST(system_platform, errors_name_place_expectation_and_suggestion) {
  struct {
    std::vector<std::string> settings;
    std::vector<const char*> said;
  } cases[] = {
      {{"mapping={tp: 4}"}, {"tp=4 takes 4 chips, the system has 8", "product of tp"}},
      {{"mapping={tp: 8, ep: 8}"}, {"mapping.ep", "without routed experts"}},
      {{"mapping={tp: 8, cp: 2}"}, {"tp=8, cp=2 takes 16 chips"}},
      {{"workload.model=" +
            (fs::path(LAMINA_CONFIGS) / "models/DeepSeek-V3.2.config.json").string(),
        "mapping={tp: 4, cp: 2}"},
       {"mapping.cp", "is not modelled"}},
      {{"mapping={tp: 4, dp: 2, fsdp: 4}"}, {"mapping.fsdp", "hold equal weights", "divisor of 2"}},
      {{"mapping=worst"}, {"expected best, or sizes"}},
      {{"mapping={tp: 8, order: [tp, tp]}"}, {"each of tp, sp, cp, dp, pp at most once"}},
      {{"software.kernels.0.kernels=0"}, {"software.kernels", "1 to"}},
      {{"network.levels.0.sizes=[3]"}, {"the system has 3"}},
      {{"overlap=some"}, {"overlap", "none, waves, rings"}},
  };
  for (const auto& one : cases) {
    const std::string text = errors_of("system_8xb200", one.settings);
    for (const char* words : one.said) {
      EXPECT_NE(text.find(words), std::string::npos) << one.settings.front() << ": " << text;
    }
  }
}

TEST(system_platform, schema_is_json_and_knows_the_mapping) {
  const auto schema = nlohmann::json::parse(system_json_schema());
  EXPECT_TRUE(schema["properties"].contains("mapping"));
  EXPECT_TRUE(schema["properties"]["software"]["properties"].contains("collectives"));
}

}  // namespace
}  // namespace lamina::config
