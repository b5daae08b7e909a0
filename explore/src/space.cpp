// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "lamina/config/quantity.h"
#include "lamina/config/system_platform.h"
#include "lamina/models/network_graph.h"
#include "lamina/platforms/envelope.h"

namespace lamina::explore {
namespace {

using config::diagnostics;
using config::entry;
using config::node;

const std::vector<std::string> space_keys = {"platform", "name",      "of",          "set",
                                             "axes",     "workloads", "constraints", "objectives",
                                             "sampling", "checks"};

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const metric one : all_metrics()) names.emplace_back(name_of(one));
  return names;
}

std::string listed(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

node scalar(const std::string& text, const config::location& place) {
  node one;
  one.what = node::kind::scalar;
  one.text = text;
  one.place = place;
  return one;
}

class space_reader {
 public:
  space_reader(const config::load_request& request, diagnostics& found)
      : request_(request), found_(found) {}

  std::optional<space> read();

 private:
  void tell(const config::location& place, const std::string& message,
            const std::string& suggestion) {
    found_.add(place, message, suggestion);
  }
  void check_keys(const node& map, const std::vector<std::string>& known, const char* where);
  bool read_platform(const node& root);
  void read_settings(const node& map, std::vector<std::string>& settings);
  void read_axes(const node& root);
  node expanded(const entry& axis);
  node range(const entry& axis);
  node legal(const entry& axis);
  void read_mix(const node& root);
  void read_constraints(const node& root);
  std::optional<double> amount(const node& value, metric of);
  void read_objectives(const node& root);
  void read_sampling(const node& root);
  void read_checks(const node& root);
  std::optional<metric> metric_named(const std::string& name, const config::location& place,
                                     const char* what);
  std::uint64_t whole(const node& map, const char* key, std::uint64_t otherwise,
                      std::uint64_t most);
  void check_size();
  std::string hashed() const;

  config::load_request request_;
  diagnostics& found_;
  space out_;
  config::location axes_place_;
  std::optional<config::system_platform> platform_;
};

void space_reader::check_keys(const node& map, const std::vector<std::string>& known,
                              const char* where) {
  for (const entry& item : map.entries) {
    if (std::find(known.begin(), known.end(), item.key) != known.end()) continue;
    const std::string near = config::nearest(item.key, known);
    tell(item.key_place, fmt::format("unknown key {}{}", config::in_quotes(item.key), where),
         near.empty() ? "known are " + listed(known) : "did you mean '" + near + "'?");
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
    settings.push_back(item.key + '=' + item.value.text);
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

/// "128 GB/s" as 128 and " GB/s".
std::optional<std::pair<double, std::string>> split(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || !std::isfinite(value)) return {};
  return std::pair{value, std::string(end)};
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
  if (found_.size() > before) return;
  out_.axes = config::read_axes(all, {out_.platform_file, out_.settings, request_.reader}, found_);
}

void space_reader::read_mix(const node& root) {
  const node* mix = root.find("workloads");
  if (mix == nullptr) {
    out_.mix.push_back({});
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
        one.settings.push_back("workload." + key.key + '=' + key.value.text);
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
    config::load_system_platform({out_.platform_file, settings, request_.reader}, wrong);
    for (const config::diagnostic& each : wrong.sorted()) {
      tell(item.value.place, "workload: " + each.message, each.suggestion);
    }
    out_.mix.push_back(std::move(one));
  }
}

std::optional<metric> space_reader::metric_named(const std::string& name,
                                                 const config::location& place, const char* what) {
  const std::vector<std::string> names = metric_names();
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    const std::string near = config::nearest(name, names);
    tell(place, fmt::format("{} {} does not exist", what, config::in_quotes(name)),
         near.empty() ? "there are " + listed(names) : "did you mean '" + near + "'?");
    return {};
  }
  const metric found = all_metrics()[static_cast<std::size_t>(at - names.begin())];
  if (found == metric::die_area && !(platform_->stacked() && platform_->chip.area.stated())) {
    tell(place, fmt::format("{} die_area: the platform's chip states no areas", what),
         "give it 'chip.area', as parts/logic_dies/tiles_8x8.yaml has");
    return {};
  }
  return found;
}

std::optional<double> space_reader::amount(const node& value, metric of) {
  std::string text = value.text;
  config::dimension what = config::dimension::number;
  const auto cut = [&text](std::string_view unit) {
    const bool has = text.size() > unit.size() &&
                     text.compare(text.size() - unit.size(), unit.size(), unit) == 0;
    if (has) text.resize(text.size() - unit.size());
    while (has && text.back() == ' ' && text.size() > 1) text.pop_back();
    return has;
  };
  const char* example = "50 ms";
  bool united = true;
  if (of == metric::time_per_token) what = config::dimension::time;
  if (of == metric::memory_used) what = config::dimension::fraction, example = "90 %";
  if (of == metric::die_area) united = cut("mm2"), example = "800 mm2";
  if (more_is_better(of)) united = cut("/s"), example = "20 /s";
  const auto parsed = config::parse_quantity(text, what);
  if (parsed.value && united && value.is_scalar()) return parsed.value;
  tell(value.place,
       fmt::format("{} is {}; expected an amount with its unit", name_of(of),
                   config::describe_kind(value)),
       fmt::format("such as {}", example));
  return {};
}

void space_reader::read_constraints(const node& root) {
  const node* all = root.find("constraints");
  if (all == nullptr) return;
  for (const entry& item : all->entries) {
    const auto of = metric_named(item.key, item.key_place, "constraint");
    if (!of) continue;
    constraint one;
    one.of = *of;
    if (item.value.is_map()) {
      check_keys(item.value, {"at_least", "at_most"}, " of a constraint");
      if (const node* least = item.value.find("at_least")) {
        one.at_least = amount(*least, *of).value_or(one.at_least);
      }
      if (const node* most = item.value.find("at_most")) {
        one.at_most = amount(*most, *of).value_or(one.at_most);
      }
    } else if (const auto value = amount(item.value, *of)) {
      (more_is_better(*of) ? one.at_least : one.at_most) = *value;
    }
    if (one.at_least > one.at_most) {
      tell(item.value.place,
           fmt::format("constraints on {} contradict each other: nothing is at least {:g} and at "
                       "most {:g}",
                       item.key, one.at_least, one.at_most),
           "exchange them, or remove one");
    }
    out_.constraints.push_back(one);
  }
}

/// What a user sees is the inverse of the time of a token.
void space_reader::read_objectives(const node& root) {
  const node* all = root.find("objectives");
  if (all == nullptr || all->entries.empty()) {
    if (all == nullptr || !all->is_scalar()) {
      tell(all == nullptr ? root.place : all->place, "there is no objective",
           "such as 'objectives: [tokens_per_s, tokens_per_s_user]'");
      return;
    }
    if (const auto one = metric_named(all->text, all->place, "objective")) {
      out_.objectives.push_back(*one);
    }
    return;
  }
  for (const entry& item : all->entries) {
    if (const auto one = metric_named(item.value.text, item.value.place, "objective")) {
      out_.objectives.push_back(*one);
    }
  }
}

std::uint64_t space_reader::whole(const node& map, const char* key, std::uint64_t otherwise,
                                  std::uint64_t most) {
  const node* value = map.find(key);
  if (value == nullptr) return otherwise;
  const auto parsed = config::parse_whole(value->text);
  if (parsed.value && *parsed.value >= 0 && static_cast<std::uint64_t>(*parsed.value) <= most) {
    return static_cast<std::uint64_t>(*parsed.value);
  }
  tell(value->place,
       fmt::format("{} is {}; expected a whole number of at most {}", key,
                   config::describe_kind(*value), most),
       "");
  return otherwise;
}

void space_reader::read_sampling(const node& root) {
  const node* how = root.find("sampling");
  if (how == nullptr) return;
  const node* method = how->is_map() ? how->find("method") : how;
  if (how->is_map()) check_keys(*how, {"method", "points", "seed"}, " of sampling");
  const std::vector<std::string> names = {"exhaustive", "sobol", "latin_hypercube"};
  const std::string text = method != nullptr ? method->text : "";
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    const std::string near = config::nearest(text, names);
    tell(how->place, "sampling " + config::in_quotes(text) + " does not exist",
         near.empty() ? "there are " + listed(names) : "did you mean '" + near + "'?");
    return;
  }
  out_.how.method = static_cast<sampling_method>(at - names.begin());
  if (!how->is_map()) {
    if (out_.how.method != sampling_method::exhaustive) {
      tell(how->place, "sampling: how many points?",
           fmt::format("write {{method: {}, points: 1000, seed: 1}}", text));
    }
    return;
  }
  out_.how.points = whole(*how, "points", 1000, most_points);
  out_.how.seed = whole(*how, "seed", 1, std::uint64_t{1} << 62U);
}

