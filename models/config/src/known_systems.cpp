// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "chip_parts.h"
#include "lamina/config/system_platform.h"
#include "model_configs.h"
#include "system_parts.h"

namespace lamina::config {
namespace {

/// Shipped files by the last part of their path: no two have the same.
std::optional<std::string> read_shipped(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  for (const auto* parts : {&system_parts(), &chip_parts()}) {
    const auto found = parts->find(name);
    if (found != parts->end()) return found->second;
  }
  const std::string suffix = ".config.json";
  if (name.size() <= suffix.size()) return {};
  const auto model = model_configs().find(name.substr(0, name.size() - suffix.size()));
  return model == model_configs().end() ? std::optional<std::string>() : model->second;
}

}  // namespace

std::vector<std::string> known_systems() {
  const std::string prefix = "system_";
  const std::string suffix = ".yaml";
  std::vector<std::string> names;
  for (const auto& part : system_parts()) {
    const std::string& file = part.first;
    const std::string name =
        file.substr(prefix.size(), file.size() - prefix.size() - suffix.size());
    if (known_system(name)) names.push_back(name);
  }
  return names;
}

std::optional<system_platform> known_system(const std::string& name) {
  std::string file = "system_" + name + ".yaml";
  std::transform(file.begin(), file.end(), file.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (system_parts().count(file) == 0) return {};
  diagnostics problems;
  return load_system_platform({file, {}, read_shipped}, problems);
}

}  // namespace lamina::config
