// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "lamina/config/describe.h"

namespace lamina::config {
namespace {

using json = nlohmann::ordered_json;

json schema_of(const mapping& declared);

json schema_of(const parameter& p) {
  json schema;
  if (p.section) {
    schema = schema_of(*p.section);
  } else if (p.item) {
    schema = {{"type", "array"}, {"items", schema_of(*p.item)}};
  } else {
    schema = json::parse(p.schema());
    if (!p.is_required) schema["default"] = p.text();
  }
  std::string description = p.meaning;
  if (!p.range.empty()) description += " (" + p.range + ")";
  schema["description"] = description;
  return schema;
}

/// Keys that `extends` may bring cannot be required of one file alone.
json schema_of(const mapping& declared) {
  json properties = json::object();
  json required = json::array();
  for (const parameter& p : declared.parameters()) {
    properties[p.name] = schema_of(p);
    if (p.is_required) required.push_back(p.name);
  }
  properties["extends"] = {{"description", "File, or files, that this map starts from"},
                           {"type", json::array({"string", "array"})},
                           {"items", {{"type", "string"}}}};
  properties["sources"] = {{"description", "Where each number comes from"},
                           {"type", "object"},
                           {"additionalProperties", {{"type", "string"}}}};
  json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) {
    schema["anyOf"] = {{{"required", json::array({"extends"})}}, {{"required", required}}};
  }
  return schema;
}

}  // namespace

std::string json_schema(const mapping& declared, const std::string& title) {
  json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  schema.update(schema_of(declared));
  return schema.dump(2) + '\n';
}

}  // namespace lamina::config
