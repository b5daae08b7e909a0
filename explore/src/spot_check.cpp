// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/spot_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "lamina/explore/front.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/platforms/system.h"

namespace lamina::explore {
namespace {

/// Of a kernel, what a simulation does before it goes on in windows.
constexpr std::int64_t window_steps = 20'000;
constexpr std::int64_t window_bursts = 100'000;
/// Candidates among which the farthest is looked for.
constexpr std::size_t most_candidates = 5'000;

class chooser {
 public:
  chooser(const space& of, std::size_t most) : of_(of), most_(most) {}
  bool full() const { return chosen_.size() >= most_; }
  void take(std::uint64_t point, const char* as) {
    if (!full() && taken_.insert(point).second) chosen_.push_back({point, as});
  }
  std::size_t count() const { return chosen_.size(); }
  const std::vector<checked_choice>& chosen() const { return chosen_; }
  /// To the nearest that was taken.
  double distance_of(std::uint64_t point) const {
    double least = std::numeric_limits<double>::infinity();
    for (const checked_choice& one : chosen_) {
      least = std::min(least, distance(of_, one.point, point));
    }
    return least;
  }

 private:
  const space& of_;
  std::size_t most_;
  std::set<std::uint64_t> taken_;
  std::vector<checked_choice> chosen_;
};

std::vector<std::uint64_t> drawn(const std::vector<std::uint64_t>& from, std::size_t count,
                                 std::mt19937_64& random) {
  std::vector<std::uint64_t> left = from;
  for (std::size_t i = 0; i < std::min(count, left.size()); ++i) {
    std::swap(left[i], left[i + random() % (left.size() - i)]);
  }
  left.resize(std::min(count, left.size()));
  return left;
}

std::string simulate(const space& of, std::uint64_t point) {
  double fast = 0, slow = 0, weights = 0, share = 0;
  for (std::size_t i = 0; i < of.mix.size(); ++i) {
    config::diagnostics problems;
    const auto platform = platform_of(of, point, i, problems);
    if (!platform) throw std::runtime_error(problems.text());
    platforms::system_simulation_options options;
    options.pool.jobs = 1;
    options.most_steps = window_steps;
    options.most_bursts = window_bursts;
    using platforms::fidelity;
    const auto closed = platforms::evaluate(*platform, {}, options, of.detail);
    const auto tlm =
        platforms::evaluate(*platform, {fidelity::tlm, fidelity::tlm}, options, of.detail);
    if (!closed.result) throw std::runtime_error(closed.error);
    if (!tlm.result) throw std::runtime_error(tlm.error);
    const double weight = of.mix[i].weight;
    fast += weight * closed.result->seconds;
    slow += weight * tlm.result->seconds;
    share += weight * tlm.result->simulated_share;
    weights += weight;
  }
  return nlohmann::json{fast / weights, slow / weights, share / weights}.dump();
}

}  // namespace

double distance(const space& of, std::uint64_t a, std::uint64_t b) {
  const auto x = digits_of(of, a);
  const auto y = digits_of(of, b);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double values = static_cast<double>(of.axes[i].values.size());
    if (values > 1)
      sum += std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])) / (values - 1);
  }
  return sum;
}

std::vector<checked_choice> points_to_check(const space& of,
                                            const std::vector<point_result>& results, int most) {
  const auto all = static_cast<std::size_t>(std::max(0, most));
  chooser choice(of, all);
  std::mt19937_64 random(of.how.seed);
  std::vector<std::uint64_t> front;
  for (const std::size_t i : front_of(results, of.objectives)) front.push_back(results[i].point);
  for (const std::uint64_t point : drawn(front, (all + 2) / 3, random)) choice.take(point, "front");

  std::map<std::string, std::vector<std::uint64_t>> regimes;
  std::vector<std::uint64_t> feasible;
  for (const point_result& one : results) {
    if (one.what != point_result::state::feasible) continue;
    regimes[one.bound_by].push_back(one.point);
    feasible.push_back(one.point);
  }
  const std::size_t sample = (all + 2) / 3;
  for (const auto& [limit, points] : regimes) {
    const std::size_t each = (sample + regimes.size() - 1) / regimes.size();
    for (const std::uint64_t point : drawn(points, each, random)) choice.take(point, "sample");
  }
  const std::vector<std::uint64_t> candidates = drawn(feasible, most_candidates, random);
  while (!choice.full() && choice.count() < feasible.size()) {
    std::uint64_t farthest = 0;
    double most_distance = 0;
    for (const std::uint64_t point : candidates) {
      const double at = choice.distance_of(point);
      if (at > most_distance) farthest = point, most_distance = at;
    }
    if (most_distance <= 0) break;
    choice.take(farthest, "far");
  }
  return choice.chosen();
}

std::vector<spot_check> run_checks(const space& of, const std::vector<checked_choice>& chosen,
                                   const check_options& options) {
  std::vector<platforms::process_task> tasks;
  for (const checked_choice& one : chosen) {
    tasks.push_back([&of, point = one.point] { return simulate(of, point); });
  }
  platforms::process_pool_options pool;
  pool.jobs = options.jobs;
  pool.time_limit_s = options.time_limit_s;
  pool.progress = options.progress;
  const auto outcomes = platforms::run_in_processes(tasks, pool);
  std::vector<spot_check> checks;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    using state = platforms::process_outcome::state;
    if (outcomes[i].what == state::interrupted) continue;
    spot_check one;
    one.point = chosen[i].point;
    one.chosen_as = chosen[i].chosen_as;
    if (outcomes[i].ok()) {
      const auto all = nlohmann::json::parse(outcomes[i].bytes);
      one.analytical_s = all[0];
      one.tlm_s = all[1];
      one.simulated_share = all[2];
    } else {
      one.error = outcomes[i].error.empty() ? "failed" : outcomes[i].error;
    }
    checks.push_back(one);
  }
  return checks;
}

check_summary summary_of(const std::vector<const spot_check*>& checks) {
  check_summary out;
  std::vector<double> errors;
  for (const spot_check* one : checks) {
    if (!one->ok()) ++out.failed;
    if (one->ok()) errors.push_back(std::abs(one->difference()));
  }
  out.count = errors.size();
  if (errors.empty()) return out;
  std::sort(errors.begin(), errors.end());
  const auto at = [&errors](double share) {
    const double rank = std::ceil(share * static_cast<double>(errors.size()));
    return errors[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
  };
  out.median = at(0.5);
  out.p90 = at(0.9);
  out.worst = errors.back();
  return out;
}

const spot_check* nearest_check(const space& of, const std::vector<spot_check>& checks,
                                std::uint64_t point) {
  const spot_check* nearest = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const spot_check& one : checks) {
    const double at = one.ok() ? distance(of, one.point, point) : least;
    if (at < least) nearest = &one, least = at;
  }
  return nearest;
}

}  // namespace lamina::explore
