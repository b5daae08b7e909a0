// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/hugging_face.h"
#include "model_configs.h"

namespace lamina::config {

std::vector<std::string> known_models() {
  std::vector<std::string> names;
  for (const auto& entry : model_configs()) names.push_back(entry.first);
  return names;
}

std::optional<language_model> known_model(const std::string& name) {
  const auto found = model_configs().find(name);
  if (found == model_configs().end()) return {};
  diagnostics problems;
  auto imported = import_hugging_face(name, found->second, problems);
  if (!imported) return {};
  imported->model.name = name;
  return std::move(imported->model);
}

}  // namespace lamina::config
