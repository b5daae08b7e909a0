// SPDX-License-Identifier: Apache-2.0
// JSON with the place of each key, so that a problem can be told where it stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lamina/config/diagnostics.h"

namespace lamina::config {

struct json_value {
  enum class kind { null, boolean, integer, number, text, list, map };
  kind what = kind::null;
  bool flag = false;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<std::pair<std::string, json_value>> entries;  ///< of a list (empty keys) or a map
  location place;  ///< of the key in a map, else of about the value itself

  const json_value* find(std::string_view key) const;
};

/// "8", "'bfloat16'", "a list", "null": a value in a message.
std::string shown(const json_value& value);

/// The value of a whole text. Syntax errors and duplicate keys are problems; a syntax error gives
/// null.
json_value parse_json(const std::string& file, std::string_view text, diagnostics& problems);

}  // namespace lamina::config
