// SPDX-License-Identifier: Apache-2.0
#include "space_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "lamina/config/quantity.h"
#include "lamina/models/network_graph.h"
#include "lamina/platforms/envelope.h"

namespace lamina::explore {

using config::diagnostics;
using config::entry;
using config::node;

namespace {

constexpr const char* model_path = "workload.model";

const std::vector<std::string> space_keys = {"platform", "name",      "of",          "set",
                                             "axes",     "workloads", "constraints", "objectives",
                                             "sampling", "checks",    "detail"};

node scalar(const std::string& text, const config::location& place) {
  node one;
  one.what = node::kind::scalar;
  one.text = text;
  one.place = place;
  return one;
}

/// "128 GB/s" as 128 and " GB/s".
std::optional<std::pair<double, std::string>> split(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || !std::isfinite(value)) return {};
  return std::pair{value, std::string(end)};
}

}  // namespace

void space_reader::check_keys(const node& map, const std::vector<std::string>& known,
                              const char* where) {
  for (const entry& item : map.entries) {
    if (std::find(known.begin(), known.end(), item.key) != known.end()) continue;
    const std::string near = config::nearest(item.key, known);
    tell(item.key_place, fmt::format("unknown key {}{}", config::in_quotes(item.key), where),
         near.empty() ? "known are " + listed(known) : "did you mean '" + near + "'?");
  }
}

/// A model's file is beside the space's, wherever the program was started.
std::string space_reader::model_beside(const std::string& path, const std::string& text) const {
  return path == model_path ? config::beside(request_.file, text) : text;
}

/// In settings under labels; a list of models gets their names as labels.
void space_reader::place_models(node& axes) const {
  for (entry& item : axes.entries) {
    if (item.key != model_path) {
      place_models(item.value);
    } else if (item.value.is_scalar()) {
      item.value.text = model_beside(model_path, item.value.text);
    } else if (item.value.is_list()) {
      for (entry& each : item.value.entries) {
        const std::string name = std::filesystem::path(each.value.text).filename().string();
        each.key = name.substr(0, name.find(".config.json"));
        node setting = each.value;
        setting.text = model_beside(model_path, setting.text);
        each.value.what = node::kind::map;
        each.value.entries = {{model_path, each.value.place, std::move(setting)}};
      }
      item.value.what = node::kind::map;
    }
  }
}

void space_reader::read_settings(const node& map, std::vector<std::string>& settings) {
  for (const entry& item : map.entries) {
    if (!item.value.is_scalar()) {
      tell(item.value.place,
           config::in_quotes(item.key) + " is " + config::describe_kind(item.value) +
               "; expected a single value",
           "such as workload.context: 8192");
      continue;
    }
    settings.push_back(item.key + '=' + model_beside(item.key, item.value.text));
  }
}

bool space_reader::read_platform(const node& root) {
  const node* of = root.find("of");
  if (of == nullptr || !of->is_scalar()) {
    tell(of == nullptr ? root.place : of->place, "missing key 'of', the platform that is varied",
         "such as 'of: ../platforms/system_256_stacked_chips.yaml'");
    return false;
  }
  out_.platform_file = config::beside(request_.file, of->text);
  if (!request_.reader(out_.platform_file)) {
    config::report_unread(of->place, "of: ", out_.platform_file, "expected a platform's file",
                          found_);
    return false;
  }
  if (const node* set = root.find("set")) read_settings(*set, out_.settings);
  const config::load_request platform{out_.platform_file, out_.settings, request_.reader};
  if (!config::is_system_platform(platform)) {
    tell(of->place, fmt::format("of: {} is no system platform", config::in_quotes(of->text)),
         "spaces are explored over platforms of many chips, such as "
         "../platforms/system_256_stacked_chips.yaml");
    return false;
  }
  platform_ = config::load_system_platform(platform, found_);
  return platform_.has_value();
}

