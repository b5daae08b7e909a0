// SPDX-License-Identifier: Apache-2.0
// Settings of a point by what they touch, and those that change no hardware, applied.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lamina/config/system_platform.h"

namespace lamina::explore {

/// What a setting touches. Light ones: mapping, batch, context.
enum class setting_kind : std::uint8_t { chip, network, light };
setting_kind kind_of(const std::string& setting);

/// Applies light settings to platforms that are loaded, and remembers the mappings that it read.
class light_settings {
 public:
  /// "workload.batch=8", "mapping={tp: 8}". False for what is no whole number above 0.
  bool apply(config::system_platform& platform, const std::string& setting);

 private:
  std::map<std::string, config::mapping_choice> mappings_;
};

/// "a.b" of "a.b=c".
std::string path_of(const std::string& setting);

}  // namespace lamina::explore
