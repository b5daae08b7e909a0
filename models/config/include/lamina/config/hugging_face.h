// SPDX-License-Identifier: Apache-2.0
// A language model from the config.json that its publisher ships (Hugging Face format).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/config/document.h"
#include "lamina/models/language_model.h"

namespace lamina::config {

/// A key that is there, or is missing, and what that means for the model.
struct import_note {
  std::string key;
  std::string meaning;
};

struct imported_model {
  language_model model;
  std::vector<import_note> ignored;  ///< known keys that change neither shapes nor data types
  std::vector<import_note> assumed;  ///< what the file leaves open
};

/// Architectures that import_hugging_face() understands, as `model_type` names them.
std::vector<std::string> known_model_types();

/// Reads Llama, Mistral, Mixtral, Qwen2 and Qwen3 (dense and MoE), DeepSeek-V2, V3 and V3.2, and
/// GPT-OSS. What is not understood (an architecture, a key, a value, a quantisation) is a problem
/// at its place; all come at once. Nothing when there are any.
std::optional<imported_model> import_hugging_face(const std::string& file, std::string_view text,
                                                  diagnostics& problems);
/// The same of a file, named after it: NAME.config.json, or the folder of config.json.
std::optional<imported_model> load_hugging_face(const std::string& file, diagnostics& problems,
                                                const file_reader& reader = read_file);

/// The shipped models (configs/models), which every build carries, by name: Llama-3.1-8B, ...
std::vector<std::string> known_models();
/// Nothing for a name that is not known.
std::optional<language_model> known_model(const std::string& name);

}  // namespace lamina::config
