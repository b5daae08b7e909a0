// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/hugging_face.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lamina::config {
namespace {

const std::string folder = LAMINA_CONFIGS "/models/";

imported_model load(const std::string& name) {
  diagnostics found;
  const auto loaded = load_hugging_face(folder + name + ".config.json", found);
  EXPECT_TRUE(loaded) << found.text();
  return loaded.value_or(imported_model{});
}

std::string text_of(const std::string& name) {
  return read_file(folder + name + ".config.json").value_or("");
}

/// `name`'s file with one text replaced by another.
std::string with(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = text_of(name);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string errors_of(const std::string& text) {
  diagnostics found;
  const auto model = import_hugging_face("config.json", text, found);
  EXPECT_EQ(model.has_value(), !found.has_errors());
  return found.text();
}

bool is_ignored(const imported_model& model, const std::string& key) {
  return std::any_of(model.ignored.begin(), model.ignored.end(),
                     [&](const import_note& note) { return note.key == key; });
}

/// Totals as the publishers' checkpoints count them.
TEST(hugging_face, parameters_are_the_published_numbers) {
  const std::vector<std::pair<std::string, double>> published = {
      {"Llama-3.1-8B", 8'030'261'248.0},     {"Llama-3.3-70B", 70'553'706'496.0},
      {"Llama-3.1-405B", 405'853'388'800.0}, {"Mixtral-8x7B", 46'702'792'704.0},
      {"Qwen2.5-7B", 7'615'616'512.0},       {"Qwen3-32B", 32'762'123'264.0},
      {"Qwen3-235B-A22B", 235'093'634'560.0}};
  for (const auto& [name, total] : published) {
    EXPECT_DOUBLE_EQ(parameters_of(load(name).model).total, total) << name;
  }
}

/// Where only rounded numbers are published, or what is counted differs a little.
TEST(hugging_face, rounded_totals_and_active_parameters_are_near) {
  const auto counts = [](const char* name) { return parameters_of(load(name).model); };
  EXPECT_NEAR(counts("DeepSeek-V2").total, 236e9, 0.005 * 236e9);
  EXPECT_NEAR(counts("DeepSeek-V3").total, 671e9, 0.005 * 671e9);
  EXPECT_NEAR(counts("DeepSeek-V3.2").total, 671e9, 0.005 * 671e9);
  EXPECT_NEAR(counts("GPT-OSS-120B").total, 116.83e9, 0.005 * 116.83e9);
  EXPECT_NEAR(counts("GPT-OSS-120B").active, 5.13e9, 0.005 * 5.13e9);
  // "37B", "22B" and "21B": with the input table or without, they round to it.
  EXPECT_NEAR(counts("DeepSeek-V3").active, 37e9, 0.5e9);
  EXPECT_NEAR(counts("Qwen3-235B-A22B").active, 22e9, 0.5e9);
  EXPECT_NEAR(counts("DeepSeek-V2").active, 21e9, 0.5e9);
}

TEST(hugging_face, the_checkpoint_of_gpt_oss_has_its_published_size) {
  // The model card gives 60.8 GiB.
  EXPECT_NEAR(parameters_of(load("GPT-OSS-120B").model).bytes / (1 << 30), 60.8, 0.05);
}

TEST(hugging_face, cache_of_a_token_is_the_published_size) {
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(load("Llama-3.1-8B").model), 131072);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(load("Llama-3.3-70B").model), 327680);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(load("Llama-3.1-405B").model), 516096);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(load("Qwen2.5-7B").model), 57344);
  EXPECT_DOUBLE_EQ(kv_bytes_per_token(load("DeepSeek-V3").model), 61 * 576 * 2);
}

TEST(hugging_face, layers_differ_where_the_file_says) {
  const language_model deepseek = load("DeepSeek-V3").model;
  EXPECT_FALSE(deepseek.layers.at(2).experts);
  EXPECT_TRUE(deepseek.layers.at(3).experts);
  EXPECT_EQ(deepseek.experts.shared_intermediate, 2048);
  const language_model oss = load("GPT-OSS-120B").model;
  EXPECT_EQ(oss.layers.at(0).window, 128);
  EXPECT_EQ(oss.layers.at(1).window, 0);
  EXPECT_TRUE(oss.attention.sinks);
  EXPECT_EQ(load("Qwen2.5-7B").model.layers.at(27).window, 0);
  EXPECT_TRUE(load("Qwen2.5-7B").model.attention.qkv_bias);
  EXPECT_TRUE(load("Qwen3-32B").model.attention.qk_norm);
}

