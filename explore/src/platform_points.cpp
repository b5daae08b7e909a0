// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <stdexcept>

#include "lamina/config/document.h"
#include "lamina/config/quantity.h"
#include "lamina/models/die_area.h"
#include "lamina/models/network_graph.h"
#include "lamina/platforms/envelope.h"
#include "point_worker.h"
#include "prompt_metrics.h"

namespace lamina::explore {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

const std::vector<std::string> light_paths = {
    "mapping",    "mapping.tp", "mapping.pp",   "mapping.dp",     "mapping.ep",
    "mapping.sp", "mapping.cp", "mapping.fsdp", "workload.batch", "workload.context"};

std::string path_of(const std::string& setting) { return setting.substr(0, setting.find('=')); }

/// A platform's hash does not depend on where its files stand.
std::string file_name_of(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

bool sets(const std::vector<std::string>& settings, const std::string& path) {
  return std::any_of(settings.begin(), settings.end(),
                     [&path](const std::string& one) { return path_of(one) == path; });
}

bool set_size(mapping_spec& mapping, std::string_view name, int value) {
  const std::array<std::pair<std::string_view, int*>, 7> sizes = {{{"tp", &mapping.tensor},
                                                                   {"pp", &mapping.pipeline},
                                                                   {"dp", &mapping.data},
                                                                   {"ep", &mapping.expert},
                                                                   {"sp", &mapping.sequence},
                                                                   {"cp", &mapping.context},
                                                                   {"fsdp", &mapping.fsdp}}};
  for (const auto& [known, size] : sizes) {
    if (known != name) continue;
    *size = value;
    return true;
  }
  return false;
}

/// "{tp: 8, dp: 2}"; sizes that are not named are 1.
bool apply_sizes(config::mapping_choice& mapping, const std::string& text) {
  config::diagnostics problems;
  const config::node sizes = config::parse_yaml("mapping", text, problems);
  if (problems.has_errors() || !sizes.is_map()) return false;
  mapping = {};
  for (const config::entry& size : sizes.entries) {
    const auto value = config::parse_whole(size.value.text);
    if (!value.value || *value.value < 1 || *value.value > 1'000'000) return false;
    if (!set_size(mapping.given, size.key, static_cast<int>(*value.value))) return false;
  }
  return true;
}

/// Applies "workload.batch=8" to what is loaded. False when only the loader understands it.
bool apply(config::system_platform& platform, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  const std::string path = setting.substr(0, equals);
  if (path == "mapping") return apply_sizes(platform.mapping, setting.substr(equals + 1));
  const auto value = config::parse_whole(setting.substr(equals + 1));
  if (!value.value || *value.value < 1 || *value.value > std::numeric_limits<int>::max()) {
    return false;
  }
  if (path == "workload.batch") {
    platform.workload.batch = *value.value;
  } else if (path == "workload.context") {
    platform.workload.context = *value.value;
  } else {
    platform.mapping.best = false;
    return set_size(platform.mapping.given, std::string_view(path).substr(8),
                    static_cast<int>(*value.value));
  }
  return true;
}

/// What is wrong with mapping or workload; empty when nothing is.
std::string problem_of(const config::system_platform& platform) {
  for (const spec_problem& each : check(platform.workload)) return each.message;
  if (platform.mapping.best) return "the mapping is neither given nor an axis";
  for (const spec_problem& each : check(platform.mapping.given, config::model_of(platform.workload),
                                        endpoints_of(platform.network))) {
    return each.message;
  }
  return {};
}

}  // namespace

setting_kind kind_of(const std::string& setting) {
  const std::string path = path_of(setting);
  if (std::find(light_paths.begin(), light_paths.end(), path) != light_paths.end()) {
    return setting_kind::light;
  }
  return path.compare(0, 8, "network.") == 0 ? setting_kind::network : setting_kind::chip;
}

std::optional<config::system_platform> platform_of(const space& of, std::uint64_t point,
                                                   std::size_t which,
                                                   config::diagnostics& problems) {
  std::vector<std::string> settings = of.settings;
  const std::vector<std::string> own = settings_of(of, point);
  settings.insert(settings.end(), own.begin(), own.end());
  const auto& mix = of.mix[which].settings;
  settings.insert(settings.end(), mix.begin(), mix.end());
  return config::load_system_platform({of.platform_file, settings}, problems);
}

point_worker::settings point_worker::split(std::uint64_t point) const {
  settings all;
  for (const std::string& one : settings_of(of_, point)) {
    const setting_kind kind = kind_of(one);
    if (kind == setting_kind::light) {
      all.light.push_back(one);
      continue;
    }
    all.hardware.push_back(one);
    all.key += one + '\n';
    if (kind == setting_kind::chip) all.chip_key += one + '\n';
  }
  return all;
}

bool point_worker::load_with(const std::vector<std::string>& hardware, std::string& why) {
  platforms_.clear();
  platforms::input_hash hash;
  for (const weighted_workload& one : of_.mix) {
    std::vector<std::string> all_settings = of_.settings;
    all_settings.insert(all_settings.end(), hardware.begin(), hardware.end());
    all_settings.insert(all_settings.end(), one.settings.begin(), one.settings.end());
    config::diagnostics problems;
    auto loaded = config::load_system_platform({of_.platform_file, all_settings}, problems);
    if (!loaded) {
      const auto all = problems.sorted();
      why = all.empty() ? "no such platform" : all.front().message;
      return false;
    }
    platforms_.push_back(std::move(*loaded));
    config::system_platform nowhere = platforms_.back();
    nowhere.workload.model_file = file_name_of(nowhere.workload.model_file);
    hash.add(config::to_yaml(nowhere));
  }
  hardware_hash_ = hash.text();
  return true;
}

bool point_worker::load(const settings& wanted) {
  if (loaded_ && wanted.key == key_) return why_not_.empty();
  loaded_ = false;
  why_not_.clear();
  if (!load_with(wanted.hardware, why_not_)) {
    // The file's own mapping or batch may not suit this hardware, and the point's may.
    std::vector<std::string> all = wanted.hardware;
    all.insert(all.end(), wanted.light.begin(), wanted.light.end());
    why_not_.clear();
    if (!load_with(all, why_not_)) return false;
  }
  try {
    if (system_ && wanted.chip_key == chip_key_) {
      system_->replace_network(platforms_.front().network);
    } else {
      system_.reset();
      system_ = std::make_unique<analytical::llm_system>(platforms_.front().system());
    }
  } catch (const std::invalid_argument& problem) {
    why_not_ = problem.what();
    system_.reset();
    return false;
  }
  chip_key_ = wanted.chip_key;
  key_ = wanted.key;
  loaded_ = true;
  return true;
}

std::string point_worker::apply_light(const settings& wanted) {
  current_ = platforms_;
  for (std::size_t i = 0; i < current_.size(); ++i) {
    for (const std::string& one : wanted.light) {
      if (sets(of_.mix[i].settings, path_of(one))) continue;
      if (!apply(current_[i], one)) return one + ": no whole number above 0";
    }
    const std::string wrong = problem_of(current_[i]);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

void point_worker::answer(point_result& out) {
  double weights = 0, seconds = 0, inverse = 0, memory = 0, sum = 0, first = 0, joules = 0;
  std::map<std::string, double> by_limit;
  for (std::size_t i = 0; i < current_.size(); ++i) {
    const config::system_platform& platform = current_[i];
    const double weight = of_.mix[i].weight;
    const language_model model = config::model_of(platform.workload);
    llm_step_options options;
    options.routing_skew = platform.workload.routing_skew;
    double own_seconds = 0, tokens = 0, own_joules = 0;
    for (const llm_phase& phase : config::steps_of(platform.workload)) {
      const auto step = system_->step(model, phase, platform.mapping.given, options);
      own_seconds += step.seconds;
      tokens += step.tokens;
      own_joules += step.energy ? step.energy->total_j() : none;
      memory = std::max(memory, step.footprint.total_bytes() / step.memory_capacity);
      for (const analytical::system_part& part : step.parts) {
        const double took = part.seconds() * weight;
        by_limit[std::string(part.communication ? "network" : name_of(part.bound_by))] += took;
        sum += took;
      }
    }
    own_joules /= tokens;
    double each = own_seconds / tokens;
    if (!platform.workload.requests.empty()) {
      const serving_values served = values_of_serving(*system_, platform);
      own_seconds = served.token_s;
      each = 1 / served.tokens_per_s;
      own_joules = served.joules_per_token;
      memory = std::max(memory, served.memory);
      first += weight * served.first_token_s;
    } else if (of_.asks_for(metric::time_to_first_token)) {
      first += weight * first_token_seconds(*system_, platform, own_seconds);
    } else {
      first = none;
    }
    weights += weight;
    seconds += weight * own_seconds;
    inverse += weight * each;
    joules += weight * own_joules;
  }
  out.values = {weights / inverse, weights / seconds, seconds / weights, none, memory,
                first / weights,   weights / joules};
  const auto most = std::max_element(by_limit.begin(), by_limit.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  if (most != by_limit.end() && sum > 0) {
    out.bound_by = most->first;
    out.bound_share = most->second / sum;
  }
  const config::system_platform& any = current_.front();
  if (any.stacked() && any.chip.area.stated()) {
    out.values[static_cast<std::size_t>(metric::die_area)] = area_of(*any.system().stacked).total();
  }
}

point_result point_worker::evaluate(std::uint64_t point) {
  point_result out;
  out.point = point;
  out.values.fill(none);
  const settings wanted = split(point);
  if (!load(wanted)) {
    out.why = why_not_;
    return out;
  }
  platforms::input_hash hash;
  hash.add(hardware_hash_);
  for (const std::string& one : wanted.light) hash.add(one);
  out.hash = hash.text();
  out.why = apply_light(wanted);
  if (!out.why.empty()) return out;
  try {
    answer(out);
  } catch (const std::invalid_argument& problem) {
    out.why = problem.what();
    return out;
  }
  out.what = point_result::state::infeasible;
  if (value_of(out.values, metric::memory_used) > 1) {
    out.why = "memory";
    return out;
  }
  for (const constraint& one : of_.constraints) {
    if (one.holds(value_of(out.values, one.of))) continue;
    out.why = name_of(one.of);
    return out;
  }
  out.what = point_result::state::feasible;
  return out;
}

}  // namespace lamina::explore
