// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/memory_platform.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "lamina/config/chip_platform.h"
#include "lamina/config/describe.h"
#include "lamina/config/network_platform.h"
#include "lamina/config/pipeline_platform.h"
#include "lamina/config/sweep.h"
#include "lamina/config/system_platform.h"

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

const std::string small = LAMINA_GOLDEN "/good/platform.yaml";

std::vector<std::string> shipped(const char* folder) {
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / folder)) {
    files.push_back(file.path().string());
  }
  return files;
}

memory_platform load(const std::string& file, const std::vector<std::string>& settings = {}) {
  diagnostics found;
  auto platform = load_memory_platform({file, settings}, found);
  EXPECT_TRUE(platform) << found.text();
  return platform ? *platform : memory_platform();
}

std::string errors_of(const std::vector<std::string>& settings) {
  diagnostics found;
  EXPECT_FALSE(load_memory_platform({small, settings}, found));
  return found.text();
}

TEST(memory_platform, every_shipped_platform_is_in_order_and_reads_back_from_its_dump) {
  for (const std::string& file : shipped("platforms")) {
    if (is_network_platform({file, {}}) || is_pipeline_platform({file, {}}) ||
        is_chip_platform({file, {}}) || is_system_platform({file, {}})) {
      continue;
    }
    SCOPED_TRACE(file);
    EXPECT_EQ(kind_of({file, {}}), file_kind::memory_platform);
    const std::string text = to_yaml(load(file));
    const file_reader dump = [&](const std::string&) { return std::optional<std::string>(text); };
    diagnostics found;
    const auto again = load_memory_platform({"dump", {}, dump}, found);
    ASSERT_TRUE(again) << found.text();
    EXPECT_EQ(to_yaml(*again), text);
  }
}

TEST(memory_platform, every_shipped_part_is_in_order_and_has_sources) {
  for (const std::string& file : shipped("parts/dram")) {
    SCOPED_TRACE(file);
    EXPECT_EQ(kind_of({file, {}}), file_kind::dram_part);
    diagnostics found;
    const auto part = load_dram_part({file, {}}, found);
    ASSERT_TRUE(part) << found.text();
    EXPECT_FALSE(part->sources.empty());
  }
}

TEST(memory_platform, settings_are_typed_and_the_last_wins) {
  const memory_platform p =
      load(small, {"dram_stack.geometry.channels=4", "workload.seed=9",
                   "dram_stack.geometry.channels=8", "workload.streams.0.total=1 MiB"});
  EXPECT_EQ(p.dram_stack.geometry.channels, 8);
  EXPECT_EQ(p.workload.seed, 9U);
  EXPECT_EQ(p.workload.streams[0].total_bytes, 1U << 20U);
}

TEST(memory_platform, errors_of_settings_are_located_at_the_setting) {
  EXPECT_EQ(errors_of({"dram_stack.geometry.channels=two"}),
            "--set dram_stack.geometry.channels=two: error: dram_stack.geometry.channels: 'two' is "
            "no number; expected a whole number, such as 16\n");
  EXPECT_EQ(errors_of({"dram_stack.geometry.chanels=2"}),
            "--set dram_stack.geometry.chanels=2: error: unknown key "
            "'dram_stack.geometry.chanels'\n    did you mean 'channels'?\n");
  EXPECT_EQ(errors_of({"dram_stack.timings.tRC=1 clk"}),
            "--set dram_stack.timings.tRC=1 clk: error: dram_stack.timings.tRC: tRC (1 clk) is "
            "below tRAS + tRP (42 clk)\n    raise tRC to 42 clk or more\n");
}

TEST(memory_platform, a_sweep_gives_its_axes_in_order) {
  diagnostics found;
  const auto axes = load_sweep({small,
                                {"sweep={dram_stack.geometry.rows: [512, 1024],"
                                 " dram_stack.controller.page: [open]}"}},
                               found);
  ASSERT_EQ(axes.size(), 2U) << found.text();
  EXPECT_EQ(axes[0].name, "dram_stack.geometry.rows");
  ASSERT_EQ(axes[0].values.size(), 2U);
  EXPECT_EQ(axes[0].values[1].label, "1024");
  EXPECT_EQ(axes[0].values[1].settings,
            (std::vector<std::string>{"dram_stack.geometry.rows=1024"}));
}