TEST(hugging_face, quantisation_sets_the_types_of_tensors) {
  const model_data_types deepseek = load("DeepSeek-V3.2").model.types;
  EXPECT_TRUE(deepseek.experts == fp8_blocks(128, 128));
  EXPECT_TRUE(deepseek.expert_input == fp8_blocks(1, 128));
  EXPECT_TRUE(deepseek.embedding == plain(number_format::bf16));
  EXPECT_TRUE(deepseek.router == plain(number_format::bf16));
  EXPECT_TRUE(deepseek.kv_cache == plain(number_format::bf16));
  EXPECT_TRUE(deepseek.index_cache == fp8_blocks(1, 128));
  const model_data_types oss = load("GPT-OSS-120B").model.types;
  EXPECT_TRUE(oss.experts == mxfp4());
  EXPECT_TRUE(oss.attention == plain(number_format::bf16));
  EXPECT_TRUE(oss.expert_input == plain(number_format::bf16));
}

TEST(hugging_face, what_does_not_matter_is_listed) {
  const imported_model model = load("DeepSeek-V3");
  EXPECT_TRUE(is_ignored(model, "num_nextn_predict_layers"));
  EXPECT_TRUE(is_ignored(model, "rms_norm_eps"));
  EXPECT_FALSE(is_ignored(model, "hidden_size"));
  EXPECT_EQ(load("GPT-OSS-120B").assumed.at(0).key, "torch_dtype");
}

TEST(hugging_face, models_are_named_by_file_or_folder) {
  EXPECT_EQ(load("Qwen3-32B").model.name, "Qwen3-32B");
  diagnostics found;
  const auto reader = [](const std::string&) { return std::optional(text_of("Qwen3-32B")); };
  EXPECT_EQ(load_hugging_face("hub/my-model/config.json", found, reader)->model.name, "my-model");
}

TEST(hugging_face, an_unknown_architecture_is_named) {
  EXPECT_EQ(errors_of("{\"model_type\": \"lama\"}"),
            "config.json:1:2: error: model_type: architecture 'lama' is not understood; expected "
            "one of llama, mistral, mixtral, qwen2, qwen2_moe, qwen3, qwen3_moe, deepseek_v2, "
            "deepseek_v3, deepseek_v32, gpt_oss\n    did you mean 'llama'?\n");
  EXPECT_NE(errors_of("{}").find("model_type: missing"), std::string::npos);
  EXPECT_EQ(errors_of(with("Llama-3.1-8B", "LlamaForCausalLM", "Qwen2ForCausalLM")),
            "config.json:2:3: error: architectures: 'Qwen2ForCausalLM' is not the "
            "LlamaForCausalLM of model_type 'llama'\n");
}

TEST(hugging_face, an_unknown_key_is_named_with_its_place) {
  EXPECT_EQ(errors_of(with("Llama-3.1-8B", "\"rope_theta\"", "\"head_dims\"")),
            "config.json:18:3: error: unknown key 'head_dims'; it may change shapes or data "
            "types\n    did you mean 'head_dim'?\n");
}

TEST(hugging_face, all_problems_come_at_once) {
  std::string text = with("Mixtral-8x7B", "\"hidden_size\": 4096", "\"hidden_size\": \"4096\"");
  const std::string gone = "  \"vocab_size\": 32000,\n";
  text.erase(text.find(gone), gone.size());
  text.replace(text.find("\"silu\""), 6, "\"gelu\"");
  EXPECT_EQ(errors_of(text),
            "config.json:1:1: error: vocab_size: missing; expected a whole number\n"
            "config.json:6:3: error: hidden_size: '4096'; expected a whole number that is not "
            "negative\n"
            "config.json:15:3: error: hidden_act: 'gelu'; expected silu\n");
}

