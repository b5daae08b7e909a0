// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/chip.h"

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>

#include "lamina/analytical/stacked_chip.h"
#include "lamina/models/kernel_key.h"
#include "lamina/tlm/compute_tile.h"
#include "lamina/tlm/stacked_chip.h"

namespace lamina::platforms {
namespace {

/// A chip with its mapper, stacked or not.
class mapped_chip {
 public:
  explicit mapped_chip(const config::chip_platform& platform) {
    if (platform.stacked()) {
      stacked_ = std::make_unique<analytical::stacked_chip>(platform.stacked_chip());
    } else {
      plans_ = std::make_unique<analytical::mapper>(platform.chip);
      tile_ = std::make_unique<analytical::compute_tile>(platform.chip);
    }
  }
  const kernel_schedule& schedule(const kernel_work& work) {
    return stacked_ ? *stacked_->plan(work).schedule : plans_->schedule(work);
  }
  kernel_result answer(const kernel_work& work) {
    return stacked_ ? stacked_->plan(work).result : tile_->run(plans_->schedule(work));
  }

 private:
  std::unique_ptr<analytical::stacked_chip> stacked_;
  std::unique_ptr<analytical::mapper> plans_;
  std::unique_ptr<analytical::compute_tile> tile_;
};

/// The kernels of all steps with their mappings, and the results still empty.
chip_result planned(const config::chip_platform& platform, mapped_chip& chip) {
  const language_model model = config::model_of(platform.workload);
  llm_step_options options;
  options.routing_skew = platform.workload.routing_skew;
  chip_result out;
  out.memory_capacity = platform.memory_bytes();
  for (const llm_phase& phase : config::steps_of(platform.workload)) {
    chip_step step;
    step.phase = phase;
    const llm_step operators = operators_of(model, phase, options);
    for (step_kernel& kernel : kernels_of(operators, platform.chip.fusion)) {
      step.kernels.push_back({kernel, chip.schedule(kernel.work).mapping, {}});
    }
    out.steps.push_back(std::move(step));
    out.tokens += static_cast<double>(phase.tokens());
    out.sampled += static_cast<double>(phase.sampled());
    const llm_footprint footprint = footprint_of(model, phase, options);
    if (footprint.total_bytes() > out.footprint.total_bytes()) out.footprint = footprint;
  }
  return out;
}

void sum_up(chip_result& out) {
  double simulated = 0;
  for (chip_step& step : out.steps) {
    for (const chip_kernel& item : step.kernels) {
      const double seconds = item.seconds();
      step.seconds += seconds;
      simulated += seconds * item.result.simulated_share;
      out.matrix_flops += item.kernel.matrix_flops * item.kernel.layers;
      out.energy.add(item.result.energy, item.kernel.layers);
      out.memory_bytes += item.result.memory_bytes * item.kernel.layers;
      out.seconds_by_limit[static_cast<std::size_t>(item.result.bound_by)] += seconds;
    }
    out.seconds += step.seconds;
  }
  if (out.seconds > 0) out.simulated_share = simulated / out.seconds;
}

bool same_work(const kernel_work& a, const kernel_work& b) { return key_of(a) == key_of(b); }

std::string to_bytes(const kernel_result& result) {
  return {reinterpret_cast<const char*>(&result), sizeof result};
}

kernel_result simulated(const config::chip_platform& platform, const kernel_schedule& schedule,
                        const chip_options& options) {
  sysc::tile_simulation_options budget;
  budget.most_steps = options.most_steps;
  budget.most_bursts = options.most_bursts;
  return platform.stacked() ? sysc::simulate(platform.stacked_chip(), schedule, budget)
                            : sysc::simulate(platform.chip, schedule, budget);
}

/// Fills the results of all kernels, each different one simulated once. False when any failed.
bool simulate_all(const config::chip_platform& platform, mapped_chip& chip,
                  const chip_options& options, chip_result& out, chip_outcome& outcome) {
  std::vector<const kernel_work*> different;
  std::vector<std::pair<chip_kernel*, std::size_t>> uses;
  for (chip_step& step : out.steps) {
    for (chip_kernel& item : step.kernels) {
      std::size_t at = 0;
      while (at < different.size() && !same_work(*different[at], item.kernel.work)) ++at;
      if (at == different.size()) different.push_back(&item.kernel.work);
      uses.emplace_back(&item, at);
    }
  }
  std::vector<process_task> tasks;
  for (const kernel_work* work : different) {
    const kernel_schedule& schedule = chip.schedule(*work);
    tasks.push_back([&platform, &schedule, &options] {
      return to_bytes(simulated(platform, schedule, options));
    });
  }
  const std::vector<process_outcome> ended = run_in_processes(tasks, options.pool);
  for (const auto& [item, at] : uses) {
    const process_outcome& end = ended[at];
    if (end.what == process_outcome::state::interrupted) outcome.interrupted = true;
    if (!end.ok() || end.bytes.size() != sizeof item->result) {
      outcome.error =
          std::string(item->kernel.name) + ": " + (end.error.empty() ? "no answer" : end.error);
      return false;
    }
    std::memcpy(&item->result, end.bytes.data(), sizeof item->result);
  }
  return true;
}

}  // namespace

chip_outcome evaluate(const config::chip_platform& platform, fidelity how,
                      const chip_options& options) {
  const auto start = std::chrono::steady_clock::now();
  chip_outcome outcome;
  try {
    mapped_chip chip(platform);
    chip_result result = planned(platform, chip);
    bool complete = true;
    if (how == fidelity::analytical) {
      for (chip_step& step : result.steps) {
        for (chip_kernel& item : step.kernels) item.result = chip.answer(item.kernel.work);
      }
    } else {
      complete = simulate_all(platform, chip, options, result, outcome);
    }
    if (complete) {
      sum_up(result);
      outcome.result = std::move(result);
    }
  } catch (const std::invalid_argument& problem) {
    outcome.error = problem.what();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  outcome.wall_s = wall.count();
  return outcome;
}

}  // namespace lamina::platforms
