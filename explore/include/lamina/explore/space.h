// SPDX-License-Identifier: Apache-2.0
// A design space: a platform, axes over its parameters, constraints, objectives, workloads.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/stacked_chip.h"
#include "lamina/config/sweep.h"
#include "lamina/explore/metric.h"

namespace lamina::explore {

struct constraint {
  metric of = metric::die_area;
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();
  bool holds(double value) const { return value >= at_least && value <= at_most; }
};

/// One workload of a mix.
struct weighted_workload {
  double weight = 1;                  ///< share of the tokens
  std::vector<std::string> settings;  ///< of the platform's workload, as `--set` takes them
};

enum class sampling_method : std::uint8_t { exhaustive, sobol, latin_hypercube };
std::string_view name_of(sampling_method which);

struct sampling {
  sampling_method method = sampling_method::exhaustive;
  std::uint64_t points = 0;
  std::uint64_t seed = 1;
};

/// Points that are simulated as well.
struct spot_checks {
  int points = 0;
  double time_limit_s = 60;  ///< of each
};

struct space {
  std::string name;
  std::string file;
  std::string platform_file;
  std::vector<std::string> settings;  ///< of every point
  std::vector<config::sweep_axis> axes;
  std::vector<weighted_workload> mix;  ///< at least one
  std::vector<constraint> constraints;
  std::vector<metric> objectives;
  sampling how;
  spot_checks checks;
  /// How closely points are looked at.
  analytical::model_detail detail = analytical::model_detail::followed;
  std::string hash;  ///< of all that decides results; of the platform's files as well

  std::uint64_t size() const;
  /// Whether an objective or a constraint is about it.
  bool asks_for(metric which) const;
};

/// Most points of a space, and of an exploration.
inline constexpr std::uint64_t largest_space = std::uint64_t{1} << 62U;
inline constexpr std::uint64_t most_points = 20'000'000;

/// Whether a file describes a space: it has `platform: space`.
bool is_space(const config::load_request& request);

/// Reads and checks a space; nothing when anything is wrong, which `found` then tells. Settings of
/// the request change the space file ("sampling.points=100").
std::optional<space> load_space(const config::load_request& request, config::diagnostics& found);

/// The value of each axis at a point; the last axis changes fastest.
std::vector<std::size_t> digits_of(const space& of, std::uint64_t point);
/// What a point sets, dependent values resolved.
std::vector<std::string> settings_of(const space& of, std::uint64_t point);
/// "layers=8 workload.batch=64"
std::string label_of(const space& of, std::uint64_t point);

/// The points that the sampling asks for, ascending, each once.
std::vector<std::uint64_t> points_of(const space& of);

}  // namespace lamina::explore
