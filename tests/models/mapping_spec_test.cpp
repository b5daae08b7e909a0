// SPDX-License-Identifier: Apache-2.0
// Mappings: what is legal and why not, which chips talk to each other, and that work is conserved.
#include "lamina/models/mapping_spec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lamina/models/llm_system_step.h"
#include "lamina/models/mapping_choices.h"
#include "llm_models.h"
#include "mapping_sizes.h"

namespace lamina {
namespace {

using llm_models::deepseek_v3;
using llm_models::llama_70b;
using tests::mapping_of;

const operator_share& share_named(const std::vector<operator_share>& shares,
                                  std::string_view name) {
  return *std::find_if(shares.begin(), shares.end(),
                       [&](const operator_share& s) { return s.name == name; });
}

TEST(mapping_check, accepts_what_divides) {
  EXPECT_TRUE(check(mapping_of(8, 1, 1, 1), llama_70b(), 8).empty());
  EXPECT_TRUE(check(mapping_of(4, 2, 4, 16), deepseek_v3(), 32).empty());
}

TEST(mapping_check, names_the_chips_that_are_missing) {
  const auto found = check(mapping_of(8, 1, 1, 1), llama_70b(), 16);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().message, "tp=8 takes 8 chips, the system has 16");
}

TEST(mapping_check, explains_each_impossible_size) {
  const auto first = [](const mapping_spec& m, const language_model& model) {
    const auto found = check(m, model, m.chips());
    return found.empty() ? std::string() : found.front().path + ": " + found.front().message;
  };
  EXPECT_EQ(first(mapping_of(128, 1, 1, 1), llama_70b()), "tp: 128 ranks for 64 attention heads");
  EXPECT_EQ(first(mapping_of(1, 128, 1, 1), llama_70b()), "pp: 128 stages for 80 layers");
  EXPECT_EQ(first(mapping_of(8, 1, 1, 8), llama_70b()),
            "ep: 8 ranks for a model without routed experts");
  EXPECT_EQ(first(mapping_of(8, 1, 1, 3), deepseek_v3()),
            "ep: 3 does not divide the 8 tensor ranks");
  EXPECT_EQ(first(mapping_of(4, 1, 3, 8), deepseek_v3()),
            "ep: 8 ranks are tp x 2, which does not divide the 3 of dp x sp x cp");
  EXPECT_EQ(first(mapping_of(1, 1, 512, 512), deepseek_v3()), "ep: 512 ranks for 256 experts");
}

TEST(mapping_check, says_what_is_not_modelled) {
  mapping_spec m;
  m.context = 2;
  EXPECT_TRUE(check(m, deepseek_v3(), 2).empty());
  const auto found = check(m, llm_models::deepseek_v32(), 2);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "cp");
  EXPECT_NE(found[0].message.find("is not modelled"), std::string::npos);
  m.context = 1;
  m.sequence = 2;
  EXPECT_TRUE(check(m, llm_models::deepseek_v32(), 2).empty());
}

TEST(mapping_check, shared_weights_are_of_ranks_that_hold_them) {
  mapping_spec m = mapping_of(8, 1, 2, 1);
  m.fsdp = 4;
  const auto found = check(m, llama_70b(), 16);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "fsdp");
  EXPECT_EQ(found[0].message,
            "4 ranks do not divide the 2 of dp x sp x cp, which hold equal weights");
  EXPECT_EQ(found[0].suggestion, "use a divisor of 2");
  m.fsdp = 2;
  EXPECT_TRUE(check(m, llama_70b(), 16).empty());
}

TEST(mapping_check, exchanged_heads_must_suffice) {
  mapping_spec m;
  m.tensor = 16;
  m.sequence = 8;
  const auto found = check(m, llama_70b(), 128);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].message, "tp x sp are 128 ranks for 64 attention heads, which they exchange");
}

TEST(mapping_check, warns_of_padding) {
  const auto found = warnings(mapping_of(16, 1, 1, 1), llama_70b());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().message, "8 key-value heads over 16 ranks are padded to 1 each");
}

TEST(mapping_check, warns_of_heads_that_do_not_divide) {
  const auto found = warnings(mapping_of(6, 1, 1, 1), llama_70b());
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[0].message, "64 attention heads over 6 ranks are padded to 16 each");
  EXPECT_EQ(found[1].message, "8 key-value heads over 6 ranks are padded to 2 each");
}

