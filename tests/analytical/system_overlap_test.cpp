// SPDX-License-Identifier: Apache-2.0
// What hides: weights behind the layer before, keys behind attention on the part before.
#include <gtest/gtest.h>

#include <algorithm>

#include "../models/llm_models.h"
#include "lamina/analytical/system.h"
#include "system_spec.h"

namespace lamina::analytical {
namespace {

const language_model& llama() {
  static const language_model model = llm_models::llama_8b();
  return model;
}

const system_part& part_named(const system_step_result& step, std::string_view name) {
  return *std::find_if(step.parts.begin(), step.parts.end(),
                       [&](const system_part& part) { return part.name == name; });
}

llm_system system_with(overlap_kind overlap, double link_bytes_per_s = 200e9) {
  system_spec spec = tests::small_system(8);
  spec.network.levels[0].bandwidth_bytes_per_s = link_bytes_per_s;
  spec.overlap = overlap;
  return llm_system(spec);
}

mapping_spec sharing(int replicas, int ranks) {
  mapping_spec m;
  m.data = replicas;
  m.fsdp = ranks;
  return m;
}

mapping_spec in_parts(int ranks) {
  mapping_spec m;
  m.context = ranks;
  return m;
}

TEST(shared_weights, take_what_the_network_needs_for_the_rest) {
  llm_system system = system_with(overlap_kind::none);
  const auto step = system.step(llama(), decode(64, 1000), sharing(8, 8));
  const system_part& gather = part_named(step, "weights_gather");
  EXPECT_EQ(gather.layers, 32);
  // (4096 x 6144 + 4096^2 + 3 x 4096 x 14336) x 2 bytes, an eighth of which is there.
  const double layer = 2.0 * (4096.0 * 6144 + 4096.0 * 4096 + 3 * 4096.0 * 14336);
  EXPECT_NEAR(gather.bytes / (layer / 8), 1, 1e-3);
  EXPECT_GE(to_seconds(gather.elapsed), 7 * layer / 8 / 200e9);
  EXPECT_EQ(gather.hidden.count(), 0);
}

TEST(shared_weights, only_add_time_and_save_memory) {
  llm_system system = system_with(overlap_kind::waves);
  for (const llm_phase& phase : {decode(64, 1000), prefill(8, 2048)}) {
    const auto whole = system.step(llama(), phase, sharing(8, 1));
    for (const int ranks : {2, 4, 8}) {
      const auto shared = system.step(llama(), phase, sharing(8, ranks));
      EXPECT_GE(shared.seconds, whole.seconds);
      EXPECT_LT(shared.footprint.total_bytes(), whole.footprint.total_bytes());
    }
  }
}

TEST(shared_weights, hide_behind_the_kernels_of_the_layer_before) {
  llm_system system = system_with(overlap_kind::waves);
  // A prompt of 32 Ki tokens computes for longer than its weights travel.
  const auto prompt = system.step(llama(), prefill(8, 32768), sharing(8, 8));
  const system_part& behind = part_named(prompt, "weights_gather");
  EXPECT_EQ(behind.hidden, behind.elapsed);
  // Few tokens do not: what a layer computes is all that hides.
  const auto token = system.step(llama(), decode(8, 100), sharing(8, 8));
  femtoseconds layer{0};
  for (const system_part& part : token.parts) {
    if (part.group == 0 && !part.communication) layer += part.elapsed;
  }
  EXPECT_EQ(part_named(token, "weights_gather").hidden, layer);
}

TEST(ring_of_keys, takes_the_longer_of_attention_and_transfer_in_each_step) {
  llm_system ringing = system_with(overlap_kind::rings);
  for (const std::int64_t tokens : {2048, 65536}) {
    const auto after = ringing.step(llama(), prefill(1, tokens), in_parts(8));
    const system_part& ring = part_named(after, "keys_ring");
    const system_part& attention = part_named(after, "attention");
    EXPECT_EQ(ring.algorithm, collective_algorithm::ring);
    EXPECT_EQ(attention.passes, 8);
    const double each = to_seconds(attention.elapsed) / 8;
    const double transfer = to_seconds(ring.elapsed) / 7;
    const double both = to_seconds(attention.elapsed + ring.elapsed - ring.hidden);
    EXPECT_NEAR(both, each + 7 * std::max(each, transfer), 1e-12);
  }
}

TEST(ring_of_keys, hides_behind_the_attention_of_long_prompts) {
  const auto before =
      system_with(overlap_kind::waves, 20e9).step(llama(), prefill(1, 65536), in_parts(8));
  const auto after =
      system_with(overlap_kind::rings, 20e9).step(llama(), prefill(1, 65536), in_parts(8));
  EXPECT_LT(after.seconds, before.seconds);
  EXPECT_EQ(part_named(after, "keys_ring").hidden, part_named(after, "keys_ring").elapsed);
}

TEST(ring_of_keys, part_by_part_does_the_same_products) {
  llm_system ringing = system_with(overlap_kind::rings);
  llm_system plain = system_with(overlap_kind::none);
  const auto after = ringing.step(llama(), prefill(1, 4096), in_parts(4));
  const auto before = plain.step(llama(), prefill(1, 4096), in_parts(4));
  EXPECT_EQ(part_named(after, "attention").matrix_flops,
            part_named(before, "attention").matrix_flops);
  EXPECT_GE(part_named(after, "attention").elapsed, part_named(before, "attention").elapsed);
}

TEST(ring_of_keys, is_not_there_when_decoding) {
  llm_system plain = system_with(overlap_kind::waves);
  llm_system ringing = system_with(overlap_kind::rings);
  EXPECT_EQ(plain.step(llama(), decode(8, 8192), in_parts(8)).seconds,
            ringing.step(llama(), decode(8, 8192), in_parts(8)).seconds);
}

TEST(parts_of_the_keys, of_latent_attention_make_decoding_of_long_contexts_quicker) {
  language_model model = llm_models::deepseek_v3();
  model.layers.resize(4);
  llm_system system = system_with(overlap_kind::none);
  const auto attention = [&](int ranks) {
    mapping_spec m = in_parts(ranks);
    m.data = 8 / ranks;
    return part_named(system.step(model, decode(8, 131072), m), "attention").elapsed;
  };
  // One sequence of all keys, or all sequences of an eighth: the same rows, and more blocks.
  EXPECT_NEAR(to_seconds(attention(8)) / to_seconds(attention(1)), 1, 0.25);
  mapping_spec alone = in_parts(8);
  mapping_spec tensor;
  tensor.tensor = 8;
  const auto one = part_named(system.step(model, decode(1, 131072), tensor), "attention").elapsed;
  const auto parts = part_named(system.step(model, decode(1, 131072), alone), "attention").elapsed;
  EXPECT_LT(parts, one);
}

}  // namespace
}  // namespace lamina::analytical
