// SPDX-License-Identifier: Apache-2.0
// The shipped chips: they read without a complaint, and every number has a source.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "lamina/config/chip.h"

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> chips() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / "parts" / "chips")) {
    files.push_back(entry.path());
  }
  return files;
}

/// Dotted keys of all scalars and lists below a node.
void collect(const YAML::Node& node, const std::string& path, std::set<std::string>& keys) {
  if (!node.IsMap()) {
    keys.insert(path);
    return;
  }
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (path.empty() && (key == "sources" || key == "name" || key == "extends")) continue;
    collect(entry.second, path.empty() ? key : path + '.' + key, keys);
  }
}

bool has_source(const YAML::Node& sources, std::string key) {
  while (!sources[key]) {
    const std::size_t dot = key.rfind('.');
    if (dot == std::string::npos) return false;
    key.resize(dot);
  }
  return true;
}

TEST(chips, read_without_a_complaint) {
  ASSERT_GE(chips().size(), 5U);
  for (const fs::path& file : chips()) {
    diagnostics found;
    EXPECT_TRUE(load_chip({file.string(), {}}, found).has_value()) << file;
    EXPECT_EQ(found.size(), 0U) << file;
  }
}

TEST(chips, every_number_has_a_source) {
  for (const fs::path& file : chips()) {
    const YAML::Node root = YAML::LoadFile(file.string());
    std::set<std::string> keys;
    collect(root, "", keys);
    for (const std::string& key : keys) {
      EXPECT_TRUE(has_source(root["sources"], key)) << file << ": " << key;
    }
  }
}

TEST(chips, travel_in_the_library_as_they_are_in_their_folder) {
  for (const fs::path& file : chips()) {
    diagnostics found;
    const chip_spec read = load_chip({file.string(), {}}, found).value();
    const chip_spec known = known_chip(read.name).value();
    EXPECT_EQ(known.tiles, read.tiles);
    EXPECT_EQ(known.memory.bytes_per_s, read.memory.bytes_per_s);
    EXPECT_EQ(known.tile.matrix.issue_share, read.tile.matrix.issue_share);
    EXPECT_EQ(known.launch.gemm, read.launch.gemm);
  }
}

TEST(chips, tell_where_they_are_wrong) {
  const auto problem_of = [](const std::string& setting) {
    diagnostics found;
    const auto file = fs::path(LAMINA_CONFIGS) / "parts" / "chips" / "a100.yaml";
    EXPECT_FALSE(load_chip({file.string(), {setting}}, found).has_value()) << setting;
    return found.size();
  };
  EXPECT_EQ(problem_of("memory.bandwidth=0 B/s"), 1U);
  EXPECT_EQ(problem_of("clock=fast"), 1U);
  EXPECT_EQ(problem_of("tile.scratchpad.block_bytes=1 MiB"), 1U);
  EXPECT_EQ(problem_of("fusion.attention=perhaps"), 1U);
  EXPECT_EQ(problem_of("launch.mode=slow"), 1U);
}

}  // namespace
}  // namespace lamina::config
