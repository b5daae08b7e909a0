// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/sweep.h"

#include <algorithm>

#include "lamina/config/chip_platform.h"
#include "lamina/config/system_platform.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

/// What a sweep may set; empty when the platform itself is wrong, which its loader tells.
std::vector<std::string> parameters_of(const load_request& request) {
  diagnostics told_elsewhere;
  if (is_system_platform(request)) {
    auto platform = load_system_platform(request, told_elsewhere);
    return platform ? all_paths(declare(*platform)) : std::vector<std::string>();
  }
  if (is_chip_platform(request)) {
    auto platform = load_chip_platform(request, told_elsewhere);
    return platform ? all_paths(declare(*platform)) : std::vector<std::string>();
  }
  auto platform = load_memory_platform(request, told_elsewhere);
  return platform ? all_paths(declare(*platform)) : std::vector<std::string>();
}

class sweep_reader {
 public:
  sweep_reader(std::vector<std::string> known, diagnostics& found)
      : known_(std::move(known)), found_(found) {}

  sweep_axis read(const entry& axis) {
    if (axis.value.is_map() && !axis.value.entries.empty()) return named(axis);
    check_path(axis.key, axis.key_place);
    if (!axis.value.is_list() || axis.value.entries.empty()) {
      found_.add(axis.value.place,
                 "sweep over " + in_quotes(axis.key) + " is " + describe_kind(axis.value) +
                     "; expected a list of values, or a map from labels to settings",
                 "such as [4, 8, 12]");
    }
    sweep_axis values{axis.key, {}};
    for (const entry& item : axis.value.entries) {
      values.values.push_back({item.value.text, {setting(axis.key, axis.key, item.value)}});
    }
    return values;
  }

 private:
  sweep_axis named(const entry& axis) {
    sweep_axis values{axis.key, {}};
    for (const entry& item : axis.value.entries) {
      if (!item.value.is_map() || item.value.entries.empty()) {
        found_.add(item.value.place,
                   "sweep over " + in_quotes(axis.key) + ": " + in_quotes(item.key) + " is " +
                       describe_kind(item.value) + "; expected a map from parameters to values",
                   "such as {dram_stack.geometry.layers: 8}");
        continue;
      }
      sweep_value value{item.key, {}};
      for (const entry& one : item.value.entries) {
        check_path(one.key, one.key_place);
        value.settings.push_back(setting(axis.key, one.key, one.value));
      }
      values.values.push_back(std::move(value));
    }
    return values;
  }

  void check_path(const std::string& path, const location& place) {
    if (known_.empty() || std::find(known_.begin(), known_.end(), path) != known_.end()) return;
    const std::string near = nearest(path, known_);
    found_.add(
        place, "sweep over " + in_quotes(path) + ", which is no parameter",
        near.empty() ? "such as dram_stack.geometry.layers" : "did you mean '" + near + "'?");
  }

  std::string setting(const std::string& axis, const std::string& path, const node& value) {
    if (!value.is_scalar()) {
      found_.add(value.place,
                 "sweep over " + in_quotes(axis) + " has " + describe_kind(value) +
                     "; expected single values",
                 "");
    }
    return path + '=' + value.text;
  }

  std::vector<std::string> known_;
  diagnostics& found_;
};

}  // namespace

bool has_sweep(const load_request& request) {
  diagnostics ignored;
  return load_with_settings(request, ignored).find(sweep_key) != nullptr;
}

std::vector<sweep_axis> load_sweep(const load_request& request, diagnostics& found) {
  diagnostics told_elsewhere;
  const node root = load_with_settings(request, told_elsewhere);
  const node* sweep = root.find(sweep_key);
  if (sweep == nullptr) return {};
  if (!sweep->is_map()) {
    found.add(
        sweep->place,
        "sweep: " + describe_kind(*sweep) + "; expected a map from parameters to lists of values",
        "");
    return {};
  }
  const std::size_t before = found.size();
  sweep_reader reader(parameters_of(request), found);
  std::vector<sweep_axis> axes;
  for (const entry& axis : sweep->entries) axes.push_back(reader.read(axis));
  return found.size() > before ? std::vector<sweep_axis>() : axes;
}

}  // namespace lamina::config
