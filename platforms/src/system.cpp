// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/system.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

namespace lamina::platforms {
namespace {

/// All that does not change from mapping to mapping.
struct asked {
  explicit asked(const config::system_platform& platform,
                 analytical::model_detail detail = analytical::model_detail::followed)
      : system(platform.system(), detail),
        model(config::model_of(platform.workload)),
        phases(config::steps_of(platform.workload)) {
    options.routing_skew = platform.workload.routing_skew;
  }
  analytical::llm_system system;
  language_model model;
  std::vector<llm_phase> phases;
  llm_step_options options;
};

system_result answer(asked& work, const mapping_spec& mapping) {
  system_result out;
  out.mapping = mapping;
  out.chips = work.system.chips();
  out.memory_capacity = work.system.spec().memory_bytes();
  for (const llm_phase& phase : work.phases) {
    analytical::system_step_result step =
        work.system.step(work.model, phase, mapping, work.options);
    out.seconds += step.seconds;
    out.tokens += step.tokens;
    out.sampled += step.sampled;
    if (step.footprint.total_bytes() > out.footprint.total_bytes()) {
      out.footprint = step.footprint;
    }
    out.steps.push_back(std::move(step));
  }
  return out;
}

bool is_better(const mapping_trial& a, const mapping_trial& b) {
  if (a.fits != b.fits) return a.fits;
  return a.seconds < b.seconds;
}

bool fits(const asked& work, const mapping_spec& mapping, const llm_step_options& options) {
  return std::all_of(work.phases.begin(), work.phases.end(), [&](const llm_phase& phase) {
    return footprint_of(work.model, phase, mapping, options).total_bytes() <=
           work.system.spec().memory_bytes();
  });
}

/// Every legal mapping with a bound from below, those that fit first, the lowest bound first.
/// Weights are gathered where they do not fit otherwise: elsewhere it only adds time.
std::vector<mapping_trial> bounded_trials(asked& work, std::size_t& needless) {
  llm_step_options options = work.options;
  options.experts = expert_share::mean;
  std::vector<mapping_trial> trials;
  const auto add = [&](const mapping_spec& mapping, bool is_fitting) {
    trials.push_back({mapping, 0, is_fitting, true});
    for (const llm_phase& phase : work.phases) {
      trials.back().seconds += work.system.least_seconds(work.model, phase, mapping, options);
    }
  };
  for (const mapping_spec& mapping : legal_mappings(work.model, work.system.chips())) {
    const bool is_fitting = fits(work, mapping, options);
    add(mapping, is_fitting);
    for (const mapping_spec& sharing : with_shared_weights(mapping)) {
      if (!is_fitting) {
        add(sharing, fits(work, sharing, options));
      } else {
        ++needless;
      }
    }
  }
  std::stable_sort(trials.begin(), trials.end(), is_better);
  return trials;
}

using bound = analytical::llm_system::bound;

double closer_bound(asked& work, const mapping_spec& mapping, bound counted) {
  double seconds = 0;
  for (const llm_phase& phase : work.phases) {
    seconds += work.system.least_seconds(work.model, phase, mapping, work.options, counted);
  }
  return seconds;
}

/// Asks about one kernel more; false when all are known.
bool ask_next(asked& work, const mapping_spec& mapping) {
  return std::any_of(work.phases.begin(), work.phases.end(), [&](const llm_phase& phase) {
    return work.system.ask_next(work.model, phase, mapping, work.options);
  });
}

/// Branch and bound: always the mapping with the lowest bound is looked at, first with its
/// collectives, then with its kernels' schedules, then asking about one kernel after the other,
/// until no bound is below the second best time.
class bounded_search {
 public:
  bounded_search(asked& work, std::vector<mapping_trial>& trials)
      : work_(work), trials_(trials), counted_(trials.size(), bound::kernels) {}

