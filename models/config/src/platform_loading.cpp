// SPDX-License-Identifier: Apache-2.0
#include "platform_loading.h"

#include <algorithm>

namespace lamina::config {

namespace {

/// A setting that is one value of the file's own sweep is told where the sweep has it.
location place_of_setting(const node& root, const std::string& setting) {
  const std::size_t equals = std::min(setting.find('='), setting.size());
  const node* sweep = root.find(sweep_key);
  const node* axis = sweep == nullptr ? nullptr : sweep->find(setting.substr(0, equals));
  if (axis != nullptr) {
    for (const entry& item : axis->entries) {
      if (equals < setting.size() && setting.substr(equals + 1) == item.value.text) {
        return item.value.place;
      }
    }
  }
  return {"--set " + setting, 0, 0};
}

}  // namespace

node load_with_settings(const load_request& request, diagnostics& found) {
  node root = load_document(request.file, found, request.reader);
  for (const std::string& setting : request.settings) {
    set_value(root, setting, place_of_setting(root, setting), found);
  }
  return root;
}

void add_problems(const std::vector<spec_problem>& problems, const std::string& prefix,
                  decode_context& context) {
  for (const spec_problem& problem : problems) {
    const std::string path = prefix.empty() ? problem.path : prefix + '.' + problem.path;
    context.problems.add(place_of(context, path), path + ": " + problem.message,
                         problem.suggestion);
  }
}

void declare_kind(mapping& m, const char* kind) {
  parameter& p = m.add("platform", "What the file describes");
  p.expected = kind;
  p.range = kind;
  p.schema = [kind] { return "{\"enum\":[\"" + std::string(kind) + "\"]}"; };
  p.text = [kind] { return std::string(kind); };
  p.read = [kind](const node& value, const std::string& path, decode_context& context) {
    if (value.is_scalar() && value.text == kind) return;
    context.problems.add(value.place, path + ": " + describe_kind(value) + "; expected " + kind,
                         "");
  };
}

}  // namespace lamina::config
