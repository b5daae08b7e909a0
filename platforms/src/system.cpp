// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/system.h"

#include <chrono>
#include <optional>
#include <stdexcept>

#include "mapping_search.h"

namespace lamina::platforms {
namespace {

/// Of stacked chips mappings are compared in closed form: to follow the bursts of the kernels of
/// one takes longer than to compare all.
system_result best(system_work& work, const config::system_platform& platform) {
  std::optional<system_work> quick;
  if (platform.stacked()) quick.emplace(platform, analytical::model_detail::closed_form);
  searched_mappings found = search_mappings(quick ? *quick : work);
  if (found.trials.empty()) {
    throw std::invalid_argument("mapping: no legal mapping of " + work.model.name + " on " +
                                std::to_string(work.system.chips()) + " chips");
  }
  if (found.trials.empty() || found.trials.front().bounded) {
    throw std::invalid_argument("mapping: no legal mapping that could fit has an answer; " +
                                name_of(found.refused.front().mapping) + ": " +
                                found.refused.front().reason);
  }
  system_result out = answer(work, found.trials.front().mapping);
  out.compared_in_closed_form = quick.has_value();
  out.trials = std::move(found.trials);
  out.refused = std::move(found.refused);
  out.searched = found.counts;
  return out;
}

/// The steps once more, with what is asked for simulated.
void simulate_steps(system_work& work, const system_fidelity& how,
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
    system_work work(platform, detail);
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
