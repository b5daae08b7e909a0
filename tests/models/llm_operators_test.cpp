// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_operators.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "llm_models.h"

namespace lamina {
namespace {

/// A copy, without a name when there is none.
llm_operator find(const llm_step& step, std::string_view name, int group = 0) {
  for (const llm_operator& op : step.operators) {
    if (op.name == name && (op.group == group || op.group == -1)) return op;
  }
  return {};
}

/// Parameters of Llama-3.1-8B's matrices in all layers, by hand.
constexpr double llama_matrices =
    32.0 * (4096.0 * (4096 + 2 * 1024) + 4096.0 * 4096 + 3.0 * 4096 * 14336);

TEST(llm_operators, flops_of_prefill_and_decode_are_the_closed_form) {
  const language_model model = llm_models::llama_8b();
  const double prompt = 700;
  const double answers = 40;
  double counted = operators_of(model, prefill(1, 700)).matrix_flops();
  for (int i = 0; i < 40; ++i) counted += operators_of(model, decode(1, 700 + i)).matrix_flops();
  // Every token meets every matrix; token t attends to t keys in 32 heads of 128, for scores and
  // for values; the head runs once for each answer and for the end of the prompt.
  const double tokens = prompt + answers;
  const double attention = 32.0 * (4.0 * 32 * 128) * tokens * (tokens + 1) / 2;
  const double head = 2 * (answers + 1) * 128256 * 4096;
  EXPECT_DOUBLE_EQ(counted, 2 * tokens * llama_matrices + attention + head);
}

TEST(llm_operators, chunks_do_the_work_of_the_whole_prompt) {
  for (const language_model& model : {llm_models::llama_8b(), llm_models::gpt_oss()}) {
    double chunks = 0;
    double written = 0;
    for (int i = 0; i < 4; ++i) {
      const llm_step step = operators_of(model, chunk_of_prefill(2, 2000, 512, i));
      chunks += step.matrix_flops();
      written += step.bytes().kv_written;
    }
    const llm_step whole = operators_of(model, prefill(2, 2000));
    EXPECT_DOUBLE_EQ(chunks, whole.matrix_flops()) << model.name;
    EXPECT_DOUBLE_EQ(written, whole.bytes().kv_written) << model.name;
  }
}

TEST(llm_operators, a_step_reads_every_weight_once_when_every_expert_runs) {
  for (const language_model& model :
       {llm_models::llama_8b(), llm_models::mixtral(), llm_models::gpt_oss(),
        llm_models::deepseek_v3(), llm_models::deepseek_v32()}) {
    const llm_step step = operators_of(model, decode(20'000, 1000));
    const double table = bytes_of(model.types.embedding, model.vocabulary, model.hidden);
    const double looked_up = bytes_of(model.types.embedding, 20'000, model.hidden);
    EXPECT_NEAR(step.bytes().weights, parameters_of(model).bytes - table + looked_up,
                1e-9 * step.bytes().weights)
        << model.name;
  }
}

TEST(llm_operators, flops_of_experts_are_those_of_their_active_parameters) {
  for (const language_model& model : {llm_models::mixtral(), llm_models::gpt_oss()}) {
    const double tokens = 64;
    const llm_step step = operators_of(model, decode(64, 0));
    double matrices = 0;  // active ones, which norms and biases are not
    double layers = 0;
    for (const decoder_layer& layer : model.layers) {
      ++layers;
      for (const weight_tensor& w : weights_of(model, layer)) {
        const double share =
            w.routed ? static_cast<double>(model.experts.per_token) / model.experts.experts : 1;
        const bool vector = w.rows == 1 || w.name == "layer_norms" || w.name == "qk_norm";
        if (!vector) matrices += share * w.numbers();
      }
    }
    matrices += static_cast<double>(model.vocabulary) * model.hidden;
    const double attention = 4.0 * model.attention.heads * model.attention.head_dim * layers;
    EXPECT_NEAR(step.matrix_flops(), tokens * (2 * matrices + attention),
                1e-9 * step.matrix_flops())
        << model.name;
  }
}

TEST(llm_operators, only_experts_with_tokens_are_read) {
  const language_model model = llm_models::mixtral();
  const llm_step one = operators_of(model, decode(1, 100));
  const llm_operator up = find(one, "expert_up");
  EXPECT_EQ(up.kind, operator_kind::grouped_gemm);
  EXPECT_NEAR(up.gemm.count, 2, 1e-12);
  EXPECT_NEAR(up.gemm.m, 1, 1e-12);
  EXPECT_NEAR(up.bytes.weights, 2 * (2.0 * 4096 * 14336 * 2), 1);
  const llm_operator three = find(operators_of(model, decode(3, 100)), "expert_down");
  EXPECT_NEAR(three.gemm.count, 8 * (1 - std::pow(0.75, 3)), 1e-12);
  EXPECT_NEAR(three.gemm.count * three.gemm.m, 6, 1e-12);
}

TEST(llm_operators, a_skewed_router_reads_fewer_experts_for_the_same_flops) {
  const language_model model = llm_models::gpt_oss();
  llm_step_options skewed;
  skewed.routing_skew = 1;
  const llm_step even = operators_of(model, decode(32, 100));
  const llm_step uneven = operators_of(model, decode(32, 100), skewed);
  EXPECT_LT(uneven.bytes().weights, 0.8 * even.bytes().weights);
  EXPECT_NEAR(uneven.matrix_flops(), even.matrix_flops(), 1e-9 * even.matrix_flops());
}

TEST(llm_operators, decode_reads_and_writes_the_cache_of_its_sequences) {
  const llm_step step = operators_of(llm_models::llama_8b(), mixed(decode(4, 99), decode(1, 4095)));
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 131072.0 * (4 * 100 + 4096));
  EXPECT_DOUBLE_EQ(step.bytes().kv_written, 131072.0 * 5);
}

TEST(llm_operators, windows_bound_what_their_layers_read) {
  const llm_step step = operators_of(llm_models::gpt_oss(), decode(1, 9999));
  const double row = 2 * 8 * 64 * 2;
  EXPECT_DOUBLE_EQ(step.bytes().kv_read, 18 * row * (128 + 10'000));
  ASSERT_EQ(step.layer_groups.size(), 2U);
  EXPECT_DOUBLE_EQ(find(step, "attention", 0).attention.at(0).pairs, 128);
  EXPECT_DOUBLE_EQ(find(step, "attention", 1).attention.at(0).pairs, 10'000);
}

TEST(llm_operators, equal_layers_are_listed_once) {
  EXPECT_EQ(operators_of(llm_models::llama_8b(), decode(1, 1)).layer_groups.size(), 1U);
  const llm_step step = operators_of(llm_models::deepseek_v3(), decode(1, 1));
  ASSERT_EQ(step.layer_groups.size(), 2U);
  EXPECT_EQ(step.layer_groups[0].layers, 3);
  EXPECT_EQ(step.layer_groups[1].layers, 58);
  for (const llm_operator& op : step.operators) {
    EXPECT_EQ(op.layers,
              op.group < 0 ? 1 : step.layer_groups[static_cast<std::size_t>(op.group)].layers)
        << op.name;
  }
}

TEST(llm_operators, a_mixed_step_is_its_parts_but_reads_weights_once) {
  const language_model model = llm_models::llama_8b();
  const llm_phase prompts = chunk_of_prefill(1, 4096, 1024, 1);
  const llm_phase answers = decode(16, 3000);
  const llm_step a = operators_of(model, prompts);
  const llm_step b = operators_of(model, answers);
  const llm_step both = operators_of(model, mixed(prompts, answers));
  EXPECT_DOUBLE_EQ(both.matrix_flops(), a.matrix_flops() + b.matrix_flops());
  EXPECT_DOUBLE_EQ(both.bytes().kv_read, a.bytes().kv_read + b.bytes().kv_read);
  EXPECT_LT(both.bytes().weights, 0.6 * (a.bytes().weights + b.bytes().weights));
}

TEST(llm_operators, a_chunk_that_goes_on_runs_no_head) {
  const language_model model = llm_models::llama_8b();
  EXPECT_EQ(find(operators_of(model, chunk_of_prefill(1, 600, 300, 0)), "head").name, "");
  const llm_step last = operators_of(model, chunk_of_prefill(1, 600, 300, 1));
  EXPECT_DOUBLE_EQ(find(last, "head").gemm.m, 1);
}

TEST(llm_operators, tensor_ranks_share_heads_columns_and_words) {
  const language_model model = llm_models::llama_8b();
  llm_step_options options;
  options.sharding.tensor = 8;
  const llm_phase phase = decode(16, 1000);
  const llm_step whole = operators_of(model, phase);
  const llm_step rank = operators_of(model, phase, options);
  EXPECT_DOUBLE_EQ(8 * rank.matrix_flops(), whole.matrix_flops());
  EXPECT_DOUBLE_EQ(8 * rank.bytes().kv_read, whole.bytes().kv_read);
  options.sharding.tensor = 16;  // 8 groups of keys do not divide: each rank holds one
  EXPECT_DOUBLE_EQ(8 * operators_of(model, phase, options).bytes().kv_read, whole.bytes().kv_read);
  options.sharding.tensor = 3;  // padded
  EXPECT_GT(3 * operators_of(model, phase, options).matrix_flops(), whole.matrix_flops());
}

TEST(llm_operators, a_rank_has_whole_groups_of_heads_or_part_of_one) {
  const auto share = [](std::int64_t heads, std::int64_t kv_heads, int ranks) {
    const head_share rank = share_of_heads({heads, kv_heads}, ranks);
    return std::pair(rank.heads, rank.kv_heads);
  };
  EXPECT_EQ(share(64, 8, 4), std::pair(16L, 2L));
  EXPECT_EQ(share(64, 8, 6), std::pair(16L, 2L));  // two ranks of six have nothing
  EXPECT_EQ(share(64, 8, 3), std::pair(24L, 3L));
  EXPECT_EQ(share(64, 8, 16), std::pair(4L, 1L));  // two ranks keep the same keys
  EXPECT_EQ(share(64, 8, 12), std::pair(8L, 1L));  // some keys have one holder only
  EXPECT_EQ(share(64, 8, 20), std::pair(4L, 1L));
  EXPECT_EQ(share(71, 1, 8), std::pair(9L, 1L));
  EXPECT_EQ(share(40, 40, 16), std::pair(3L, 3L));
}

TEST(llm_operators, the_ranks_together_have_all_heads) {
  for (const auto& [heads, kv_heads] : {std::pair(64, 8), {32, 8}, {48, 4}, {71, 1}, {40, 40}}) {
    for (int ranks = 1; ranks <= heads; ++ranks) {
      const head_share rank = share_of_heads({heads, kv_heads}, ranks);
      ASSERT_EQ(rank.heads % rank.kv_heads, 0);
      const std::int64_t each = rank.heads / rank.kv_heads;  // queries of one head of keys
      const std::int64_t holders = rank.kv_heads * ranks / kv_heads;
      EXPECT_GE(holders * each, heads / kv_heads) << heads << ' ' << kv_heads << ' ' << ranks;
      EXPECT_GE(rank.heads * ranks, heads);
    }
  }
}

TEST(llm_operators, expert_ranks_wait_for_the_busiest) {
  const language_model model = llm_models::deepseek_v3();
  llm_step_options options;
  options.sharding = {8, 8};
  EXPECT_TRUE(check(options, model).empty());
  const llm_operator whole = find(operators_of(model, decode(8, 100)), "expert_up", 1);
  const llm_operator rank = find(operators_of(model, decode(8, 100), options), "expert_up", 1);
  EXPECT_GT(8 * rank.gemm.count, 1.1 * whole.gemm.count);
  EXPECT_LT(8 * rank.gemm.count, 2 * whole.gemm.count);
  EXPECT_DOUBLE_EQ(rank.gemm.n, whole.gemm.n);
  options.sharding = {8, 3};
  EXPECT_EQ(check(options, model).at(0).path, "sharding.expert");
  options.sharding = {0, 1};
  options.routing_skew = -1;
  EXPECT_EQ(check(options, model).size(), 2U);
}

TEST(llm_operators, inputs_of_fp8_products_are_converted) {
  const llm_step step = operators_of(llm_models::deepseek_v3(), decode(4, 100));
  const llm_operator output = find(step, "output_projection");
  EXPECT_EQ(matrix_format(output), number_format::fp8);
  EXPECT_DOUBLE_EQ(output.bytes.activations_read, 4 * (16384 + 16384 / 128 * 4));
  EXPECT_EQ(find(step, "convert").name, "convert");
  EXPECT_EQ(find(operators_of(llm_models::llama_8b(), decode(4, 100)), "convert").name, "");
  const llm_step oss = operators_of(llm_models::gpt_oss(), decode(4, 100));
  EXPECT_EQ(matrix_format(find(oss, "expert_up")), number_format::bf16);
}

TEST(llm_operators, every_operator_does_something) {
  for (const language_model& model :
       {llm_models::llama_8b(), llm_models::gpt_oss(), llm_models::deepseek_v32()}) {
    for (const llm_phase& phase : {prefill(2, 300), decode(3, 5000)}) {
      for (const llm_operator& op : operators_of(model, phase).operators) {
        const std::string where = model.name + ' ' + std::string(op.name);
        EXPECT_GT(op.elements, 0) << where;
        EXPECT_GT(op.bytes.read(), 0) << where;
        EXPECT_GT(op.bytes.written(), 0) << where;
        EXPECT_TRUE(std::isfinite(op.flops())) << where;
        EXPECT_NE(name_of(op.kind), "unknown") << where;
      }
    }
  }
}

}  // namespace
}  // namespace lamina