void space_reader::read_checks(const node& root) {
  const node* checks = root.find("checks");
  if (checks == nullptr) return;
  check_keys(*checks, {"points", "time_limit"}, " of checks");
  out_.checks.points = static_cast<int>(whole(*checks, "points", 0, 100'000));
  if (const node* limit = checks->find("time_limit")) {
    const auto parsed = config::parse_quantity(limit->text, config::dimension::time);
    if (parsed.value && *parsed.value > 0) {
      out_.checks.time_limit_s = *parsed.value;
    } else {
      tell(limit->place, "time_limit: " + parsed.wrong.message, "such as 60 s");
    }
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
  hash.add(config::to_yaml(*platform_));
  hash.add(request_.reader(platform_->workload.model_file).value_or(""));
  for (const std::string& one : out_.settings) hash.add(one);
  for (const config::sweep_axis& axis : out_.axes) {
    hash.add(axis.name);
    for (const config::sweep_value& value : axis.values) {
      hash.add(value.label);
      for (const std::string& one : value.settings) hash.add(one);
    }
  }
  for (const weighted_workload& one : out_.mix) {
    hash.add(fmt::format("{}", one.weight));
    for (const std::string& each : one.settings) hash.add(each);
  }
  for (const constraint& one : out_.constraints) {
    hash.add(fmt::format("{} {} {}", name_of(one.of), one.at_least, one.at_most));
  }
  for (const metric one : out_.objectives) hash.add(name_of(one));
  hash.add(fmt::format("{} {} {}", name_of(out_.how.method), out_.how.points, out_.how.seed));
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
  read_axes(root);
  if (found_.size() > before) return {};
  check_size();
  if (found_.size() > before) return {};
  out_.hash = hashed();
  return out_;
}

}  // namespace

std::string_view name_of(sampling_method which) {
  constexpr std::string_view names[] = {"exhaustive", "sobol", "latin_hypercube"};
  return names[static_cast<std::size_t>(which)];
}

std::uint64_t space::size() const {
  std::uint64_t size = 1;
  for (const config::sweep_axis& axis : axes) {
    if (axis.values.empty()) return 0;
    if (size > largest_space / axis.values.size()) return largest_space;
    size *= axis.values.size();
  }
  return size;
}

bool is_space(const config::load_request& request) {
  diagnostics ignored;
  const node root = config::load_document(request.file, ignored, request.reader);
  const node* kind = root.find("platform");
  return kind != nullptr && kind->text == "space";
}

std::optional<space> load_space(const config::load_request& request, diagnostics& found) {
  return space_reader(request, found).read();
}

std::vector<std::size_t> digits_of(const space& of, std::uint64_t point) {
  std::vector<std::size_t> digits(of.axes.size());
  for (std::size_t i = digits.size(); i-- > 0;) {
    digits[i] = static_cast<std::size_t>(point % of.axes[i].values.size());
    point /= of.axes[i].values.size();
  }
  return digits;
}

std::vector<std::string> settings_of(const space& of, std::uint64_t point) {
  const std::vector<std::size_t> digits = digits_of(of, point);
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    settings =
        config::resolved_settings(std::move(settings), of.axes[i].values[digits[i]].settings);
  }
  return settings;
}

std::string label_of(const space& of, std::uint64_t point) {
  const std::vector<std::size_t> digits = digits_of(of, point);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    text += (i == 0 ? "" : " ") + of.axes[i].name + '=' + of.axes[i].values[digits[i]].label;
  }
  return text;
}

}  // namespace lamina::explore