TEST(memory_platform, a_named_axis_sets_several_parameters_at_once) {
  diagnostics found;
  const auto axes = load_sweep({small,
                                {"sweep={stack: {tall: {dram_stack.geometry.rows: 1024,"
                                 " dram_stack.controller.page: closed}, wide: {}}}"}},
                               found);
  EXPECT_TRUE(axes.empty());
  ASSERT_EQ(found.size(), 1U) << found.text();  // "wide" sets nothing
  found = {};
  const auto good = load_sweep({small,
                                {"sweep={stack: {tall: {dram_stack.geometry.rows: 1024,"
                                 " dram_stack.controller.page: closed}}}"}},
                               found);
  ASSERT_EQ(good.size(), 1U) << found.text();
  ASSERT_EQ(good[0].values.size(), 1U);
  EXPECT_EQ(good[0].values[0].label, "tall");
  EXPECT_EQ(good[0].values[0].settings,
            (std::vector<std::string>{"dram_stack.geometry.rows=1024",
                                      "dram_stack.controller.page=closed"}));
  found = {};
  EXPECT_TRUE(load_sweep({small, {"sweep={stack: {tall: {dram_stack.geometry.row: 1024}}}"}}, found)
                  .empty());
  EXPECT_NE(found.text().find("did you mean 'dram_stack.geometry.rows'?"), std::string::npos)
      << found.text();
}

TEST(memory_platform, a_value_of_a_sweep_may_depend_on_an_earlier_axis) {
  diagnostics found;
  const std::string rows = "dram_stack.geometry.rows", ids = "dram_stack.geometry.stack_ids";
  EXPECT_EQ(
      load_sweep({small, {"sweep={" + rows + ": [8, 16], " + ids + ": ['= " + rows + " / 4']}"}},
                 found)
          .size(),
      2U)
      << found.text();
  EXPECT_EQ(resolved_settings({rows + "=16"}, {ids + "== " + rows + " / 4"}),
            (std::vector<std::string>{rows + "=16", ids + "=4"}));
  EXPECT_EQ(resolved_settings({rows + "=16"}, {ids + "==" + rows}).back(), ids + "=16");
  EXPECT_EQ(resolved_settings({rows + "=16"}, {ids + "==" + rows + "*3"}).back(), ids + "=48");
  EXPECT_THROW(resolved_settings({}, {ids + "== " + rows}), std::invalid_argument);
  const std::pair<const char*, const char*> wrong[] = {
      {"['= dram_stack.geometry.rows / 3']", "is no whole number where"},
      {"['= dram_stack.geometry.layers']", "no axis above this one sets"},
      {"['= / 3']", "depends on nothing"},
      {"['= dram_stack.geometry.rows / 0']", "depends on nothing"}};
  for (const auto& [value, text] : wrong) {
    found = {};
    EXPECT_TRUE(
        load_sweep({small, {"sweep={" + rows + ": [8, 16], " + ids + ": " + value + "}"}}, found)
            .empty());
    EXPECT_NE(found.text().find(text), std::string::npos) << value << ": " << found.text();
  }
}

TEST(memory_platform, a_wrong_value_of_a_sweep_is_located_in_the_sweep) {
  const std::string text =
      "extends: " + small + "\nsweep:\n  dram_stack.geometry.rows: [512, many]\n";
  const file_reader reader = [&](const std::string& path) {
    return path == "sweep.yaml" ? std::optional<std::string>(text) : read_file(path);
  };
  diagnostics found;
  EXPECT_FALSE(
      load_memory_platform({"sweep.yaml", {"dram_stack.geometry.rows=many"}, reader}, found));
  ASSERT_EQ(found.size(), 1U) << found.text();
  EXPECT_EQ(found.sorted()[0].where.file, "sweep.yaml");
  EXPECT_EQ(found.sorted()[0].where.line, 3);
  EXPECT_EQ(found.sorted()[0].where.column, 35);
}

TEST(memory_platform, the_hash_tells_configurations_apart) {
  const std::string one = hash_of(to_yaml(load(small)));
  EXPECT_EQ(one, hash_of(to_yaml(load(small))));
  EXPECT_NE(one, hash_of(to_yaml(load(small, {"workload.seed=2"}))));
}

TEST(memory_platform, every_parameter_is_declared_with_a_meaning) {
  const auto list = declared_parameters();
  EXPECT_GT(list.size(), 60U);
  for (const parameter_info& p : list) {
    EXPECT_FALSE(p.meaning.empty()) << p.path;
    EXPECT_FALSE(p.type.empty()) << p.path;
  }
}

TEST(memory_platform, every_default_keeps_its_own_range) {
  for (const parameter_info& p : declared_parameters()) {
    if (p.standard == "required" || p.path.find(".N.") != std::string::npos ||
        p.path.rfind("workload.streams", 0) == 0) {
      continue;
    }
    diagnostics found;
    // Without refresh, so that its times may be zero.
    const std::vector<std::string> settings = {"dram_stack.controller.refresh=none",
                                               p.path + '=' + p.standard};
    EXPECT_TRUE(load_memory_platform({small, settings}, found))
        << p.path << '=' << p.standard << '\n'
        << found.text();
  }
}

TEST(memory_platform, schema_is_json) {
  const auto schema = nlohmann::json::parse(json_schema());
  EXPECT_TRUE(schema["properties"].contains("dram_stack"));
}

}  // namespace
}  // namespace lamina::config
