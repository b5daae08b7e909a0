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

class table_writer {
 public:
  table_writer(const source_map& sources, shown_values values)
      : sources_(sources), values_(values) {}

  void write(const mapping& declared, const std::string& path) {
    write_values(declared, path);
    for (const parameter& p : declared.parameters()) {
      const std::string own = join_path(path, p.name);
      if (p.section) write(*p.section, own);
      if (!p.item) continue;
      const std::vector<mapping> items = p.items();
      if (items.empty()) write(*p.item, own + ".N");
      for (std::size_t i = 0; i < items.size(); ++i) {
        write(items[i], fmt::format("{}.{}", own, i));
      }
    }
  }
  std::string take() { return std::move(text_); }

 private:
  std::string value_of(const parameter& p) const {
    const bool unknown = values_ == shown_values::defaults && p.is_required;
    return unknown ? "required" : shortened(p.text());
  }

  void write_values(const mapping& declared, const std::string& path) {
    std::size_t name_width = 0, value_width = 0;
    for (const parameter& p : declared.parameters()) {
      if (p.section || p.item) continue;
      name_width = std::max(name_width, p.name.size());
      value_width = std::max(value_width, value_of(p).size());
    }
    if (name_width == 0) return;
    if (!path.empty()) text_ += '\n' + path + '\n';
    const auto group = sources_.find(path);
    if (group != sources_.end()) text_ += "  source: " + group->second.text + '\n';
    std::string defined_in;
    for (const parameter& p : declared.parameters()) {
      if (p.section || p.item) continue;
      if (values_ == shown_values::defaults && !p.source.empty() && p.source != defined_in) {
        text_ += "  defined in " + p.source + '\n';
      }
      if (!p.source.empty()) defined_in = p.source;
      const std::string range = p.range.empty() ? "" : " [" + p.range + "]";
      text_ += fmt::format("  {:<{}}  {:<{}}  {}{}\n", p.name, name_width, value_of(p), value_width,
                           p.meaning, range);
      const auto note = sources_.find(join_path(path, p.name));
      if (note == sources_.end()) continue;
      text_ += std::string(name_width + 4, ' ') + "source: " + note->second.text + '\n';
    }
  }

  const source_map& sources_;
  const shown_values values_;
  std::string text_;
};

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

std::string describe(const mapping& declared, const source_map& sources, shown_values values) {
  table_writer writer(sources, values);
  writer.write(declared, "");
  return writer.take();
}

std::string describe_json(const mapping& declared, const source_map& sources) {
  json list = json::array();
  list_json(declared, "", sources, list);
  return list.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace lamina::config
