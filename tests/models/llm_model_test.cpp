// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lamina/models/language_model.h"
#include "llm_models.h"

namespace lamina {
namespace {

TEST(language_model, formats_with_scales_take_their_bytes) {
  EXPECT_DOUBLE_EQ(bytes_of(plain(number_format::bf16), 3, 5), 30);
  EXPECT_DOUBLE_EQ(bytes_of(mxfp4(), 2, 64), 2 * (32 + 2));
  EXPECT_DOUBLE_EQ(bytes_of(mxfp4(), 1, 33), 16.5 + 2);  // a cut block has a whole scale
  EXPECT_DOUBLE_EQ(bytes_of(fp8_blocks(128, 128), 256, 256), 65536 + 4 * 4);
  EXPECT_DOUBLE_EQ(bytes_of(fp8_blocks(128, 128), 129, 128), 129 * 128 + 2 * 4);
}

TEST(language_model, data_types_are_named_and_found_by_name) {
  for (const char* name : {"fp32", "bf16", "fp16", "fp8", "fp4", "mxfp4", "fp8[128x64]"}) {
    const auto type = data_type_named(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(name_of(*type), name);
  }
  EXPECT_TRUE(*data_type_named("fp8[128x64]") == fp8_blocks(128, 64));
  for (const char* name : {"", "int8", "fp8[", "fp8[]", "fp8[1]", "fp8[0x4]", "fp8[1x4", "fp8[1x]",
                           "fp8[9999999999x1]"}) {
    EXPECT_FALSE(data_type_named(name)) << name;
  }
}

TEST(language_model, parameters_of_llama_are_the_published_ones) {
  const parameter_counts counts = parameters_of(llm_models::llama_8b());
  EXPECT_DOUBLE_EQ(counts.total, 8'030'261'248.0);
  EXPECT_DOUBLE_EQ(counts.bytes, 2 * counts.total);
  EXPECT_DOUBLE_EQ(counts.active, counts.total - 128256.0 * 4096);
}

TEST(language_model, tied_embeddings_are_one_tensor) {
  language_model model = llm_models::llama_8b();
  model.tied_embeddings = true;
  EXPECT_DOUBLE_EQ(parameters_of(model).total, 8'030'261'248.0 - 128256.0 * 4096);
  EXPECT_DOUBLE_EQ(parameters_of(model).active, parameters_of(model).total);
}

TEST(language_model, cache_of_a_token_is_the_published_size) {
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(llm_models::llama_8b()), 131072);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(llm_models::deepseek_v3()), 61 * 576 * 2);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(llm_models::deepseek_v32()), 61 * (576 * 2 + 132));
}

TEST(language_model, what_does_not_hold_together_is_told_at_its_path) {
  EXPECT_TRUE(check(llm_models::gpt_oss()).empty());
  EXPECT_TRUE(check(llm_models::deepseek_v32()).empty());
  language_model model = llm_models::mixtral();
  model.attention.kv_heads = 5;
  model.experts.per_token = 9;
  model.hidden = -1;
  const auto found = check(model);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].path, "hidden");
  EXPECT_EQ(found[1].path, "attention.kv_heads");
  EXPECT_EQ(found[2].path, "experts.per_token");
  model.layers.clear();
  EXPECT_EQ(check(model)[1].path, "layers");
}

}  // namespace
}  // namespace lamina
