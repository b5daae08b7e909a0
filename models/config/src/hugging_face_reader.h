// SPDX-License-Identifier: Apache-2.0
// Reads typed keys of a config.json and remembers which were asked for, so that none is overlooked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hugging_face_json.h"
#include "lamina/config/hugging_face.h"

namespace lamina::config {

class key_reader {
 public:
  /// `of` names the map in messages: "" for the whole file, "quantization_config." within it.
  key_reader(const json_value& map, std::string of, diagnostics& problems)
      : map_(map), of_(std::move(of)), problems_(problems) {}

  /// The value of a key; null counts as missing.
  const json_value* find(std::string_view key);
  bool has(std::string_view key) { return find(key) != nullptr; }

  /// A size. `path` is of the model's field, so that later checks can be told at this key.
  int integer(std::string_view key, const std::string& path = "");
  std::optional<int> optional_integer(std::string_view key, const std::string& path = "");
  int integer_or(std::string_view key, int otherwise, const std::string& path = "") {
    return optional_integer(key, path).value_or(otherwise);
  }
  std::int64_t long_integer_or(std::string_view key, std::int64_t otherwise);
  bool flag_or(std::string_view key, bool otherwise);
  std::optional<std::string> text(std::string_view key);
  /// A list of texts; empty when it is missing.
  std::vector<std::string> texts(std::string_view key);
  std::vector<std::int64_t> integers(std::string_view key);

  void problem(std::string_view key, std::string message, std::string suggestion = "");
  /// Told at the key that gave the field of this path.
  void problem_of_field(const std::string& path, const std::string& message,
                        const std::string& suggestion);
  /// Problems for keys that were not asked for and are not in `harmless`; notes of those that are.
  void tell_unknown(const std::vector<import_note>& harmless, std::vector<import_note>& ignored);

 private:
  std::optional<std::int64_t> whole(std::string_view key);
  void wrong_kind(std::string_view key, const json_value& value, std::string_view expected);

  const json_value& map_;
  std::string of_;
  diagnostics& problems_;
  std::set<std::string, std::less<>> asked_;
  std::map<std::string, std::string> fields_;  ///< path -> key
};

/// Data types from torch_dtype and quantization_config.
model_data_types read_data_types(key_reader& keys, imported_model& into, diagnostics& problems);

}  // namespace lamina::config
