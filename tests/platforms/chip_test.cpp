// SPDX-License-Identifier: Apache-2.0
// One chip runs a model: nothing is lost on the way, and no resource is used for longer than there
// is.
#include "lamina/platforms/chip.h"

#include <gtest/gtest.h>

#include <cctype>
#include <stdexcept>
#include <string>

#include "lamina/config/chip_platform.h"
#include "lamina/config/diagnostics.h"

namespace {

using lamina::platforms::chip_kernel;
using lamina::platforms::chip_options;
using lamina::platforms::chip_outcome;
using lamina::platforms::fidelity;

const std::string platforms_folder = LAMINA_CONFIGS "/platforms/";

lamina::config::chip_platform load(const std::string& file, const std::string& model, int batch,
                                   int context) {
  lamina::config::diagnostics found;
  auto platform = lamina::config::load_chip_platform(
      {platforms_folder + file,
       {"workload.model=" LAMINA_CONFIGS "/models/" + model + ".config.json",
        "workload.batch=" + std::to_string(batch), "workload.context=" + std::to_string(context)}},
      found);
  if (!platform) throw std::runtime_error(found.text());
  return *platform;
}

chip_outcome decode(const std::string& model, fidelity how, int batch = 4, int context = 2048) {
  chip_options options;
  options.most_bursts = 20000;
  return lamina::platforms::evaluate(
      load("stacked_chip_llama_8b_decode.yaml", model, batch, context), how, options);
}

/// Products of one token with all weights that it meets, twice their number.
double dense_flops(double hidden, double layers, double q, double kv, double ffn, double experts,
                   double gate, double vocabulary) {
  const double attention = hidden * (q + 2 * kv) + q * hidden;
  return 2 * (layers * (attention + experts * 3 * hidden * ffn + gate) + hidden * vocabulary);
}

TEST(chip, asks_for_the_flops_that_a_hand_counts) {
  const double batch = 4;
  const double keys = 2048;
  const auto llama = decode("Llama-3.1-8B", fidelity::analytical);
  ASSERT_TRUE(llama.result) << llama.error;
  const double llama_attention = 32 * 4.0 * 4096 * keys;
  EXPECT_NEAR(llama.result->matrix_flops,
              batch * (dense_flops(4096, 32, 4096, 1024, 14336, 1, 0, 128256) + llama_attention),
              1e-3 * llama.result->matrix_flops);
  const auto mixtral = decode("Mixtral-8x7B", fidelity::analytical);
  ASSERT_TRUE(mixtral.result) << mixtral.error;
  EXPECT_NEAR(
      mixtral.result->matrix_flops,
      batch * (dense_flops(4096, 32, 4096, 1024, 14336, 2, 4096 * 8, 32000) + llama_attention),
      1e-3 * mixtral.result->matrix_flops);
}

TEST(chip, asks_for_the_flops_of_latent_attention_that_a_hand_counts) {
  const double batch = 4, keys = 2048;
  const auto run = decode("DeepSeek-V2", fidelity::analytical);
  ASSERT_TRUE(run.result) << run.error;
  const double hidden = 5120, heads = 128, latent = 512, rope = 64, head = 128, ranks = 1536;
  // Queries by way of their ranks, keys and values as one latent vector, both absorbed.
  const double projections = hidden * ranks + ranks * heads * (head + rope) +
                             hidden * (latent + rope) + 2 * heads * head * latent +
                             heads * head * hidden;
  const double attention = keys * heads * (latent + rope + latent);
  const double dense = 3 * hidden * 12288;
  const double routed = 3 * hidden * 1536 * (6 + 2) + hidden * 160;  // 2 shared; 160 in the gate
  const double token = 2 * (60 * (projections + attention) + dense + 59 * routed + hidden * 102400);
  EXPECT_NEAR(run.result->matrix_flops, batch * token, 1e-3 * batch * token);
}

class each_model : public testing::TestWithParam<const char*> {};

TEST_P(each_model,
       does_the_same_work_in_both_fidelities_and_uses_nothing_for_longer_than_it_takes) {
  const chip_outcome fast = decode(GetParam(), fidelity::analytical);
  const chip_outcome simulated = decode(GetParam(), fidelity::tlm);
  ASSERT_TRUE(fast.result) << fast.error;
  ASSERT_TRUE(simulated.result) << simulated.error;
  EXPECT_EQ(fast.result->tokens, 4);
  EXPECT_EQ(simulated.result->tokens, 4);
  EXPECT_DOUBLE_EQ(fast.result->matrix_flops, simulated.result->matrix_flops);
  EXPECT_NEAR(fast.result->memory_bytes, simulated.result->memory_bytes,
              0.005 * fast.result->memory_bytes);
  const lamina::kernel_energy &a = fast.result->energy, &b = simulated.result->energy;
  EXPECT_DOUBLE_EQ(a.tiles_j, b.tiles_j);
  EXPECT_NEAR(a.shared_buffer_j, b.shared_buffer_j, 0.01 * b.shared_buffer_j);
  EXPECT_NEAR(a.network_j, b.network_j, 0.05 * b.network_j);
  EXPECT_NEAR(a.memory_j, b.memory_j, 0.1 * b.memory_j);
  for (const auto* result : {&*fast.result, &*simulated.result}) {
    const lamina::kernel_energy& e = result->energy;
    EXPECT_GT(e.tiles_j, 0);
    EXPECT_GT(e.network_j, 0);
    EXPECT_DOUBLE_EQ(e.static_j, 40 * result->seconds);
    EXPECT_DOUBLE_EQ(e.total_j(),
                     e.tiles_j + e.shared_buffer_j + e.network_j + e.memory_j + e.static_j);
    for (const chip_kernel& kernel : result->steps.front().kernels) {
      for (const double needed_s : kernel.result.limits_s) {
        EXPECT_LE(needed_s, lamina::to_seconds(kernel.result.elapsed) * 1.001)
            << kernel.kernel.name << (result == &*fast.result ? ", analytical" : ", tlm");
      }
    }
  }
}

std::string name_of_model(const testing::TestParamInfo<const char*>& given) {
  std::string name = given.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(chip, each_model,
                         testing::Values("Llama-3.1-8B", "Mixtral-8x7B", "DeepSeek-V2"),
                         name_of_model);

}  // namespace