TEST(mapping_check, warns_of_a_batch_that_does_not_divide) {
  EXPECT_TRUE(warnings(mapping_of(1, 1, 8, 1), decode(16, 100)).empty());
  auto found = warnings(mapping_of(1, 1, 8, 1), decode(9, 100));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "dp");
  EXPECT_EQ(found[0].message, "9 sequences over 8 replicas are padded to 2 each");
  found = warnings(mapping_of(1, 4, 2, 1), decode(20, 100));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "pp");
  EXPECT_EQ(found[0].message,
            "10 sequences of a replica over 4 micro-batches are padded to 3 each");
  mapping_spec m;
  m.context = 4;
  found = warnings(m, prefill(1, 33));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "cp");
  EXPECT_EQ(found[0].message,
            "33 tokens of a micro-batch over 4 ranks of sp x cp are padded to 9 each");
}

TEST(mapping_check, warns_of_micro_batches_without_a_sequence) {
  mapping_spec m = mapping_of(2, 4, 1, 1);
  m.microbatches = 100;
  const auto found = warnings(m, decode(64, 100));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "microbatches");
  EXPECT_EQ(found[0].message,
            "100 micro-batches for 64 sequences: 36 of them work on padding, as if they had a "
            "sequence each");
  EXPECT_EQ(found[0].suggestion, "use microbatches=64, or a larger batch");
  m.microbatches = 64;
  EXPECT_TRUE(warnings(m, decode(64, 100)).empty());
}

TEST(mapping_groups, tensor_ranks_are_neighbours_and_stages_are_far) {
  const mapping_spec m = mapping_of(2, 2, 2, 1);
  EXPECT_EQ(groups_along(m, mapping_axis::tensor),
            (std::vector<std::vector<int>>{{0, 1}, {2, 3}, {4, 5}, {6, 7}}));
  EXPECT_EQ(groups_along(m, mapping_axis::data),
            (std::vector<std::vector<int>>{{0, 2}, {1, 3}, {4, 6}, {5, 7}}));
  EXPECT_EQ(stage_pairs(m), (std::vector<std::vector<int>>{{0, 4}, {1, 5}, {2, 6}, {3, 7}}));
}

TEST(mapping_groups, the_order_places_an_axis_inside_another) {
  mapping_spec m = mapping_of(2, 1, 2, 1);
  m.order = {mapping_axis::data, mapping_axis::tensor, mapping_axis::sequence,
             mapping_axis::context, mapping_axis::pipeline};
  EXPECT_EQ(groups_along(m, mapping_axis::tensor), (std::vector<std::vector<int>>{{0, 2}, {1, 3}}));
}

TEST(mapping_groups, experts_span_replicas) {
  EXPECT_EQ(expert_groups(mapping_of(2, 1, 4, 4)),
            (std::vector<std::vector<int>>{{0, 1, 2, 3}, {4, 5, 6, 7}}));
}

TEST(legal_mappings, are_all_different_and_legal) {
  const auto all = legal_mappings(deepseek_v3(), 16);
  std::set<std::string> names;
  for (const mapping_spec& m : all) {
    EXPECT_TRUE(check(m, deepseek_v3(), 16).empty());
    names.insert(name_of(m));
  }
  EXPECT_EQ(names.size(), all.size());
  // With pp = 16 / 2^n, (tp, sp, cp, dp) are (n + 3 over 3), and ep a power of two up to 2^n.
  EXPECT_EQ(all.size(), 35U * 5 + 20 * 4 + 10 * 3 + 4 * 2 + 1);
}

TEST(mapping_groups, experts_span_all_ranks_with_tokens_of_their_own) {
  mapping_spec m = mapping_of(2, 1, 2, 4);
  m.sequence = 2;
  EXPECT_EQ(expert_groups(m), (std::vector<std::vector<int>>{{0, 1, 2, 3}, {4, 5, 6, 7}}));
  m.expert = 8;
  EXPECT_EQ(expert_groups(m), (std::vector<std::vector<int>>{{0, 1, 2, 3, 4, 5, 6, 7}}));
}

TEST(mapping_groups, equal_weights_are_shared_along_sequence_context_and_data) {
  mapping_spec m = mapping_of(2, 2, 4, 4);
  m.fsdp = 2;
  const auto all = weight_groups(m);
  ASSERT_EQ(all.size(), 8U);
  EXPECT_EQ(all[0], (std::vector<int>{0, 2}));
  EXPECT_EQ(all[1], (std::vector<int>{4, 6}));
  // Experts are spread over two replicas: every other one holds the same.
  EXPECT_EQ(m.fsdp_of_experts(), 2);
  EXPECT_EQ(expert_weight_groups(m)[0], (std::vector<int>{0, 4}));
  EXPECT_EQ(expert_weight_groups(m)[1], (std::vector<int>{2, 6}));
  std::set<int> chips;
  for (const auto& group : expert_weight_groups(m)) chips.insert(group.begin(), group.end());
  EXPECT_EQ(chips.size(), 16U);
  m.expert = 8;  // over all replicas
  m.fsdp = 4;
  EXPECT_EQ(m.fsdp_of_experts(), 1);
}

