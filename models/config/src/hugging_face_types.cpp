// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "hugging_face_reader.h"

namespace lamina::config {
namespace {

number_format stored_format(key_reader& keys, imported_model& into) {
  const bool newer = !keys.has("torch_dtype");
  const std::string key = newer ? "dtype" : "torch_dtype";
  const std::optional<std::string> name = keys.text(key);
  keys.has("dtype");
  if (!name) {
    into.assumed.push_back({"torch_dtype", "not given: bfloat16"});
    return number_format::bf16;
  }
  if (*name == "bfloat16") return number_format::bf16;
  if (*name == "float16") return number_format::fp16;
  if (*name == "float32") return number_format::fp32;
  keys.problem(key, in_quotes(*name) + "; expected bfloat16, float16 or float32");
  return number_format::bf16;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Modules that stay in the stored format. Those that do in any case need no more.
void check_exceptions(key_reader& quantisation, std::string_view key, bool experts_only) {
  for (const std::string& module : quantisation.texts(key)) {
    const bool gate = module.size() > 5 && module.compare(module.size() - 5, 5, ".gate") == 0;
    const bool always = contains(module, "lm_head") || contains(module, "embed_tokens") ||
                        contains(module, "norm") || contains(module, "router") || gate;
    if (always || (experts_only && contains(module, "self_attn"))) continue;
    quantisation.problem(key, in_quotes(module) + " cannot be left out of the quantisation",
                         "understood: lm_head, embed_tokens, norms, router or gate" +
                             std::string(experts_only ? ", self_attn" : ""));
  }
}

void read_fp8(key_reader& quantisation, model_data_types& types) {
  const std::string format = quantisation.text("fmt").value_or("e4m3");
  if (format != "e4m3") quantisation.problem("fmt", in_quotes(format) + "; expected e4m3");
  const std::string scheme = quantisation.text("activation_scheme").value_or("dynamic");
  if (scheme != "dynamic" && scheme != "static") {
    quantisation.problem("activation_scheme", in_quotes(scheme) + "; expected dynamic or static");
  }
  check_exceptions(quantisation, "modules_to_not_convert", false);
  check_exceptions(quantisation, "ignored_layers", false);
  data_type weights = plain(number_format::fp8);
  data_type inputs = weights;
  const std::vector<std::int64_t> block = quantisation.integers("weight_block_size");
  if (!block.empty()) {
    constexpr std::int64_t most = 1 << 20;
    if (block.size() != 2 || block[0] < 1 || block[1] < 1 || block[0] > most || block[1] > most) {
      quantisation.problem("weight_block_size",
                           "expected two sizes from 1 to 2^20: rows and columns",
                           "such as [128, 128]");
    } else {
      weights = fp8_blocks(static_cast<int>(block[0]), static_cast<int>(block[1]));
      // Activations have a scale for each token and block of columns, made as they come.
      if (scheme == "dynamic") inputs = fp8_blocks(1, static_cast<int>(block[1]));
    }
  }
  types.attention = types.indexer = types.dense = types.experts = weights;
  types.gemm_input = types.expert_input = inputs;
}

void read_quantisation(const json_value& map, model_data_types& types, imported_model& into,
                       diagnostics& problems) {
  key_reader quantisation(map, "quantization_config.", problems);
  const std::optional<std::string> method = quantisation.text("quant_method");
  if (method && *method == "fp8") {
    read_fp8(quantisation, types);
  } else if (method && *method == "mxfp4") {
    // Weights only: they are multiplied as what the activations are.
    types.experts = mxfp4();
    check_exceptions(quantisation, "modules_to_not_convert", true);
  } else {
    quantisation.problem("quant_method",
                         (method ? in_quotes(*method) : "missing") + "; expected fp8 or mxfp4",
                         "other quantisations are not understood");
    return;
  }
  quantisation.tell_unknown({{"scale_fmt", "how scales are rounded"},
                             {"quant_method", ""},
                             {"dequantize", "what the loader does"}},
                            into.ignored);
}

}  // namespace

model_data_types read_data_types(key_reader& keys, imported_model& into, diagnostics& problems) {
  const data_type stored = plain(stored_format(keys, into));
  model_data_types types;
  types.attention = types.indexer = types.dense = types.experts = stored;
  types.router = types.embedding = types.norm = types.activation = stored;
  types.gemm_input = types.expert_input = types.kv_cache = types.index_cache = stored;
  const json_value* quantisation = keys.find("quantization_config");
  if (quantisation == nullptr) return types;
  if (quantisation->what != json_value::kind::map) {
    keys.problem("quantization_config", shown(*quantisation) + "; expected a map");
    return types;
  }
  read_quantisation(*quantisation, types, into, problems);
  return types;
}

}  // namespace lamina::config
