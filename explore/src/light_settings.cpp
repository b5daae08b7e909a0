// SPDX-License-Identifier: Apache-2.0
#include "light_settings.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "lamina/config/document.h"
#include "lamina/config/quantity.h"

namespace lamina::explore {
namespace {

constexpr std::array<std::string_view, 10> light_paths = {
    "mapping",    "mapping.tp", "mapping.pp",   "mapping.dp",     "mapping.ep",
    "mapping.sp", "mapping.cp", "mapping.fsdp", "workload.batch", "workload.context"};

bool set_size(mapping_spec& mapping, std::string_view name, int value) {
  const std::array<std::pair<std::string_view, int*>, 7> sizes = {{{"tp", &mapping.tensor},
                                                                   {"pp", &mapping.pipeline},
                                                                   {"dp", &mapping.data},
                                                                   {"ep", &mapping.expert},
                                                                   {"sp", &mapping.sequence},
                                                                   {"cp", &mapping.context},
                                                                   {"fsdp", &mapping.fsdp}}};
  for (const auto& [known, size] : sizes) {
    if (known != name) continue;
    *size = value;
    return true;
  }
  return false;
}

/// "{tp: 8, dp: 2}"; sizes that are not named are 1.
std::optional<config::mapping_choice> mapping_of(const std::string& text) {
  config::diagnostics problems;
  const config::node sizes = config::parse_yaml("mapping", text, problems);
  if (problems.has_errors() || !sizes.is_map()) return {};
  config::mapping_choice mapping;
  for (const config::entry& size : sizes.entries) {
    const auto value = config::parse_whole(size.value.text);
    if (!value.value || *value.value < 1 || *value.value > 1'000'000) return {};
    if (!set_size(mapping.given, size.key, static_cast<int>(*value.value))) return {};
  }
  return mapping;
}

}  // namespace

std::string path_of(const std::string& setting) { return setting.substr(0, setting.find('=')); }

setting_kind kind_of(const std::string& setting) {
  const std::string_view path = std::string_view(setting).substr(0, setting.find('='));
  if (std::find(light_paths.begin(), light_paths.end(), path) != light_paths.end()) {
    return setting_kind::light;
  }
  return path.substr(0, 8) == "network." ? setting_kind::network : setting_kind::chip;
}

bool light_settings::apply(config::system_platform& platform, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  const std::string_view path = std::string_view(setting).substr(0, equals);
  if (path == "mapping") {
    const std::string text = setting.substr(equals + 1);
    auto known = mappings_.find(text);
    if (known == mappings_.end()) {
      const auto read = mapping_of(text);
      if (!read) return false;
      known = mappings_.emplace(text, *read).first;
    }
    platform.mapping = known->second;
    return true;
  }
  const auto value = config::parse_whole(setting.substr(equals + 1));
  if (!value.value || *value.value < 1 || *value.value > std::numeric_limits<int>::max()) {
    return false;
  }
  if (path == "workload.batch") {
    platform.workload.batch = *value.value;
  } else if (path == "workload.context") {
    platform.workload.context = *value.value;
  } else {
    platform.mapping.best = false;
    return set_size(platform.mapping.given, path.substr(8), static_cast<int>(*value.value));
  }
  return true;
}

}  // namespace lamina::explore