TEST(legal_mappings, share_weights_among_every_divisor_of_their_holders) {
  mapping_spec m = mapping_of(2, 1, 4, 1);
  m.sequence = 2;
  const auto all = with_shared_weights(m);
  ASSERT_EQ(all.size(), 3U);
  for (const mapping_spec& each : all) EXPECT_TRUE(check(each, llama_70b(), 16).empty());
  EXPECT_EQ(all.back().fsdp, 8);
}

TEST(shares, every_mapping_does_the_same_work) {
  const language_model model = deepseek_v3();
  const llm_phase phase = decode(64, 2048);
  for (const mapping_spec& m : legal_mappings(model, 16)) {
    for (const operator_share& share : shares_of(model, phase, m)) {
      if (share.replicated) {
        EXPECT_NEAR(share.over_ranks / share.whole, m.tensor, 1e-6) << share.name << name_of(m);
        continue;
      }
      EXPECT_NEAR(share.over_ranks / share.whole, 1, 1e-6) << share.name << ' ' << name_of(m);
    }
  }
}

TEST(shares, ranks_that_share_tokens_conserve_work) {
  const auto is_conserved = [](const language_model& model, const llm_phase& phase,
                               const mapping_spec& m) {
    for (const operator_share& share : shares_of(model, phase, m)) {
      const double copies = share.replicated ? m.tensor : 1;
      EXPECT_NEAR(share.over_ranks / share.whole, copies, 1e-6) << share.name << ' ' << name_of(m);
    }
  };
  for (const llm_phase& phase : {decode(64, 4096), prefill(8, 8192)}) {
    for (const int tensor : {1, 2}) {
      mapping_spec m;
      m.tensor = tensor;
      m.sequence = 4;
      is_conserved(llama_70b(), phase, m);
      is_conserved(deepseek_v3(), phase, m);
      is_conserved(llm_models::deepseek_v32(), phase, m);
      m.context = 2;
      is_conserved(llama_70b(), phase, m);
      is_conserved(deepseek_v3(), phase, m);
    }
  }
}

TEST(shares, name_what_is_replicated) {
  const auto shares = shares_of(deepseek_v3(), decode(64, 2048), mapping_of(8, 1, 2, 16));
  for (const char* name : {"latent_projection", "router"}) {
    EXPECT_TRUE(share_named(shares, name).replicated) << name;
  }
  for (const char* name : {"attention", "output_projection", "expert_up", "shared_down", "head"}) {
    EXPECT_FALSE(share_named(shares, name).replicated) << name;
    EXPECT_NEAR(share_named(shares, name).padding(), 0, 1) << name;
  }
}

TEST(mapping_choices, orders_differ_in_axes_with_several_ranks) {
  mapping_spec m;
  m.tensor = 4;
  m.data = 2;
  m.pipeline = 2;
  const auto orders = with_other_orders(m);
  ASSERT_EQ(orders.size(), 6U);
  std::set<std::vector<std::vector<int>>> tensor;
  std::set<std::string> names;
  for (const mapping_spec& one : orders) {
    names.insert(name_of(one));
    tensor.insert(groups_along(one, mapping_axis::tensor));
  }
  EXPECT_EQ(name_of(orders.front()), "tp=4, pp=2, dp=2");
  EXPECT_EQ(names.count("tp=4, pp=2, dp=2, order=pp/tp/dp"), 1U);
  EXPECT_EQ(names.size(), 6U);
  EXPECT_EQ(tensor.size(), 3U);  // neighbours, every second, every fourth
  EXPECT_EQ(with_other_orders({}).size(), 1U);
}

TEST(mapping_choices, microbatches_are_powers_of_two_up_to_the_sequences_of_a_replica) {
  const auto counts = [](const mapping_spec& m, const llm_phase& step) {
    std::vector<int> all;
    for (const mapping_spec& one : with_other_microbatches(m, {step})) all.push_back(one.parts());
    return all;
  };
  mapping_spec m;
  m.data = 2;
  EXPECT_EQ(counts(m, prefill(24, 100)), std::vector<int>{1});
  m.pipeline = 3;
  EXPECT_EQ(counts(m, prefill(24, 100)), (std::vector<int>{3, 1, 2, 4, 8, 12}));
  EXPECT_EQ(counts(m, decode(24, 100)), (std::vector<int>{3, 4, 8, 12}));
  EXPECT_EQ(counts(m, prefill(2, 100)), (std::vector<int>{3, 1}));
  EXPECT_EQ(unrounded_share(m, {decode(24, 100)}), 1);
  EXPECT_EQ(unrounded_share(m, {decode(20, 100)}), 10.0 / 12);
}

}  // namespace
}  // namespace lamina
