// SPDX-License-Identifier: Apache-2.0
// Steps on stacked chips in closed form: near what following bursts and ranks gives, moved by the
// same parameters, and the same whatever was asked before.
#include <gtest/gtest.h>

#include <stdexcept>

#include "lamina/analytical/system.h"
#include "lamina/config/system_platform.h"

namespace lamina {
namespace {

using analytical::llm_system;
using analytical::model_detail;

config::system_platform stacked_chips() {
  config::diagnostics problems;
  const auto platform = config::load_system_platform(
      {LAMINA_CONFIGS "/platforms/system_256_stacked_chips.yaml", {}}, problems);
  if (!platform) throw std::runtime_error(problems.text());
  return *platform;
}

mapping_spec mapping_of(int tensor, int data, int expert) {
  mapping_spec m;
  m.tensor = tensor;
  m.data = data;
  m.expert = expert;
  return m;
}

double step_seconds(llm_system& system, const config::system_platform& platform,
                    const mapping_spec& mapping, std::int64_t batch = 1024) {
  const language_model model = config::model_of(platform.workload);
  return system.step(model, decode(batch, 4096), mapping).seconds;
}

double closed_form_seconds(const config::system_platform& platform,
                           const mapping_spec& mapping = mapping_of(8, 32, 64)) {
  llm_system system(platform.system(), model_detail::closed_form);
  return step_seconds(system, platform, mapping);
}

TEST(closed_form, is_near_what_is_followed_on_stacks_that_hash) {
  config::system_platform platform = stacked_chips();
  platform.dram_stack->geometry.connected_layers = 4;
  llm_system quick(platform.system(), model_detail::closed_form);
  llm_system followed(platform.system());
  const mapping_spec mapping = mapping_of(8, 32, 64);
  const double expected = step_seconds(followed, platform, mapping);
  EXPECT_NEAR(step_seconds(quick, platform, mapping) / expected, 1, 0.08);
}

TEST(closed_form, does_not_depend_on_what_was_asked_before) {
  const config::system_platform platform = stacked_chips();
  llm_system fresh(platform.system(), model_detail::closed_form);
  llm_system used(platform.system(), model_detail::closed_form);
  config::system_platform other = platform;
  other.dram_stack->geometry.connected_layers = 2;
  other.chip.tiles = 96;
  other.network.levels[1].bandwidth_bytes_per_s *= 2;
  used.replace_chip(other.system());
  used.replace_network(other.network);
  step_seconds(used, other, mapping_of(16, 16, 16), 256);
  used.replace_network(platform.network);
  used.replace_chip(platform.system());
  EXPECT_EQ(step_seconds(used, platform, mapping_of(8, 32, 64)),
            step_seconds(fresh, platform, mapping_of(8, 32, 64)));
}

TEST(closed_form, slower_cells_and_fewer_ports_take_longer) {
  const config::system_platform platform = stacked_chips();
  const double before = closed_form_seconds(platform);
  config::system_platform slower = platform;
  slower.dram_stack->timings.tRC.time *= 4;
  slower.dram_stack->timings.tRAS.time *= 4;
  EXPECT_GT(closed_form_seconds(slower), before);
  config::system_platform fewer = platform;
  fewer.dram_stack->geometry.connected_layers = 2;
  EXPECT_GT(closed_form_seconds(fewer), before);
  config::system_platform latency = platform;
  latency.dram_stack->timings.RL.time *= 8;
  latency.dram_stack->timings.tRTW.time *= 8;
  EXPECT_GT(closed_form_seconds(latency), before);
}

TEST(closed_form, a_quicker_network_never_takes_longer) {
  config::system_platform platform = stacked_chips();
  for (std::size_t level = 0; level < platform.network.levels.size(); ++level) {
    const double before = closed_form_seconds(platform);
    platform.network.levels[level].bandwidth_bytes_per_s *= 2;
    EXPECT_LE(closed_form_seconds(platform), before) << level;
  }
}

}  // namespace
}  // namespace lamina
