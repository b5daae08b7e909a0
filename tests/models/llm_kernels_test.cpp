// SPDX-License-Identifier: Apache-2.0
// The kernels of a step do the operators' work: every FLOP and byte of theirs, and no other.
#include "lamina/models/llm_kernels.h"

#include <gtest/gtest.h>

#include <vector>

#include "llm_models.h"

namespace lamina {
namespace {

constexpr fusion_spec apart{true, false};
constexpr fusion_spec joined{true, true};

std::vector<language_model> models() {
  return {llm_models::llama_8b(), llm_models::mixtral(), llm_models::gpt_oss(),
          llm_models::deepseek_v3(), llm_models::deepseek_v32()};
}

std::vector<llm_phase> phases() {
  return {decode(1, 100), decode(48, 4096), prefill(2, 700),
          mixed(decode(3, 900), chunk_of_prefill(1, 2000, 512, 2)),
          mixed(decode(5, 100), decode(2, 30'000))};
}

struct sums {
  double matrix = 0, vector = 0, special = 0, asked = 0;
  operator_bytes bytes;
};

sums of(const std::vector<step_kernel>& kernels) {
  sums all;
  for (const step_kernel& k : kernels) {
    all.matrix += k.layers * k.matrix_flops;
    all.vector += k.layers * k.vector_ops;
    all.special += k.layers * k.special_ops;
    all.asked += k.layers * matrix_flops(k.work);
    for (int i = 0; i < k.layers; ++i) all.bytes += k.bytes;
  }
  return all;
}

/// Bytes of the sizes and bits that a chip sees, each operand once.
double operand_bytes(const kernel_work& w) {
  const auto real = [](std::int64_t value) { return static_cast<double>(value); };
  double bits = 0;
  switch (w.kind) {
    case kernel_kind::gemm:
      bits = (real(w.m) * real(w.k) * w.a_bits + real(w.k) * real(w.n) * w.b_bits +
              real(w.m) * real(w.n) * w.c_bits) *
             real(w.count);
      break;
    case kernel_kind::elementwise:
      bits = real(w.m) * real(w.n) * (w.a_bits * w.inputs + w.c_bits);
      break;
    default: {
      const double queries = real(w.batch) * real(w.heads) * real(queries_of(w));
      bits = queries * (real(w.head_dim) * w.a_bits + real(w.value_dim) * w.c_bits) +
             real(w.batch) * real(w.kv_heads) * real(w.seqlen) * real(w.head_dim + w.value_dim) *
                 w.b_bits;
    }
  }
  return bits / 8 + w.extra_read_bytes;
}

TEST(llm_kernels, apart_they_have_each_flop_and_byte_of_the_operators) {
  for (const language_model& model : models()) {
    for (const llm_phase& phase : phases()) {
      const llm_step step = operators_of(model, phase);
      const sums all = of(kernels_of(step, apart));
      const auto near = [&](double a, double b) { EXPECT_NEAR(a / b, 1, 1e-9) << model.name; };
      near(all.matrix, step.matrix_flops());
      near(all.asked, step.matrix_flops());
      near(all.vector, step.vector_ops());
      near(all.special, step.special_ops());
      near(all.bytes.total(), step.bytes().total());
      near(all.bytes.weights, step.bytes().weights);
      near(all.bytes.kv_read, step.bytes().kv_read);
      near(all.bytes.kv_written, step.bytes().kv_written);
    }
  }
}

TEST(llm_kernels, joined_they_lose_no_work_and_only_bytes_between_them) {
  for (const language_model& model : models()) {
    for (const llm_phase& phase : phases()) {
      const llm_step step = operators_of(model, phase);
      const sums all = of(kernels_of(step, joined));
      EXPECT_NEAR(all.matrix / step.matrix_flops(), 1, 1e-9) << model.name;
      EXPECT_NEAR(all.vector / step.vector_ops(), 1, 1e-9) << model.name;
      EXPECT_NEAR(all.bytes.weights / step.bytes().weights, 1, 1e-9) << model.name;
      EXPECT_NEAR(all.bytes.kv_written / step.bytes().kv_written, 1, 1e-9) << model.name;
      // What is left out is written once and read once.
      const double written = step.bytes().activations_written - all.bytes.activations_written;
      const double read = step.bytes().activations_read - all.bytes.activations_read;
      EXPECT_GT(written, 0) << model.name;
      EXPECT_NEAR(written / read, 1, 1e-9) << model.name;
    }
  }
}

TEST(llm_kernels, sizes_and_bits_of_a_kernel_make_its_bytes) {
  for (const language_model& model : models()) {
    for (const llm_phase& phase : phases()) {
      for (const fusion_spec& fusion : {apart, joined}) {
        for (const step_kernel& k : kernels_of(operators_of(model, phase), fusion)) {
          EXPECT_NEAR(operand_bytes(k.work) / k.bytes.total(), 1, 1e-6)
              << model.name << ": " << k.name;
          EXPECT_TRUE(check(k.work).empty()) << model.name << ": " << k.name;
        }
      }
    }
  }
}

TEST(llm_kernels, a_dense_layer_is_eight_kernels_when_joined) {
  const std::vector<step_kernel> kernels =
      kernels_of(operators_of(llm_models::llama_8b(), decode(8, 4096)), joined);
  std::vector<std::string_view> names;
  for (const step_kernel& k : kernels) names.push_back(k.name);
  EXPECT_EQ(names,
            (std::vector<std::string_view>{
                "embedding", "attention_norm", "qkv_projection", "attention", "output_projection",
                "feed_forward_norm", "up_projection", "down_projection", "final_norm", "head"}));
  // Rotation and cache write are in the projection, the gate in the feed-forward's first product.
  EXPECT_EQ(kernels[2].operators.size(), 3U);
  EXPECT_EQ(kernels[6].operators.size(), 2U);
  EXPECT_DOUBLE_EQ(kernels[6].bytes.activations_written, 8.0 * 14336 * 2);
  EXPECT_DOUBLE_EQ(kernels[2].bytes.kv_written, 8.0 * 2 * 8 * 128 * 2);
}

TEST(llm_kernels, sequences_of_any_context_decode_in_one_kernel) {
  const llm_phase phase = mixed(decode(3, 999), decode(1, 4999));
  int found = 0;
  for (const step_kernel& k : kernels_of(operators_of(llm_models::llama_8b(), phase), joined)) {
    if (k.name != "attention") continue;
    ++found;
    EXPECT_EQ(k.work.kind, kernel_kind::attention_decode);
    EXPECT_EQ(k.work.batch, 4);
    EXPECT_EQ(k.work.seqlen, (3 * 1000 + 5000) / 4);
  }
  EXPECT_EQ(found, 1);
}

TEST(llm_kernels, compressed_rows_are_read_once_though_they_are_key_and_value) {
  for (const step_kernel& k :
       kernels_of(operators_of(llm_models::deepseek_v3(), decode(4, 1000)), joined)) {
    if (k.name != "attention") continue;
    EXPECT_EQ(k.work.kv_heads, 1);
    EXPECT_EQ(operand_bits(k.work), 16);  // not the share of a byte that a value costs
    EXPECT_NEAR(k.bytes.kv_read, 4.0 * 1001 * 576 * 2, 1);
  }
}

TEST(llm_kernels, rows_that_are_expanded_are_an_operand_of_their_own) {
  // Weights are as wide as they are, however many rows of the cache meet them.
  for (const std::int64_t sequences : {1, 64}) {
    int found = 0;
    for (const step_kernel& k :
         kernels_of(operators_of(llm_models::deepseek_v3(), prefill(sequences, 8192)), apart)) {
      if (k.name != "key_value_expansion") continue;
      ++found;
      EXPECT_NEAR(k.work.a_bits, 16, 1e-9);
      EXPECT_NEAR(k.work.b_bits, 8, 0.1);  // fp8, and a scale for each 128 x 128
    }
    EXPECT_GT(found, 0);
  }
}

}  // namespace
}  // namespace lamina
