// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/sweep.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

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

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

/// "= path / 2": a value that follows from another.
struct dependence {
  std::string on;
  char sign = '*';
  std::int64_t factor = 1;

  /// The value where `on` is `text`; nothing when that is no whole number, or does not divide.
  std::optional<std::string> at(std::string_view text) const {
    const auto value = whole(text);
    if (!value || std::abs(*value) > 1'000'000'000) return {};
    if (sign == '*') return std::to_string(*value * factor);
    if (*value % factor != 0) return {};
    return std::to_string(*value / factor);
  }
};

bool depends(std::string_view value) { return !value.empty() && value.front() == '='; }

std::optional<dependence> parse_dependence(std::string_view value) {
  value.remove_prefix(1);
  std::string text;
  std::copy_if(value.begin(), value.end(), std::back_inserter(text),
               [](char c) { return c != ' '; });
  const std::size_t sign = text.find_first_of("*/");
  dependence of{text.substr(0, sign)};
  if (of.on.empty()) return {};
  if (sign == std::string::npos) return of;
  of.sign = text[sign];
  const auto factor = whole(std::string_view(text).substr(sign + 1));
  if (!factor || *factor < 1 || *factor > 1'000'000) return {};
  of.factor = *factor;
  return of;
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
    remember(values);
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
    remember(values);
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
    if (depends(value.text)) check_dependence(value);
    return path + '=' + value.text;
  }

  void check_dependence(const node& value) {
    const auto of = parse_dependence(value.text);
    if (!of) {
      found_.add(value.place, in_quotes(value.text) + " depends on nothing that can be read",
                 "such as '= dram_stack.geometry.layers / 2'");
      return;
    }
    const auto set = set_before_.find(of->on);
    if (set == set_before_.end()) {
      found_.add(value.place,
                 in_quotes(value.text) + ": no axis above this one sets " + in_quotes(of->on),
                 "sweep over it in an axis that stands before this one");
      return;
    }
    for (const std::string& one : set->second) {
      if (of->at(one)) continue;
      found_.add(value.place,
                 in_quotes(value.text) + " is no whole number where " + of->on + " is " + one,
                 "leave that value out, or list the values of both under labels");
      return;
    }
  }

  /// What later axes may depend on.
  void remember(const sweep_axis& axis) {
    for (const sweep_value& value : axis.values) {
      for (const std::string& one : value.settings) {
        const std::size_t equals = one.find('=');
        set_before_[one.substr(0, equals)].push_back(one.substr(equals + 1));
      }
    }
  }

  std::vector<std::string> known_;
  diagnostics& found_;
  std::map<std::string, std::vector<std::string>> set_before_;  ///< parameter -> its values
};

}  // namespace

std::vector<std::string> resolved_settings(std::vector<std::string> before,
                                           const std::vector<std::string>& more) {
  for (const std::string& setting : more) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || !depends(setting.substr(equals + 1))) {
      before.push_back(setting);
      continue;
    }
    const auto of = parse_dependence(setting.substr(equals + 1));
    std::optional<std::string> value;
    for (const std::string& one : before) {
      if (of && one.compare(0, of->on.size() + 1, of->on + '=') == 0) {
        value = of->at(std::string_view(one).substr(of->on.size() + 1));
      }
    }
    if (!value) throw std::invalid_argument(setting + ": depends on nothing that is set before it");
    before.push_back(setting.substr(0, equals + 1) + *value);
  }
  return before;
}

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
  return read_axes(*sweep, request, found);
}

std::optional<sweep_reference> load_reference(const load_request& request,
                                              const std::vector<sweep_axis>& axes,
                                              diagnostics& found) {
  diagnostics told_elsewhere;
  const node root = load_with_settings(request, told_elsewhere);
  const node* compare = root.find(compare_key);
  if (compare == nullptr) return {};
  if (!compare->is_map() || compare->entries.size() != 1) {
    found.add(compare->place,
              "compare: " + describe_kind(*compare) +
                  "; expected one axis of the sweep and one of "
                  "its values",
              "such as {split: best}");
    return {};
  }
  const entry& asked = compare->entries.front();
  std::vector<std::string> names;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    names.push_back(axes[axis].name);
    if (axes[axis].name != asked.key) continue;
    std::vector<std::string> labels;
    for (const sweep_value& value : axes[axis].values) labels.push_back(value.label);
    const auto label = std::find(labels.begin(), labels.end(), asked.value.text);
    if (label != labels.end()) {
      return sweep_reference{axis, static_cast<std::size_t>(label - labels.begin())};
    }
    const std::string near = nearest(asked.value.text, labels);
    found.add(asked.value.place,
              "compare: " + in_quotes(asked.value.text) + " is no value of the axis " +
                  in_quotes(asked.key),
              near.empty() ? "it has '" + labels.front() + "'" : "did you mean '" + near + "'?");
    return {};
  }
  const std::string near = nearest(asked.key, names);
  found.add(asked.key_place, "compare: " + in_quotes(asked.key) + " is no axis of the sweep",
            near.empty() ? "name one of the keys under sweep" : "did you mean '" + near + "'?");
  return {};
}

std::vector<sweep_axis> read_axes(const node& axes, const load_request& request,
                                  diagnostics& found) {
  const std::size_t before = found.size();
  sweep_reader reader(parameters_of(request), found);
  std::vector<sweep_axis> all;
  for (const entry& axis : axes.entries) all.push_back(reader.read(axis));
  return found.size() > before ? std::vector<sweep_axis>() : all;
}

}  // namespace lamina::config
