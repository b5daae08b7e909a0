// SPDX-License-Identifier: Apache-2.0
// What the declarations tell people and tools: tables, JSON Schema, the resolved configuration.
#pragma once

#include <map>
#include <string>

#include "lamina/config/mapping.h"

namespace lamina::config {

/// Of defaults, a required parameter has none to show.
enum class shown_values { present, defaults };

/// One block for each section: name, value, meaning, range, source. The source of a section stands
/// below its name, that of a parameter below the parameter.
std::string describe(const mapping& declared,
                     const std::map<std::string, source_note>& sources = {},
                     shown_values values = shown_values::present);
/// The same as JSON: a list of parameters, one object each.
std::string describe_json(const mapping& declared,
                          const std::map<std::string, source_note>& sources = {});

/// JSON Schema (draft 2020-12) of a configuration file, for editors.
std::string json_schema(const mapping& declared, const std::string& title);

/// The complete configuration as YAML: every parameter with its unit, defaults included. Canonical:
/// equal objects give equal texts, and reading it gives an equal object.
std::string dump_yaml(const mapping& declared);

/// FNV-1a, 64 bits, as 16 hexadecimal digits: names a configuration, protects nothing.
std::string hash_of(const std::string& text);

}  // namespace lamina::config