node space_reader::range(const entry& axis) {
  node list;
  list.what = node::kind::list;
  list.place = axis.value.place;
  const node* from = axis.value.find("from");
  const node* to = axis.value.find("to");
  const node* step = axis.value.find("step");
  const node* factor = axis.value.find("factor");
  check_keys(axis.value, {"from", "to", "step", "factor"}, " of a range");
  const auto first = from != nullptr ? split(from->text) : std::nullopt;
  const auto last = to != nullptr ? split(to->text) : std::nullopt;
  const node* by = step != nullptr ? step : factor;
  const auto each = by != nullptr ? split(by->text) : std::nullopt;
  const bool grows = each && (step != nullptr ? each->first > 0 : each->first > 1);
  if (!first || !last || !grows || (step != nullptr) == (factor != nullptr) ||
      first->second != last->second || first->first > last->first ||
      (factor != nullptr && first->first <= 0)) {
    tell(axis.value.place, "axis " + config::in_quotes(axis.key) + " is no range that can be read",
         "such as {from: 64, to: 1024, factor: 2} or {from: 4, to: 16, step: 4}, with the same "
         "unit at both ends");
    return list;
  }
  for (int n = 0; n < 10'000; ++n) {
    const double value =
        step != nullptr ? first->first + n * each->first : first->first * std::pow(each->first, n);
    if (value > last->first * (1 + 1e-12)) break;
    list.entries.push_back(
        {"", axis.key_place, scalar(fmt::format("{:.12g}{}", value, first->second), list.place)});
  }
  return list;
}

/// `mapping: legal`: all mappings that the platform's model can have.
node space_reader::legal(const entry& axis) {
  node map;
  map.what = node::kind::map;
  map.place = axis.value.place;
  const auto chips = platform_->system().network;
  const auto model = config::model_of(platform_->workload);
  const auto add = [&map](const mapping_spec& each) {
    node sizes;
    sizes.what = node::kind::map;
    sizes.place = map.place;
    const std::string text =
        fmt::format("{{tp: {}, pp: {}, dp: {}, ep: {}, sp: {}, cp: {}, fsdp: {}}}", each.tensor,
                    each.pipeline, each.data, each.expert, each.sequence, each.context, each.fsdp);
    sizes.entries.push_back({"mapping", map.place, scalar(text, map.place)});
    map.entries.push_back({name_of(each), map.place, std::move(sizes)});
  };
  for (const mapping_spec& each : legal_mappings(model, endpoints_of(chips))) {
    add(each);
    for (const mapping_spec& sharing : with_shared_weights(each)) add(sharing);
  }
  return map;
}

node space_reader::expanded(const entry& axis) {
  if (axis.key == "mapping" && axis.value.is_scalar() && axis.value.text == "legal") {
    return legal(axis);
  }
  const bool ranges = axis.value.is_map() &&
                      (axis.value.find("from") != nullptr || axis.value.find("to") != nullptr);
  return ranges ? range(axis) : axis.value;
}

void space_reader::read_axes(const node& root) {
  const node* axes = root.find("axes");
  if (axes == nullptr || !axes->is_map() || axes->entries.empty()) {
    tell(axes == nullptr ? root.place : axes->place, "the space is empty: it has no axes",
         "such as 'axes: {workload.batch: [64, 256, 1024]}'");
    return;
  }
  axes_place_ = axes->place;
  node all = *axes;
  const std::size_t before = found_.size();
  for (entry& axis : all.entries) axis.value = expanded(axis);
  place_models(all);
  if (found_.size() > before) return;
  out_.axes = config::read_axes(all, {out_.platform_file, out_.settings, request_.reader}, found_);
}

