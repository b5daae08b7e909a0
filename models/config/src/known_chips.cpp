// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>

#include "chip_parts.h"
#include "lamina/config/chip.h"

namespace lamina::config {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

std::optional<std::string> read_part(const std::string& path) {
  const auto part = chip_parts().find(path);
  return part == chip_parts().end() ? std::optional<std::string>() : part->second;
}

}  // namespace

std::vector<std::string> known_chips() {
  std::vector<std::string> names;
  for (const auto& part : chip_parts()) {
    diagnostics problems;
    const auto chip = load_chip({part.first, {}, read_part}, problems);
    if (chip) names.push_back(chip->name);
  }
  return names;
}

std::optional<chip_spec> known_chip(const std::string& name) {
  diagnostics problems;
  const std::string file = lower(name) + ".yaml";
  if (chip_parts().count(file) == 0) return {};
  return load_chip({file, {}, read_part}, problems);
}

}  // namespace lamina::config
