// SPDX-License-Identifier: Apache-2.0
#include "platform_loading.h"

#include <string_view>

namespace lamina::config {

namespace {

/// Where `parameters` sets `path` to `value`; nowhere when it does not.
const node* setting_in(const node& parameters, std::string_view path, std::string_view value) {
  const node* found = parameters.find(path);
  if (found == nullptr) return nullptr;
  if (found->is_scalar()) return found->text == value ? found : nullptr;
  for (const entry& item : found->entries) {
    if (item.value.text == value) return &item.value;
  }
  return nullptr;
}

/// A setting that is one value of the file's own sweep is told where the sweep has it.
location place_of_setting(const node& root, const std::string& setting) {
  const location given{"--set " + setting, 0, 0};
  const std::size_t equals = setting.find('=');
  const node* sweep = root.find(sweep_key);
  if (sweep == nullptr || equals == std::string::npos) return given;
  const std::string_view path = std::string_view(setting).substr(0, equals);
  const std::string_view value = std::string_view(setting).substr(equals + 1);
  if (const node* found = setting_in(*sweep, path, value)) return found->place;
  for (const entry& axis : sweep->entries) {
    for (const entry& label : axis.value.entries) {
      if (const node* found = setting_in(label.value, path, value)) return found->place;
    }
  }
  return given;
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