  /// Evaluates trials, and takes those out that have no answer.
  std::vector<refused_mapping> run() {
    any_fits_ = trials_.front().fits;
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (trials_[i].fits == any_fits_) open_.emplace(trials_[i].seconds, i);
    }
    std::set<std::size_t, std::greater<>> without;  // from the last
    std::vector<refused_mapping> refused;
    while (!open_.empty() && open_.begin()->first < second_) {
      const std::size_t at = open_.begin()->second;
      open_.erase(open_.begin());
      try {
        look_at(at);
      } catch (const std::invalid_argument& problem) {
        refused.push_back({trials_[at].mapping, problem.what()});
        without.insert(at);
      }
    }
    for (const std::size_t at : without) {
      trials_.erase(trials_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return refused;
  }

 private:
  void look_at(std::size_t at) {
    mapping_trial& trial = trials_[at];
    const bool is_close = counted_[at] == bound::schedules;
    if (!is_close || ask_next(work_, trial.mapping)) {
      counted_[at] = counted_[at] == bound::kernels ? bound::collectives : bound::schedules;
      trial.seconds = std::max(trial.seconds, closer_bound(work_, trial.mapping, counted_[at]));
      open_.emplace(trial.seconds, at);
      return;
    }
    const system_result tried = answer(work_, trial.mapping);
    trial.seconds = tried.seconds;
    trial.fits = tried.fits();
    trial.bounded = false;
    if (trial.fits != any_fits_) return;
    second_ = std::min(second_, std::max(first_, trial.seconds));
    first_ = std::min(first_, trial.seconds);
  }

  asked& work_;
  std::vector<mapping_trial>& trials_;
  std::vector<bound> counted_;
  bool any_fits_ = false;
  std::set<std::pair<double, std::size_t>> open_;  ///< bound, trial
  double first_ = std::numeric_limits<double>::infinity();
  double second_ = first_;
};

void sort(std::vector<mapping_trial>& trials) {
  std::stable_sort(trials.begin(), trials.end(),
                   [](const mapping_trial& a, const mapping_trial& b) {
                     return a.bounded != b.bounded ? b.bounded : is_better(a, b);
                   });
}

/// Of stacked chips mappings are compared in closed form: to follow the bursts of the kernels of
/// one takes longer than to compare all.
system_result best(asked& work, const config::system_platform& platform) {
  std::optional<asked> quick;
  if (platform.stacked()) quick.emplace(platform, analytical::model_detail::closed_form);
  asked& chooser = quick ? *quick : work;
  std::size_t needless = 0;
  std::vector<mapping_trial> trials = bounded_trials(chooser, needless);
  if (trials.empty()) {
    throw std::invalid_argument("mapping: no legal mapping of " + work.model.name + " on " +
                                std::to_string(work.system.chips()) + " chips");
  }
  std::vector<refused_mapping> refused = bounded_search(chooser, trials).run();
  sort(trials);
  if (trials.empty() || trials.front().bounded) {
    throw std::invalid_argument("mapping: no legal mapping that could fit has an answer; " +
                                name_of(refused.front().mapping) + ": " + refused.front().reason);
  }
  system_result out = answer(work, trials.front().mapping);
  out.compared_in_closed_form = quick.has_value();
  out.trials = std::move(trials);
  out.refused = std::move(refused);
  out.needless = needless;
  return out;
}

/// The steps once more, with what is asked for simulated.
void simulate_steps(asked& work, const system_fidelity& how,
                    const system_simulation_options& simulation, system_result& out) {
  out.seconds = 0;
  double kernels = 0;
  double share = 0;
  double mean = 0;  // kernels of the second chip
  system_simulation_options both = simulation;
  both.mean_chip = true;
  for (std::size_t i = 0; i < work.phases.size(); ++i) {
    simulated_step step =
        simulate(work.system, work.model, work.phases[i], out.mapping, work.options, how, both);
    if (!step.error.empty()) throw std::invalid_argument(step.error);
    out.seconds += step.step.seconds;
    kernels += step.step.kernel_seconds;
    share += step.step.kernel_seconds * step.simulated_share;
    mean += step.mean_kernel_seconds;
    out.steps[i] = std::move(step.step);
  }
  if (how.chip == fidelity::tlm && kernels > 0) out.simulated_share = share / kernels;
  if (mean > 0) out.waiting_share = 1 - mean / kernels;
}

}  // namespace

std::optional<analytical::system_energy> system_result::energy() const {
  std::optional<analytical::system_energy> all;
  for (const analytical::system_step_result& step : steps) {
    if (!step.energy) return {};
    if (!all) all.emplace();
    all->add(*step.energy);
  }
  return all;
}

system_outcome evaluate(const config::system_platform& platform, const system_fidelity& how,
                        const system_simulation_options& simulation,
                        analytical::model_detail detail) {
  const auto start = std::chrono::steady_clock::now();
  system_outcome outcome;
  try {
    asked work(platform, detail);
    outcome.result =
        platform.mapping.best ? best(work, platform) : answer(work, platform.mapping.given);
    if (!platform.workload.requests.empty()) {
      system_result& result = *outcome.result;
      result.serving = serve(work.system, work.model, config::mix_of(platform.workload),
                             platform.workload.batch, result.mapping, work.options);
      result.footprint = result.serving->footprint;
    }
    if (how.chip == fidelity::tlm || how.network == fidelity::tlm) {
      simulate_steps(work, how, simulation, *outcome.result);
    }
  } catch (const std::invalid_argument& problem) {
    outcome.error = problem.what();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  outcome.wall_s = wall.count();
  return outcome;
}

}  // namespace lamina::platforms
