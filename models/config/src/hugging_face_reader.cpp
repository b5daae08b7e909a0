// SPDX-License-Identifier: Apache-2.0
#include "hugging_face_reader.h"

#include <fmt/format.h>

#include <limits>

namespace lamina::config {

const json_value* key_reader::find(std::string_view key) {
  asked_.emplace(key);
  const json_value* value = map_.find(key);
  return value == nullptr || value->what == json_value::kind::null ? nullptr : value;
}

void key_reader::problem(std::string_view key, std::string message, std::string suggestion) {
  const json_value* value = map_.find(key);
  location where = value == nullptr ? map_.place : value->place;
  problems_.add(std::move(where), fmt::format("{}{}: {}", of_, key, message),
                std::move(suggestion));
}

void key_reader::problem_of_field(const std::string& path, const std::string& message,
                                  const std::string& suggestion) {
  const auto known = fields_.find(path);
  if (known != fields_.end()) {
    problem(known->second, message, suggestion);
  } else {
    problems_.add(map_.place, path + ": " + message, suggestion);
  }
}

void key_reader::wrong_kind(std::string_view key, const json_value& value,
                            std::string_view expected) {
  problem(key, fmt::format("{}; expected {}", shown(value), expected));
}

std::optional<std::int64_t> key_reader::whole(std::string_view key) {
  const json_value* value = find(key);
  if (value == nullptr) return {};
  if (value->what == json_value::kind::integer && value->integer >= 0) return value->integer;
  wrong_kind(key, *value, "a whole number that is not negative");
  return 0;
}

std::optional<int> key_reader::optional_integer(std::string_view key, const std::string& path) {
  if (!path.empty()) fields_[path] = key;
  const std::optional<std::int64_t> value = whole(key);
  if (!value) return {};
  if (*value <= std::numeric_limits<int>::max()) return static_cast<int>(*value);
  problem(key, fmt::format("{} is out of range; expected less than 2^31", *value));
  return 0;
}

int key_reader::integer(std::string_view key, const std::string& path) {
  const std::optional<int> value = optional_integer(key, path);
  if (!value) problem(key, "missing; expected a whole number");
  return value.value_or(0);
}

std::int64_t key_reader::long_integer_or(std::string_view key, std::int64_t otherwise) {
  return whole(key).value_or(otherwise);
}

bool key_reader::flag_or(std::string_view key, bool otherwise) {
  const json_value* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->what == json_value::kind::boolean) return value->flag;
  wrong_kind(key, *value, "true or false");
  return otherwise;
}

std::optional<std::string> key_reader::text(std::string_view key) {
  const json_value* value = find(key);
  if (value == nullptr) return {};
  if (value->what == json_value::kind::text) return value->text;
  wrong_kind(key, *value, "a text");
  return {};
}

std::vector<std::string> key_reader::texts(std::string_view key) {
  std::vector<std::string> list;
  const json_value* value = find(key);
  if (value == nullptr) return list;
  if (value->what != json_value::kind::list) wrong_kind(key, *value, "a list of texts");
  for (const auto& [name, item] : value->entries) {
    if (value->what != json_value::kind::list) break;
    if (item.what == json_value::kind::text) {
      list.push_back(item.text);
    } else {
      wrong_kind(key, item, "texts in the list");
      break;
    }
  }
  return list;
}

std::vector<std::int64_t> key_reader::integers(std::string_view key) {
  std::vector<std::int64_t> list;
  const json_value* value = find(key);
  if (value == nullptr) return list;
  if (value->what != json_value::kind::list) {
    wrong_kind(key, *value, "a list of whole numbers");
    return list;
  }
  for (const auto& [name, item] : value->entries) {
    if (item.what != json_value::kind::integer || item.integer < 0) {
      wrong_kind(key, item, "whole numbers in the list");
      return {};
    }
    list.push_back(item.integer);
  }
  return list;
}

void key_reader::tell_unknown(const std::vector<import_note>& harmless,
                              std::vector<import_note>& ignored) {
  std::vector<std::string> names(asked_.begin(), asked_.end());
  for (const import_note& note : harmless) names.push_back(note.key);
  for (const auto& [key, value] : map_.entries) {
    if (asked_.count(key) > 0) continue;
    const import_note* known = nullptr;
    for (const import_note& note : harmless) {
      if (note.key == key) known = &note;
    }
    if (known != nullptr) {
      ignored.push_back({of_ + key, known->meaning});
      continue;
    }
    const std::string near = nearest(key, names);
    problems_.add(
        value.place,
        fmt::format("unknown key {}; it may change shapes or data types", in_quotes(of_ + key)),
        near.empty() ? "remove it when it does not" : "did you mean '" + near + "'?");
  }
}

}  // namespace lamina::config