TEST(hugging_face, contradictions_are_told_at_the_key) {
  EXPECT_EQ(
      errors_of(with("Llama-3.1-8B", "\"num_key_value_heads\": 8", "\"num_key_value_heads\": 5")),
      "config.json:10:3: error: num_key_value_heads: 32 heads do not divide into 5 groups "
      "that share keys and values\n    make the number of heads a multiple of kv_heads\n");
  EXPECT_EQ(
      errors_of(with("Llama-3.1-8B", "\"num_attention_heads\": 32", "\"num_attention_heads\": 24")),
      "config.json:9:3: error: num_attention_heads: hidden_size 4096 does not divide by 24 "
      "heads\n    give head_dim when heads have a size of their own\n");
  EXPECT_EQ(
      errors_of(with("Mixtral-8x7B", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 9")),
      "config.json:12:3: error: num_experts_per_tok: a token visits 9 experts; expected 1 "
      "to 8, as many as there are\n");
  EXPECT_EQ(
      errors_of(with("GPT-OSS-120B", "\"num_hidden_layers\": 36", "\"num_hidden_layers\": 35")),
      "config.json:16:3: error: layer_types: 36 layers; expected 35, as num_hidden_layers "
      "says\n");
}

TEST(hugging_face, odd_quantisations_are_told) {
  EXPECT_EQ(
      errors_of(with("DeepSeek-V3", "\"quant_method\": \"fp8\"", "\"quant_method\": \"awq\"")),
      "config.json:35:5: error: quantization_config.quant_method: 'awq'; expected fp8 or "
      "mxfp4\n    other quantisations are not understood\n");
  EXPECT_NE(errors_of(with("DeepSeek-V3", "\"fmt\"", "\"group\""))
                .find("unknown key 'quantization_config.group'"),
            std::string::npos);
  EXPECT_NE(errors_of(with("GPT-OSS-120B", "model.embed_tokens", "model.layers.0.mlp.experts"))
                .find("'model.layers.0.mlp.experts' cannot be left out"),
            std::string::npos);
}

TEST(hugging_face, what_is_not_json_is_told_with_its_line) {
  const std::string whole = text_of("Qwen3-32B");
  const std::string cut = errors_of(whole.substr(0, 200));
  EXPECT_EQ(cut.substr(0, 15), "config.json:10:");
  EXPECT_NE(cut.find("the file ends too early"), std::string::npos);
  EXPECT_EQ(errors_of("").substr(0, 19), "config.json:1:1: er");
  EXPECT_EQ(errors_of("[1, 2]"), "config.json:1:1: error: a list; expected a map of keys\n");
  const std::string twice = errors_of("{\"model_type\": \"llama\",\n \"model_type\": \"llama\"}");
  EXPECT_NE(twice.find("config.json:2:2: error: the key 'model_type' comes twice"),
            std::string::npos);
}

TEST(hugging_face, every_cut_of_a_file_is_a_problem) {
  const std::string whole = text_of("DeepSeek-V3.2");
  const std::size_t end = whole.rfind('}');
  for (std::size_t length = 0; length <= end; ++length) {
    diagnostics found;
    EXPECT_FALSE(import_hugging_face("c", whole.substr(0, length), found)) << length;
    EXPECT_TRUE(found.has_errors()) << length;
  }
}

TEST(hugging_face, older_and_other_keys_are_understood) {
  const std::string older = R"({"model_type": "qwen2_moe", "hidden_size": 2048,
    "intermediate_size": 5632, "moe_intermediate_size": 1408,
    "shared_expert_intermediate_size": 5632, "num_hidden_layers": 24,
    "num_attention_heads": 16, "num_key_value_heads": 16, "num_experts": 60,
    "num_experts_per_tok": 4, "vocab_size": 151936, "torch_dtype": "bfloat16"})";
  diagnostics found;
  const auto qwen = import_hugging_face("c", older, found);
  ASSERT_TRUE(qwen) << found.text();
  // Qwen1.5-MoE-A2.7B has 14.3e9 parameters.
  EXPECT_NEAR(parameters_of(qwen->model).total, 14.3e9, 0.005 * 14.3e9);
  EXPECT_TRUE(qwen->model.experts.shared_gate);
  const std::string mistral = R"({"model_type": "mistral", "hidden_size": 4096,
    "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "vocab_size": 32000, "sliding_window": 4096})";
  const auto windows = import_hugging_face("c", mistral, found);
  ASSERT_TRUE(windows) << found.text();
  EXPECT_EQ(windows->model.layers.at(31).window, 4096);
  EXPECT_NEAR(parameters_of(windows->model).total, 7.24e9, 0.005 * 7.24e9);
}

}  // namespace
}  // namespace lamina::config
