// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/evaluate.h"

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "lamina/analytical/dram_stack.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::platforms {
namespace {

struct timed_result {
  memory_result result;
  double wall_s = 0;
};
static_assert(std::is_trivially_copyable_v<timed_result>);  // it crosses a pipe as bytes

memory_result compute(const evaluation& task) {
  const config::memory_platform& platform = *task.platform;
  if (task.how == fidelity::tlm) return sysc::simulate(platform.dram_stack, platform.workload);
  return analytical::dram_stack(platform.dram_stack).serve(platform.workload);
}

std::string compute_as_bytes(const evaluation& task) {
  const auto start = std::chrono::steady_clock::now();
  timed_result answer;
  answer.result = compute(task);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  answer.wall_s = wall.count();
  return {reinterpret_cast<const char*>(&answer), sizeof(answer)};
}

evaluation_outcome outcome_of(const process_outcome& process) {
  evaluation_outcome outcome;
  if (process.ok() && process.bytes.size() == sizeof(timed_result)) {
    timed_result answer;
    std::memcpy(&answer, process.bytes.data(), sizeof(answer));
    outcome.result = answer.result;
    outcome.wall_s = answer.wall_s;
    return outcome;
  }
  outcome.interrupted = process.what == process_outcome::state::interrupted;
  outcome.error = outcome.interrupted ? "interrupted" : process.error;
  if (outcome.error.empty()) outcome.error = "its process gave half an answer";
  return outcome;
}

}  // namespace

std::string_view name_of(fidelity how) { return how == fidelity::tlm ? "tlm" : "analytical"; }

double peak_bandwidth(const dram_geometry& geometry) {
  return static_cast<double>(geometry.channels) * geometry.ports() * geometry.port_bits *
         geometry.pin_rate / 8;
}

std::vector<evaluation_outcome> evaluate_all(const std::vector<evaluation>& evaluations,
                                             const process_pool_options& options) {
  std::vector<process_task> tasks;
  for (const evaluation& task : evaluations) {
    tasks.push_back([&task] { return compute_as_bytes(task); });
  }
  std::vector<evaluation_outcome> outcomes;
  for (const process_outcome& process : run_in_processes(tasks, options)) {
    outcomes.push_back(outcome_of(process));
  }
  return outcomes;
}

memory_result evaluate(const config::memory_platform& platform, fidelity how) {
  const evaluation_outcome outcome = evaluate_all({{&platform, how}}).front();
  if (!outcome.result) throw std::runtime_error(outcome.error);
  return *outcome.result;
}

}  // namespace lamina::platforms
