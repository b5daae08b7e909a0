// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lamina::config {
namespace {

using json = nlohmann::ordered_json;
using source_map = std::map<std::string, source_note>;

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + '.' + key;
}

/// The note of the parameter itself, else of the nearest section around it, else none.
std::string source_of(const source_map& sources, const std::string& path) {
  for (std::string at = path; !at.empty();) {
    const auto found = sources.find(at);
    if (found != sources.end()) return found->second.text;
    const std::size_t dot = at.rfind('.');
    at = dot == std::string::npos ? "" : at.substr(0, dot);
  }
  return "";
}

std::string shortened(std::string text) {
  constexpr std::size_t longest = 60;
  if (text.size() > longest) text = text.substr(0, longest - 4) + " ...";
  return text;
}

void describe_section(const mapping& declared, const std::string& path, const source_map& sources,
                      std::string& text) {
  std::size_t name_width = 0, value_width = 0;
  for (const parameter& p : declared.parameters()) {
    if (p.section || p.item) continue;
    name_width = std::max(name_width, p.name.size());
    value_width =
        std::max(value_width,
                 p.is_required && sources.empty() && path.empty() ? 0 : shortened(p.text()).size());
  }
  bool first = true;
  for (const parameter& p : declared.parameters()) {
    if (p.section || p.item) continue;
    if (first && !path.empty()) text += '\n' + path + '\n';
    first = false;
    const std::string range = p.range.empty() ? "" : " [" + p.range + "]";
    text += fmt::format("  {:<{}}  {:<{}}  {}{}{}\n", p.name, name_width, shortened(p.text()),
                        value_width, p.meaning, range, p.is_required ? " (required)" : "");
    const std::string margin(name_width + 4, ' ');
    if (!p.source.empty() && sources.empty()) text += margin + "defined in " + p.source + '\n';
    const std::string note = source_of(sources, join_path(path, p.name));
    if (!note.empty()) text += margin + "source: " + note + '\n';
  }
  for (const parameter& p : declared.parameters()) {
    const std::string own = join_path(path, p.name);
    if (p.section) describe_section(*p.section, own, sources, text);
    if (!p.item) continue;
    const std::vector<mapping> items = p.items();
    if (items.empty()) describe_section(*p.item, own + ".N", sources, text);
    for (std::size_t i = 0; i < items.size(); ++i) {
      describe_section(items[i], fmt::format("{}.{}", own, i), sources, text);
    }
  }
}

void list_json(const mapping& declared, const std::string& path, const source_map& sources,
               json& list) {
  for (const parameter& p : declared.parameters()) {
    const std::string own = join_path(path, p.name);
    if (p.section) {
      list_json(*p.section, own, sources, list);
    } else if (p.item) {
      const std::vector<mapping> items = p.items();
      if (items.empty()) list_json(*p.item, own + ".N", sources, list);
      for (std::size_t i = 0; i < items.size(); ++i) {
        list_json(items[i], fmt::format("{}.{}", own, i), sources, list);
      }
    } else {
      list.push_back({{"parameter", own},
                      {"value", p.text()},
                      {"expected", p.expected},
                      {"range", p.range},
                      {"required", p.is_required},
                      {"meaning", p.meaning},
                      {"defined_in", p.source},
                      {"source", source_of(sources, own)}});
    }
  }
}

}  // namespace

std::string describe(const mapping& declared, const source_map& sources) {
  std::string text;
  describe_section(declared, "", sources, text);
  return text;
}

std::string describe_json(const mapping& declared, const source_map& sources) {
  json list = json::array();
  list_json(declared, "", sources, list);
  return list.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace lamina::config
