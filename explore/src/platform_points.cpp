// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "lamina/models/die_area.h"
#include "lamina/models/interconnect_check.h"
#include "lamina/models/network_graph.h"
#include "lamina/platforms/envelope.h"
#include "point_worker.h"
#include "prompt_metrics.h"

namespace lamina::explore {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// A platform's hash does not depend on where its files stand.
std::string file_name_of(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

bool sets(const std::vector<std::string>& settings, const std::string& path) {
  return std::any_of(settings.begin(), settings.end(),
                     [&path](const std::string& one) { return path_of(one) == path; });
}

/// Of all but what light settings change: that may be of any point, where it was needed to load.
std::string hash_of(const std::vector<config::system_platform>& platforms) {
  platforms::input_hash hash;
  for (config::system_platform hardware : platforms) {
    hardware.workload.model_file = file_name_of(hardware.workload.model_file);
    hardware.mapping = {};
    hardware.workload.batch = hardware.workload.context = 1;
    hash.add(config::to_yaml(hardware));
  }
  return hash.text();
}

void add_light(const config::system_platform& platform, platforms::input_hash& hash) {
  hash.add(name_of(platform.mapping.given));
  for (const mapping_axis axis : platform.mapping.given.order) {
    hash.add(std::to_string(static_cast<int>(axis)));
  }
  hash.add(std::to_string(platform.workload.batch));
  hash.add(std::to_string(platform.workload.context));
}

/// What is wrong with mapping or workload; empty when nothing is.
std::string problem_of(const config::system_platform& platform, const language_model& model) {
  for (const spec_problem& each : check(platform.workload)) return each.message;
  if (platform.mapping.best) return "the mapping is neither given nor an axis";
  for (const spec_problem& each :
       check(platform.mapping.given, model, endpoints_of(platform.network))) {
    return each.message;
  }
  return {};
}

double area_stated_by(const config::system_platform& platform) {
  if (!platform.stacked() || !platform.chip.area.stated()) return none;
  return area_of(*platform.system().stacked).total();
}

}  // namespace

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
  for (std::string& one : settings_of(of_, point)) {
    switch (kind_of(one)) {
      case setting_kind::chip:
        all.chip_key += one + '\n';
        all.chip.push_back(std::move(one));
        break;
      case setting_kind::network:
        all.network_key += one + '\n';
        all.network.push_back(std::move(one));
        break;
      case setting_kind::light:
        all.light.push_back(std::move(one));
        break;
    }
  }
  return all;
}

/// The platform of each workload of the mix; empty when there is none, which `problem` tells.
std::vector<config::system_platform> point_worker::read(const std::vector<std::string>& hardware,
                                                        const std::vector<std::string>& light,
                                                        std::string& problem) const {
  const auto with = [&](bool light_too) {
    std::vector<config::system_platform> all;
    problem.clear();
    for (const weighted_workload& one : of_.mix) {
      std::vector<std::string> all_settings = of_.settings;
      all_settings.insert(all_settings.end(), hardware.begin(), hardware.end());
      if (light_too) all_settings.insert(all_settings.end(), light.begin(), light.end());
      all_settings.insert(all_settings.end(), one.settings.begin(), one.settings.end());
      config::diagnostics problems;
      auto loaded = config::load_system_platform({of_.platform_file, all_settings}, problems);
      if (!loaded) {
        const auto told = problems.sorted();
        problem = told.empty() ? "no such platform" : told.front().message;
        return std::vector<config::system_platform>{};
      }
      all.push_back(std::move(*loaded));
    }
    return all;
  };
  std::vector<config::system_platform> all = with(false);
  // The file's own mapping or batch may not suit this hardware, and the point's may.
  return all.empty() ? with(true) : all;
}

bool point_worker::load_chip(const settings& wanted) {
  if (chip_loaded_ && wanted.chip_key == chip_key_) return chip_problem_.empty();
  chip_loaded_ = true;
  chip_key_ = wanted.chip_key;
  network_loaded_ = false;
  variants_.clear();
  std::vector<config::system_platform> platforms = read(wanted.chip, wanted.light, chip_problem_);
  if (!chip_problem_.empty()) return false;
  chip_hash_ = hash_of(platforms);
  die_area_ = area_stated_by(platforms.front());
  try {
    if (system_) {
      system_->replace_chip(platforms.front().system());
    } else {
      system_ = std::make_unique<analytical::llm_system>(platforms.front().system(), of_.detail);
    }
  } catch (const std::invalid_argument& problem) {
    chip_problem_ = problem.what();
    return false;
  }
  for (config::system_platform& platform : platforms) {
    variant one;
    one.mapping = platform.mapping;
    one.batch = platform.workload.batch;
    one.context = platform.workload.context;
    one.model = config::model_of(platform.workload);
    one.platform = std::move(platform);
    variants_.push_back(std::move(one));
  }
  return true;
}

