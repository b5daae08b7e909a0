// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/network_platform.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

const std::string good = R"(platform: network
interconnect:
  levels:
    - {shape: switch, sizes: [4], bandwidth: 32 GB/s, latency: 100 ns}
    - {shape: ring, sizes: [3], bandwidth: 8 GB/s}
traffic:
  collectives:
    - {kind: all_reduce, algorithm: ring, bytes: 1 KiB, group: [0-8:4, 9]}
  transfers:
    - {from: 0, to: 11, bytes: 64 B}
)";

/// The file with `from` replaced by `to`; its platform, or the errors.
std::string outcome(const std::string& from, const std::string& to,
                    std::optional<network_platform>* loaded = nullptr) {
  std::string text = good;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  diagnostics found;
  auto platform = load_network_platform(
      {"net.yaml", {}, [&](const std::string&) { return std::optional<std::string>(text); }},
      found);
  if (loaded != nullptr) *loaded = platform;
  return platform ? "" : found.text();
}

TEST(network_platform, reads_levels_traffic_and_groups) {
  std::optional<network_platform> platform;
  ASSERT_EQ(outcome("ring,", "ring,", &platform), "");
  EXPECT_EQ(endpoints_of(platform->interconnect), 12);
  EXPECT_EQ(platform->workload().collectives[0].group, (std::vector<int>{0, 4, 8, 9}));
  EXPECT_EQ(platform->workload().transfers[0].bytes, 64u);
}

TEST(network_platform, every_shipped_network_is_in_order_and_reads_back_from_its_dump) {
  int networks = 0;
  for (const auto& file : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / "platforms")) {
    if (!is_network_platform({file.path().string(), {}})) continue;
    ++networks;
    diagnostics found;
    const auto platform = load_network_platform({file.path().string(), {}}, found);
    ASSERT_TRUE(platform) << found.text();
    const std::string dump = to_yaml(*platform);
    const auto again = load_network_platform(
        {"dump.yaml", {}, [&](const std::string&) { return std::optional<std::string>(dump); }},
        found);
    ASSERT_TRUE(again) << found.text();
    EXPECT_EQ(to_yaml(*again), dump);
  }
  EXPECT_GE(networks, 5);
}

struct bad_file {
  const char* from;
  const char* to;
  std::vector<const char*> said;
};

TEST(network_platform, errors_name_place_expectation_and_suggestion) {
  const bad_file files[] = {
      {"bandwidth: 8 GB/s",
       "latency: 1 ns",
       {"net.yaml:5:", "interconnect.levels.1.bandwidth", "every link needs a bandwidth",
        "such as 32 GB/s"}},
      {"shape: ring", "shape: rign", {"net.yaml:5:", "rign", "ring"}},
      {"sizes: [3]", "sizes: [3, 4]", {"net.yaml:5:", "a ring takes one size"}},
      {"sizes: [3]", "sizes: [0]", {"net.yaml:5:", "sizes"}},
      {"shape: ring, sizes: [3]",
       "shape: graph, sizes: [3], links: [{from: 0, to: 1}]",
       {"net.yaml:5:", "links", "cannot reach member 2", "add a link"}},
      {"0-8:4, 9", "0-99", {"net.yaml:8:", "endpoint 12 does not exist", "endpoints are 0 to 11"}},
      {"0-8:4, 9", "7-3", {"net.yaml:8:", "no range of ranks", "0-7"}},
      {"algorithm: ring",
       "algorithm: binomial_tree",
       {"net.yaml:8:", "binomial_tree does not do all_reduce", "best, ring"}},
      {"to: 11", "to: 12", {"net.yaml:10:", "endpoint 12 does not exist"}},
      {"kind: all_reduce, ", "", {"net.yaml:8:", "kind"}},
      {"8 GB/s}", "8 GB/s, bandwidth: 9 GB/s}", {"net.yaml:5:", "bandwidth"}}};
  for (const bad_file& file : files) {
    const std::string errors = outcome(file.from, file.to);
    for (const char* part : file.said) {
      EXPECT_NE(errors.find(part), std::string::npos) << file.to << ": " << part << "\n" << errors;
    }
  }
}

TEST(network_platform, its_schema_is_json) {
  const auto schema = nlohmann::json::parse(network_json_schema());
  EXPECT_TRUE(schema.contains("properties"));
  EXPECT_TRUE(schema["properties"].contains("interconnect"));
}

}  // namespace
}  // namespace lamina::config
