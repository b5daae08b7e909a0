// SPDX-License-Identifier: Apache-2.0
// The shipped parts: published bandwidth, capacity and energy; a source for every number.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lamina/models/dram_timing_rules.h"
#include "load_part.h"

namespace lamina {
namespace {

namespace fs = std::filesystem;

struct published {
  std::string part;
  double bandwidth;  ///< bytes/s
  double capacity_gib;
  double pj_per_bit;  ///< reading sequentially, background and refresh apart; 0: not published
  std::string source;
};

constexpr double sedram_bytes_per_s_gbit = 2048 * 541e6 / 8;

std::vector<published> published_figures() {
  const std::string sedram =
      "UniIC SeDRAM generation 2, VLSI 2023: 2048 IO per Gbit at 541 Mb/s, 0.66 pJ/bit";
  const auto layer = [](int connected) { return connected * 8 * sedram_bytes_per_s_gbit; };
  return {
      {"hbm2", 256e9, 4, 3.59,
       "Samsung, 2016: 4 GB, 256 GB/s; Fine-Grained DRAM (MICRO 2017), its terms summed"},
      {"hbm3", 819e9, 16, 2.64, "JESD238 coverage; DreamRAM, arXiv 2512.12106"},
      {"hbm3_12_layers", 819e9, 24, 2.64, "SK hynix, 2023: 24 GB, 819 GB/s"},
      {"hbm4", 2048 / 8 * 8e9, 32, 0, "JESD270-4 coverage: 2048 bit at 8 Gb/s, 8 dies of 32 Gb"},
      {"hbm4_16_layers", 2048 / 8 * 8e9, 64, 0, "JESD270-4 coverage: up to 64 GB"},
      {"hybrid_bonded_4_layers", layer(4), 4, 0, sedram},
      {"hybrid_bonded_8_layers", layer(8), 8, 0.66, sedram},
      {"hybrid_bonded_8_layers_32gb", layer(8), 32, 0.66,
       "ports as the 8 Gb part; capacity by its rows"},
      {"hybrid_bonded_16_layers_32gb", layer(16), 64, 0,
       "ports as the 8 Gb part; capacity by its rows"},
      {"hybrid_bonded_8_layers_half_connected", layer(4), 8, 0.66, sedram},
      {"hybrid_bonded_12_layers", layer(12), 12, 0, sedram},
      {"hybrid_bonded_16_layers", layer(16), 16, 0, sedram},
      {"hybrid_bonded_16_layers_half_connected", layer(8), 16, 0, sedram},
  };
}

fs::path parts_folder() { return fs::path(LAMINA_CONFIGS) / "parts" / "dram"; }

double peak_bandwidth(const dram_geometry& g) {
  return static_cast<double>(g.channels) * g.ports() * g.port_bits * g.pin_rate / 8;
}

/// Rows read from end to end, averaged over the layers.
double sequential_read_pj_per_bit(const dram_stack_spec& spec) {
  const dram_geometry& g = spec.geometry;
  double hops = 0;
  for (int id = 0; id < g.stack_ids; ++id) hops += static_cast<double>(g.hops_of(id)) / g.stack_ids;
  const dram_energy_spec& e = spec.energy;
  return 1e12 * ((e.activate_j + e.precharge_j) / (8.0 * g.row_bytes) +
                 e.read_j / (8.0 * g.burst_bytes) + e.port_j_per_bit + e.bond_j_per_bit * hops);
}

TEST(parts, bandwidth_and_capacity_are_the_published_ones) {
  for (const published& figure : published_figures()) {
    SCOPED_TRACE(figure.part + ": " + figure.source);
    const dram_stack_spec spec = load_part(parts_folder() / (figure.part + ".yaml"));
    EXPECT_NEAR(peak_bandwidth(spec.geometry) / figure.bandwidth, 1, 0.001);
    EXPECT_EQ(static_cast<double>(spec.geometry.capacity_bytes()),
              figure.capacity_gib * 1024 * 1024 * 1024);
  }
}

TEST(parts, energy_of_a_sequential_read_is_the_published_one) {
  for (const published& figure : published_figures()) {
    if (figure.pj_per_bit == 0) continue;
    SCOPED_TRACE(figure.part + ": " + figure.source);
    const dram_stack_spec spec = load_part(parts_folder() / (figure.part + ".yaml"));
    EXPECT_NEAR(sequential_read_pj_per_bit(spec) / figure.pj_per_bit, 1, 0.02);
  }
}

TEST(parts, every_part_stands_in_the_table) {
  std::set<std::string> in_table;
  for (const published& figure : published_figures()) in_table.insert(figure.part);
  for (const auto& entry : fs::directory_iterator(parts_folder())) {
    EXPECT_EQ(in_table.count(entry.path().stem().string()), 1U) << entry.path();
  }
}

TEST(parts, a_burst_takes_whole_clocks) {
  for (const published& figure : published_figures()) {
    SCOPED_TRACE(figure.part);
    const dram_stack_spec spec = load_part(parts_folder() / (figure.part + ".yaml"));
    const dram_geometry& g = spec.geometry;
    const double clocks =
        g.burst_bytes * 8.0 / (g.port_bits * g.pin_rate) / to_seconds(spec.timings.tCK);
    EXPECT_NEAR(clocks, std::round(clocks), 1e-6);
  }
}

TEST(parts, timings_agree_with_each_other) {
  for (const published& figure : published_figures()) {
    SCOPED_TRACE(figure.part);
    const dram_stack_spec spec = load_part(parts_folder() / (figure.part + ".yaml"));
    const dram_clocks c = resolve(spec.geometry, spec.timings);
    EXPECT_GE(c.tRC, c.tRAS + c.tRP - 1);
    EXPECT_GE(c.tRAS, c.tRCDRD);
    EXPECT_GE(c.tFAW, 4 * c.tRRD_S - 4);
    EXPECT_GE(c.tRRD_L, c.tRRD_S);
    EXPECT_GE(c.tCCD_L, c.tCCD_S);
    EXPECT_GE(c.tWTR_L, c.tWTR_S);
    // A write that follows a read must not meet its data on the port.
    EXPECT_GE(c.tRTW + c.WL, c.RL + c.burst);
    EXPECT_LT(c.tRFC, c.tREFI);
    EXPECT_LT(c.tRFCpb, c.tREFI);
    EXPECT_GT(c.tRFCpb, c.tRC);
  }
}

/// Keys of all scalars and lists below a node, dotted, without the parts that describe themselves.
void collect_keys(const YAML::Node& node, const std::string& prefix, std::set<std::string>& keys) {
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (prefix.empty() && (key == "sources" || key == "name" || key == "extends")) continue;
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (entry.second.IsMap()) {
      collect_keys(entry.second, path, keys);
    } else {
      keys.insert(path);
    }
  }
}

void collect(const fs::path& file, std::set<std::string>& keys,
             std::map<std::string, std::string>& sources) {
  const YAML::Node root = YAML::LoadFile(file.string());
  if (root["extends"]) {
    collect(file.parent_path() / root["extends"].as<std::string>(), keys, sources);
  }
  collect_keys(root, "", keys);
  for (const auto& entry : root["sources"]) {
    sources[entry.first.as<std::string>()] = entry.second.as<std::string>();
  }
}

TEST(parts, every_number_has_a_source) {
  for (const published& figure : published_figures()) {
    SCOPED_TRACE(figure.part);
    std::set<std::string> keys;
    std::map<std::string, std::string> sources;
    collect(parts_folder() / (figure.part + ".yaml"), keys, sources);
    ASSERT_GT(keys.size(), 40U);
    for (const std::string& key : keys) {
      const std::string section = key.substr(0, key.find('.'));
      EXPECT_TRUE(sources.count(key) + sources.count(section) > 0) << key << " has no source";
    }
    for (const auto& [key, text] : sources) {
      const auto below = keys.lower_bound(key + ".");
      const bool names_a_key =
          keys.count(key) > 0 || (below != keys.end() && below->rfind(key + ".", 0) == 0);
      EXPECT_TRUE(names_a_key) << key << " is a source of nothing";
      EXPECT_GT(text.size(), 5U) << key;
      if (text.find("assumed") != std::string::npos) {
        EXPECT_NE(text.find("because"), std::string::npos) << key << ": " << text;
      }
    }
  }
}

TEST(parts, a_child_that_changes_a_number_says_why) {
  for (const published& figure : published_figures()) {
    SCOPED_TRACE(figure.part);
    const YAML::Node root = YAML::LoadFile((parts_folder() / (figure.part + ".yaml")).string());
    if (!root["extends"]) continue;
    std::set<std::string> own;
    collect_keys(root, "", own);
    bool any = false;
    for (const std::string& key : own) any = any || root["sources"][key];
    EXPECT_TRUE(any);
  }
}

}  // namespace
}  // namespace lamina