bool point_worker::load_network(const settings& wanted) {
  if (network_loaded_ && wanted.network_key == network_key_) return network_->problem.empty();
  network_ = &networks_.find(wanted.network_key, [&](known_network& fresh) {
    const auto platforms = read(wanted.network, wanted.light, fresh.problem);
    if (!fresh.problem.empty()) return;
    fresh.spec = platforms.front().network;
    fresh.hash = hash_of(platforms);
    for (const spec_problem& each : check(fresh.spec)) fresh.problem = each.message;
  });
  network_key_ = wanted.network_key;
  network_loaded_ = true;
  if (!network_->problem.empty()) return false;
  system_->replace_network(network_->spec);
  for (variant& one : variants_) one.platform.network = network_->spec;
  return true;
}

bool point_worker::load(const settings& wanted) {
  return load_chip(wanted) && load_network(wanted);
}

std::string point_worker::apply_light(const settings& wanted) {
  for (std::size_t i = 0; i < variants_.size(); ++i) {
    variant& one = variants_[i];
    one.platform.mapping = one.mapping;
    one.platform.workload.batch = one.batch;
    one.platform.workload.context = one.context;
    for (const std::string& setting : wanted.light) {
      if (sets(of_.mix[i].settings, path_of(setting))) continue;
      if (!light_.apply(one.platform, setting)) return setting + ": no whole number above 0";
    }
    const std::string wrong = problem_of(one.platform, one.model);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

void point_worker::answer(point_result& out) {
  double weights = 0, seconds = 0, inverse = 0, memory = 0, sum = 0, first = 0, joules = 0;
  std::array<double, tile_limit_count + 1> by_limit{};  // the last one: network
  for (std::size_t i = 0; i < variants_.size(); ++i) {
    const config::system_platform& platform = variants_[i].platform;
    const double weight = of_.mix[i].weight;
    const language_model& model = variants_[i].model;
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
        const int limit = part.communication ? tile_limit_count : static_cast<int>(part.bound_by);
        by_limit[static_cast<std::size_t>(limit)] += took;
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
  const auto most = std::max_element(by_limit.begin(), by_limit.end());
  if (sum > 0) {
    const auto limit = most - by_limit.begin();
    out.bound_by = limit == tile_limit_count ? "network" : name_of(static_cast<tile_limit>(limit));
    out.bound_share = *most / sum;
  }
  out.values[static_cast<std::size_t>(metric::die_area)] = die_area_;
}

/// Memory and constraints.
void point_worker::judge(point_result& out) const {
  out.what = point_result::state::infeasible;
  if (value_of(out.values, metric::memory_used) > 1) {
    out.why = "memory";
    return;
  }
  for (const constraint& one : of_.constraints) {
    if (one.holds(value_of(out.values, one.of))) continue;
    out.why = name_of(one.of);
    return;
  }
  out.what = point_result::state::feasible;
}

point_result point_worker::evaluate(std::uint64_t point) {
  point_result out;
  out.point = point;
  out.values.fill(none);
  const settings wanted = split(point);
  if (!load(wanted)) {
    out.why = chip_problem_.empty() ? network_->problem : chip_problem_;
    return out;
  }
  platforms::input_hash hash;
  hash.add(chip_hash_);
  hash.add(network_->hash);
  for (const std::string& one : wanted.light) hash.add(one);
  out.hash = hash.text();
  out.why = apply_light(wanted);
  if (!out.why.empty()) return out;
  for (const variant& one : variants_) add_light(one.platform, hash);
  out.hash = hash.text();
  try {
    answer(out);
  } catch (const std::invalid_argument& problem) {
    out.why = problem.what();
    return out;
  }
  judge(out);
  return out;
}

}  // namespace lamina::explore
