// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/pipeline_platform.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

const std::string stack = (fs::path(LAMINA_CONFIGS) / "parts" / "dram" / "hbm3.yaml").string();

const std::string good = R"(platform: memory_pipeline
name: small
buffer: {banks: 8, ports: 2, bank_bytes: 64 B, capacity: 1 MiB}
network:
  interconnect:
    levels:
      - {shape: mesh, sizes: [2, 2], bandwidth: 64 GB/s, latency: 1 ns}
  requesters: [0-1]
  memories: [3]
dram_stack: {extends: )" +
                         stack + R"(}
workload:
  streams:
    - {pattern: sequential, request: 1 KiB, total: 64 KiB, in_flight: 8}
)";

/// The file with `from` replaced by `to`; its platform, or the errors.
std::string outcome(const std::string& from, const std::string& to,
                    std::optional<pipeline_platform>* loaded = nullptr) {
  std::string text = good;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  diagnostics found;
  const file_reader reader = [&](const std::string& file) {
    return file == "pipe.yaml" ? std::optional<std::string>(text) : read_file(file);
  };
  EXPECT_TRUE(is_pipeline_platform({"pipe.yaml", {}, reader}));
  auto platform = load_pipeline_platform({"pipe.yaml", {}, reader}, found);
  if (loaded != nullptr) *loaded = platform;
  return platform ? "" : found.text();
}

TEST(pipeline_platform, has_the_stages_that_its_file_has) {
  std::optional<pipeline_platform> platform;
  ASSERT_EQ(outcome("small", "small", &platform), "");
  const memory_pipeline_spec spec = platform->pipeline();
  ASSERT_TRUE(spec.buffer && spec.network);
  EXPECT_EQ(spec.buffer->ports, 2);
  EXPECT_EQ(spec.network->requesters, (std::vector<int>{0, 1}));
  EXPECT_EQ(spec.network->memories, (std::vector<int>{3}));
  ASSERT_EQ(
      outcome("buffer: {banks: 8, ports: 2, bank_bytes: 64 B, capacity: 1 MiB}\n", "", &platform),
      "");
  EXPECT_FALSE(platform->pipeline().buffer);
}

TEST(pipeline_platform, errors_are_at_their_place_and_say_what_to_do) {
  const std::string endpoint = outcome("memories: [3]", "memories: [4]");
  EXPECT_NE(endpoint.find("pipe.yaml:9:"), std::string::npos) << endpoint;
  EXPECT_NE(endpoint.find("endpoints are 0 to 3"), std::string::npos) << endpoint;
  const std::string key = outcome("banks: 8", "bansk: 8");
  EXPECT_NE(key.find("pipe.yaml:3:"), std::string::npos) << key;
  EXPECT_NE(key.find("did you mean 'banks'"), std::string::npos) << key;
  const std::string none = outcome("banks: 8", "banks: 0");
  EXPECT_NE(none.find("pipe.yaml:3:"), std::string::npos) << none;
  const std::string free = outcome("bandwidth: 64 GB/s, ", "");
  EXPECT_NE(free.find("bandwidth"), std::string::npos) << free;
}

TEST(pipeline_platform, every_shipped_one_is_in_order_and_reads_back_from_its_dump) {
  int pipelines = 0;
  for (const auto& file : fs::directory_iterator(fs::path(LAMINA_CONFIGS) / "platforms")) {
    if (!is_pipeline_platform({file.path().string(), {}})) continue;
    ++pipelines;
    diagnostics found;
    const auto platform = load_pipeline_platform({file.path().string(), {}}, found);
    ASSERT_TRUE(platform) << found.text();
    const std::string dump = to_yaml(*platform);
    const auto again = load_pipeline_platform(
        {"dump.yaml", {}, [&](const std::string&) { return std::optional<std::string>(dump); }},
        found);
    ASSERT_TRUE(again) << found.text();
    EXPECT_EQ(to_yaml(*again), dump) << file.path();
  }
  EXPECT_GE(pipelines, 2);
}

}  // namespace
}  // namespace lamina::config