void space_reader::read_mix(const node& root) {
  const node* mix = root.find("workloads");
  if (mix == nullptr) {
    out_.mix.push_back({});
    steps_without_prompt_ = !platform_->workload.groups.empty();
    return;
  }
  if (!mix->is_list() || mix->entries.empty()) {
    tell(mix->place, "workloads is " + config::describe_kind(*mix) + "; expected a list",
         "such as [{weight: 3, context: 4096}, {weight: 1, context: 32768}]");
    return;
  }
  for (const entry& item : mix->entries) {
    weighted_workload one;
    for (const entry& key : item.value.entries) {
      if (key.key != "weight") {
        const std::string path = "workload." + key.key;
        one.settings.push_back(path + '=' + model_beside(path, key.value.text));
        continue;
      }
      const auto weight = config::parse_quantity(key.value.text, config::dimension::number);
      if (weight.value && *weight.value > 0) {
        one.weight = *weight.value;
      } else {
        tell(key.value.place, "weight " + config::in_quotes(key.value.text) + " is not above 0",
             "weights are shares of the tokens, such as 3");
      }
    }
    diagnostics wrong;
    std::vector<std::string> settings = out_.settings;
    settings.insert(settings.end(), one.settings.begin(), one.settings.end());
    const auto loaded =
        config::load_system_platform({out_.platform_file, settings, request_.reader}, wrong);
    if (loaded && !loaded->workload.groups.empty()) steps_without_prompt_ = true;
    for (const config::diagnostic& each : wrong.sorted()) {
      tell(item.value.place, "workload: " + each.message, each.suggestion);
    }
    out_.mix.push_back(std::move(one));
  }
}

void space_reader::check_size() {
  const bool all = out_.how.method == sampling_method::exhaustive;
  if (out_.size() < largest_space && (!all || out_.size() <= most_points)) return;
  tell(axes_place_,
       fmt::format("the space has more than {} points", all ? most_points : largest_space),
       all ? "sample it: 'sampling: {method: sobol, points: 10000, seed: 1}'"
           : "give its axes fewer values");
}

std::string space_reader::hashed() const {
  platforms::input_hash hash;
  // Models count by what they hold, not by where they stand.
  const auto add = [&](const std::string& setting) {
    const std::string start = std::string(model_path) + '=';
    if (setting.compare(0, start.size(), start) != 0) return hash.add(setting);
    hash.add(start);
    hash.add(request_.reader(setting.substr(start.size())).value_or(""));
  };
  config::system_platform nowhere = *platform_;
  nowhere.workload.model_file.clear();
  hash.add(config::to_yaml(nowhere));
  hash.add(request_.reader(platform_->workload.model_file).value_or(""));
  for (const std::string& one : out_.settings) add(one);
  for (const config::sweep_axis& axis : out_.axes) {
    hash.add(axis.name);
    for (const config::sweep_value& value : axis.values) {
      hash.add(value.label);
      for (const std::string& one : value.settings) add(one);
    }
  }
  for (const weighted_workload& one : out_.mix) {
    hash.add(fmt::format("{}", one.weight));
    for (const std::string& each : one.settings) add(each);
  }
  for (const constraint& one : out_.constraints) {
    hash.add(fmt::format("{} {} {}", name_of(one.of), one.at_least, one.at_most));
  }
  for (const metric one : out_.objectives) hash.add(name_of(one));
  hash.add(fmt::format("{} {} {}", name_of(out_.how.method), out_.how.points, out_.how.seed));
  hash.add(out_.detail == analytical::model_detail::closed_form ? "closed_form" : "followed");
  return hash.text();
}

std::optional<space> space_reader::read() {
  const std::size_t before = found_.size();
  node root = config::load_document(request_.file, found_, request_.reader);
  for (const std::string& one : request_.settings) config::set_value(root, one, found_);
  if (found_.size() > before) return {};
  check_keys(root, space_keys, "");
  out_.file = request_.file;
  if (const node* name = root.find("name")) out_.name = name->text;
  if (!read_platform(root)) return {};
  if (out_.name.empty()) out_.name = platform_->name;
  read_mix(root);
  read_constraints(root);
  read_objectives(root);
  read_sampling(root);
  read_checks(root);
  read_detail(root);
  read_axes(root);
  if (found_.size() > before) return {};
  check_size();
  if (found_.size() > before) return {};
  out_.hash = hashed();
  return out_;
}

}  // namespace lamina::explore
