// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/evaluate.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lamina::platforms {
namespace {

config::memory_platform small_platform() {
  config::diagnostics problems;
  auto platform = config::load_memory_platform({LAMINA_TEST_PLATFORM, {}}, problems);
  if (!platform) throw std::runtime_error(problems.text());
  return *platform;
}

TEST(evaluate, gives_the_bytes_of_the_workload_in_both_fidelities) {
  const auto platform = small_platform();
  for (const fidelity how : {fidelity::analytical, fidelity::tlm}) {
    const memory_result result = evaluate(platform, how);
    EXPECT_EQ(result.read_bytes + result.write_bytes, 65536U) << name_of(how);
    EXPECT_LE(result.bandwidth_bytes_per_s(), peak_bandwidth(platform.dram_stack.geometry));
  }
}

TEST(evaluate, simulates_several_times_in_one_process_with_equal_results) {
  const auto platform = small_platform();
  const auto outcomes = evaluate_all({{&platform, fidelity::tlm}, {&platform, fidelity::tlm}}, {});
  ASSERT_TRUE(outcomes[0].result && outcomes[1].result);
  EXPECT_EQ(outcomes[0].result->elapsed, outcomes[1].result->elapsed);
  EXPECT_EQ(outcomes[0].result->counts.activates, outcomes[1].result->counts.activates);
}

TEST(evaluate, tells_why_there_is_no_result) {
  auto platform = small_platform();
  platform.workload.streams[0].base = ~std::uint64_t{0} / 2;  // far beyond the capacity
  EXPECT_THROW(evaluate(platform, fidelity::analytical), std::runtime_error);
  const auto sound = small_platform();
  const auto outcomes =
      evaluate_all({{&platform, fidelity::analytical}, {&sound, fidelity::analytical}}, {});
  EXPECT_FALSE(outcomes[0].error.empty());
  EXPECT_TRUE(outcomes[1].result.has_value());
}

TEST(evaluate, peak_counts_every_data_wire) {
  dram_geometry geometry;
  geometry.channels = 16;
  geometry.pseudo_channels = 2;
  geometry.connected_layers = 1;
  geometry.port_bits = 32;
  geometry.pin_rate = 6.4e9;
  EXPECT_DOUBLE_EQ(peak_bandwidth(geometry), 819.2e9);
}

}  // namespace
}  // namespace lamina::platforms
