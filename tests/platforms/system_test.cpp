// SPDX-License-Identifier: Apache-2.0
// Systems from their platforms: the best mapping is the best of all, and each half can be
// simulated.
#include "lamina/platforms/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "lamina/models/mapping_choices.h"

namespace lamina::platforms {
namespace {

config::system_platform small_platform() {
  config::system_platform platform = *config::known_system("8xb200");
  platform.workload.imported.model.layers.resize(2);
  platform.workload.batch = 32;
  platform.workload.context = 512;
  return platform;
}

/// Quickest first: of every choice of sizes that fits the best of all orders and numbers of
/// micro-batches, one mapping after the other.
std::vector<double> seconds_of_all(config::system_platform platform, std::size_t& mappings) {
  const language_model& model = platform.workload.imported.model;
  std::vector<mapping_spec> all = legal_mappings(model, 8);
  for (std::size_t i = 0, plain = all.size(); i < plain; ++i) {
    const auto sharing = with_shared_weights(all[i]);
    all.insert(all.end(), sharing.begin(), sharing.end());
  }
  mappings = all.size();
  std::vector<double> seconds;
  for (const mapping_spec& sizes : all) {
    double quickest = std::numeric_limits<double>::infinity();
    for (const mapping_spec& parts :
         with_other_microbatches(sizes, config::steps_of(platform.workload))) {
      for (const mapping_spec& mapping : with_other_orders(parts)) {
        platform.mapping = {false, mapping};
        const system_outcome one = evaluate(platform);
        if (one.result->fits()) quickest = std::min(quickest, one.result->seconds);
      }
    }
    if (quickest < std::numeric_limits<double>::infinity()) seconds.push_back(quickest);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

config::system_platform small_experts(std::uint64_t memory, overlap_kind overlap) {
  config::system_platform platform = small_platform();
  platform.workload.imported.model = *config::known_model("Mixtral-8x7B");
  platform.workload.imported.model.layers.resize(4);
  platform.chip.memory.bytes = memory;
  platform.overlap = overlap;
  platform.mapping.best = true;
  return platform;
}

TEST(system_platform_evaluation, the_best_mapping_is_the_best_of_all) {
  const config::system_platform platform =
      small_experts(std::uint64_t{178} << 30, overlap_kind::none);
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  std::size_t mappings = 0;
  const std::vector<double> seconds = seconds_of_all(platform, mappings);
  EXPECT_EQ(best.result->trials.size() + best.result->searched.needless, mappings);
  EXPECT_EQ(best.result->searched.needless,
            mappings - legal_mappings(platform.workload.imported.model, 8).size());
  ASSERT_GE(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(best.result->seconds, seconds[0]);
  EXPECT_DOUBLE_EQ(best.result->trials[0].seconds, seconds[0]);
  EXPECT_DOUBLE_EQ(best.result->trials[1].seconds, seconds[1]);  // the runner-up is true, too
}

TEST(system_platform_evaluation, a_mapping_without_an_answer_does_not_end_the_search) {
  // So little scratchpad that a block fits only where each rank has a whole number of experts.
  config::system_platform platform = small_experts(std::uint64_t{178} << 30, overlap_kind::none);
  platform.workload.batch = 4;
  platform.chip.tile.scratchpad.bytes = platform.chip.tile.scratchpad.block_bytes = 12 << 10;
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  ASSERT_FALSE(best.result->refused.empty());
  platform.mapping = {false, best.result->refused.front().mapping};
  EXPECT_EQ(evaluate(platform).error, best.result->refused.front().reason);
  platform.mapping.given = best.result->mapping;
  EXPECT_DOUBLE_EQ(evaluate(platform).result->seconds, best.result->seconds);
}

TEST(system_platform_evaluation, six_chips_have_a_best_mapping) {
  config::system_platform platform = small_platform();
  platform.network.levels.front().sizes = {6};
  platform.mapping.best = true;
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  EXPECT_TRUE(best.result->refused.empty());
  EXPECT_EQ(best.result->trials.size() + best.result->searched.needless, [&] {
    std::size_t all = 0;
    for (const mapping_spec& m : legal_mappings(platform.workload.imported.model, 6)) {
      all += 1 + with_shared_weights(m).size();
    }
    return all;
  }());
}

/// Two modules of a mesh of four with 20 GB/s, and 2 GB/s between them.
config::system_platform two_modules() {
  config::system_platform platform = small_platform();
  network_level outer = platform.network.levels.front();
  network_level& inner = platform.network.levels.front();
  inner.name = "module";
  inner.shape = network_shape::mesh;
  inner.sizes = {2, 2};
  outer.name = "rack";
  outer.sizes = {2};
  inner.bandwidth_bytes_per_s = 20e9;
  outer.bandwidth_bytes_per_s = 2e9;
  platform.network.levels.push_back(outer);
  return platform;
}

TEST(system_platform_evaluation, the_best_mapping_is_the_best_of_all_orders) {
  config::system_platform platform = two_modules();
  platform.workload.imported.model = *config::known_model("Llama-3.1-8B");
  platform.workload.imported.model.layers.resize(4);
  platform.workload.phase = config::llm_phase_kind::prefill;
  platform.workload.batch = 8;
  platform.chip.memory.bytes = 2'300'000'000;  // of 3.9 GB: stages, which belong into a module
  platform.mapping.best = true;
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  std::size_t mappings = 0;
  const std::vector<double> seconds = seconds_of_all(platform, mappings);
  EXPECT_EQ(best.result->trials.size() + best.result->searched.needless, mappings);
  EXPECT_EQ(best.result->searched.most_orders, 6U);
  ASSERT_GE(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(best.result->seconds, seconds[0]);
  EXPECT_DOUBLE_EQ(best.result->trials[1].seconds, seconds[1]);
  // Not that of the default order.
  EXPECT_NE(name_of(best.result->mapping).find("order="), std::string::npos);
}

TEST(system_platform_evaluation, the_best_mapping_has_the_best_number_of_microbatches) {
  config::system_platform platform = small_platform();
  platform.network.levels.front().bandwidth_bytes_per_s = 1e9;
  platform.workload.phase = config::llm_phase_kind::prefill;
  platform.workload.imported.model.layers.resize(4);
  platform.mapping.best = true;
  // A replica has not the memory: stages, or ranks that gather weights slowly.
  platform.chip.memory.bytes = std::uint64_t{10} << 30;
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  std::size_t mappings = 0;
  const std::vector<double> seconds = seconds_of_all(platform, mappings);
  ASSERT_GE(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(best.result->seconds, seconds[0]);
  EXPECT_DOUBLE_EQ(best.result->trials[1].seconds, seconds[1]);
  EXPECT_GT(best.result->mapping.parts(), best.result->mapping.pipeline);
  EXPECT_GT(best.result->searched.most_microbatches, 1U);
  EXPECT_EQ(best.result->searched.most_orders, 1U);
}

TEST(system_platform_evaluation, weights_are_gathered_where_they_fit_no_other_way) {
  // Long prompts want replicas; four layers are 6.8 GB, and a replica has less.
  config::system_platform platform = small_experts(std::uint64_t{6} << 30, overlap_kind::waves);
  platform.workload.imported.model = *config::known_model("Llama-3.3-70B");
  platform.workload.imported.model.layers.resize(4);
  platform.workload.imported.model.vocabulary = 8192;
  platform.workload.phase = config::llm_phase_kind::prefill;
  platform.workload.batch = 8;
  platform.workload.context = 8192;
  const system_outcome best = evaluate(platform);
  ASSERT_TRUE(best.result) << best.error;
  std::size_t mappings = 0;
  const std::vector<double> seconds = seconds_of_all(platform, mappings);
  EXPECT_EQ(best.result->trials.size() + best.result->searched.needless, mappings);
  EXPECT_LT(best.result->searched.needless, mappings / 2);
  ASSERT_GE(seconds.size(), 2U);
  EXPECT_DOUBLE_EQ(best.result->seconds, seconds[0]);
  EXPECT_GT(best.result->mapping.fsdp, 1);
  EXPECT_GT(best.result->footprint.gathered_bytes, 0);
  // Of the mappings without shared weights, those that fit are slower.
  platform.mapping = {false, best.result->mapping};
  platform.mapping.given.fsdp = 1;
  EXPECT_FALSE(evaluate(platform).result->fits());
}

TEST(system_platform_evaluation, a_simulated_network_stands_in_for_the_closed_form) {
  const config::system_platform platform = small_platform();
  const system_outcome closed = evaluate(platform);
  const system_outcome simulated =
      evaluate(platform, {fidelity::analytical, fidelity::tlm}, system_simulation_options{});
  ASSERT_TRUE(closed.result && simulated.result) << simulated.error;
  EXPECT_NEAR(simulated.result->seconds / closed.result->seconds, 1, 0.03);
  EXPECT_EQ(simulated.result->simulated_share, 1);
}

TEST(system_platform_evaluation, simulated_chips_stand_in_for_the_closed_form) {
  config::system_platform platform = small_platform();
  platform.workload.imported.model = *config::known_model("Llama-3.1-8B");
  platform.workload.imported.model.layers.resize(1);
  const system_outcome closed = evaluate(platform);
  const system_outcome simulated =
      evaluate(platform, {fidelity::tlm, fidelity::analytical}, system_simulation_options{});
  ASSERT_TRUE(closed.result && simulated.result) << simulated.error;
  EXPECT_NEAR(simulated.result->seconds / closed.result->seconds, 1, 0.05);
}

TEST(system_platform_evaluation, a_second_chip_with_the_mean_of_the_experts_waits) {
  config::system_platform platform = small_experts(std::uint64_t{178} << 30, overlap_kind::none);
  platform.workload.imported.model.layers.resize(1);
  platform.workload.batch = 4;
  platform.mapping.best = false;
  platform.mapping.given.tensor = 8;
  const system_fidelity chips = {fidelity::tlm, fidelity::analytical};
  // All ranks split each expert alike: one chip stands for all.
  EXPECT_FALSE(evaluate(platform, chips).result->waiting_share);
  platform.mapping.given.expert = 8;
  const system_outcome outcome = evaluate(platform, chips);
  ASSERT_TRUE(outcome.result) << outcome.error;
  ASSERT_TRUE(outcome.result->waiting_share);
  // Of 8 choices among 8 experts, one for each rank in the mean, a rank has more.
  EXPECT_GT(*outcome.result->waiting_share, 0.01);
  EXPECT_LT(*outcome.result->waiting_share, 1);
}

TEST(system_platform_evaluation, prefill_in_chunks_is_the_sum_of_its_steps) {
  config::system_platform platform = small_platform();
  platform.workload.phase = config::llm_phase_kind::prefill;
  platform.workload.batch = 2;
  platform.workload.context = 1024;
  platform.workload.chunk = 256;
  const system_outcome outcome = evaluate(platform);
  ASSERT_TRUE(outcome.result) << outcome.error;
  ASSERT_EQ(outcome.result->steps.size(), 4U);
  double sum = 0;
  for (const auto& step : outcome.result->steps) sum += step.seconds;
  EXPECT_DOUBLE_EQ(outcome.result->seconds, sum);
  EXPECT_EQ(outcome.result->tokens, 2048);
  EXPECT_EQ(outcome.result->sampled, 2);
}

}  // namespace
}  // namespace lamina::platforms
