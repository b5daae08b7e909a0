// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/system_simulation.h"

#include <cstring>
#include <vector>

#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/compute_tile.h"
#include "lamina/tlm/interconnect_simulation.h"
#include "lamina/tlm/stacked_chip.h"

namespace lamina::platforms {
namespace {

/// What is kept of a collective's simulation: plain data.
struct carried {
  femtoseconds elapsed{0};
  network_limit bound_by = network_limit::link;
  double energy_j = 0;  ///< of links, all groups together: the bytes over each, as simulated
};

template <typename Value>
std::string to_bytes(const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename Value>
bool from_bytes(const process_outcome& outcome, Value& value, std::string& error) {
  if (outcome.ok() && outcome.bytes.size() == sizeof value) {
    std::memcpy(&value, outcome.bytes.data(), sizeof value);
    return true;
  }
  if (error.empty()) error = outcome.error.empty() ? "no answer" : outcome.error;
  return false;
}

/// Questions of a step in their order. Schedules are told apart by where the closed form keeps
/// them, collectives by what they are.
struct questions {
  std::vector<const kernel_schedule*> kernels;
  std::vector<network_workload> networks;
  std::vector<std::size_t> kernel_of;   ///< by question
  std::vector<std::size_t> network_of;  ///< by question
};

bool alike(const network_workload& a, const network_workload& b) {
  if (a.collectives.size() != b.collectives.size()) return false;
  for (std::size_t i = 0; i < a.collectives.size(); ++i) {
    const collective& x = a.collectives[i];
    const collective& y = b.collectives[i];
    if (x.kind != y.kind || x.algorithm != y.algorithm || x.bytes != y.bytes ||
        x.group != y.group) {
      return false;
    }
  }
  return true;
}

void note(questions& asked, const kernel_schedule& schedule) {
  std::size_t at = 0;
  while (at < asked.kernels.size() && asked.kernels[at] != &schedule) ++at;
  if (at == asked.kernels.size()) asked.kernels.push_back(&schedule);
  asked.kernel_of.push_back(at);
}

void note(questions& asked, const network_workload& work) {
  std::size_t at = 0;
  while (at < asked.networks.size() && !alike(asked.networks[at], work)) ++at;
  if (at == asked.networks.size()) asked.networks.push_back(work);
  asked.network_of.push_back(at);
}

std::string simulate_kernel(const system_spec& spec, const kernel_schedule& schedule,
                            const system_simulation_options& simulation) {
  sysc::tile_simulation_options budget;
  budget.most_steps = simulation.most_steps;
  budget.most_bursts = simulation.most_bursts;
  return to_bytes(spec.stacked ? sysc::simulate(*spec.stacked, schedule, budget)
                               : sysc::simulate(spec.chip, schedule, budget));
}

std::string simulate_network(const system_spec& spec, const network_workload& work) {
  const network_result result = sysc::simulate(spec.network, work);
  return to_bytes(carried{result.elapsed, result.bound_by, result.energy_total_j()});
}

}  // namespace

simulated_step simulate(analytical::llm_system& system, const language_model& model,
                        const llm_phase& phase, const mapping_spec& mapping,
                        const llm_step_options& options, const system_fidelity& how,
                        const system_simulation_options& simulation) {
  const system_spec& spec = system.spec();
  questions asked;
  analytical::system_answers listen;
  if (how.chip == fidelity::tlm) {
    listen.kernel = [&](const kernel_schedule& schedule) {
      note(asked, schedule);
      return kernel_result{};
    };
  }
  if (how.network == fidelity::tlm) {
    listen.network = [&](const network_workload& work) {
      note(asked, work);
      return network_result{};
    };
  }
  (void)system.step(model, phase, mapping, options, listen);
  llm_step_options mean = options;
  mean.experts = expert_share::mean;
  const bool two_chips = simulation.mean_chip && how.chip == fidelity::tlm && mapping.expert > 1 &&
                         options.experts == expert_share::busiest;
  analytical::system_answers second;
  second.kernel = listen.kernel;
  if (two_chips) (void)system.step(model, phase, mapping, mean, second);
  std::vector<process_task> tasks;
  for (const kernel_schedule* schedule : asked.kernels) {
    tasks.push_back(
        [&spec, schedule, &simulation] { return simulate_kernel(spec, *schedule, simulation); });
  }
  for (const network_workload& work : asked.networks) {
    tasks.push_back([&spec, &work] { return simulate_network(spec, work); });
  }
  const std::vector<process_outcome> ended = run_in_processes(tasks, simulation.pool);
  simulated_step out;
  double all = 0;
  double simulated = 0;
  std::size_t kernel = 0;
  std::size_t network = 0;
  analytical::system_answers replay;
  if (how.chip == fidelity::tlm) {
    replay.kernel = [&](const kernel_schedule&) {
      kernel_result result;
      from_bytes(ended[asked.kernel_of[kernel++]], result, out.error);
      all += to_seconds(result.elapsed);
      simulated += to_seconds(result.elapsed) * result.simulated_share;
      return result;
    };
  }
  if (how.network == fidelity::tlm) {
    replay.network = [&](const network_workload&) {
      carried kept;
      from_bytes(ended[asked.kernels.size() + asked.network_of[network++]], kept, out.error);
      network_result result;
      result.elapsed = kept.elapsed;
      result.bound_by = kept.bound_by;
      result.energy_j = {kept.energy_j};
      return result;
    };
  }
  out.step = system.step(model, phase, mapping, options, replay);
  if (all > 0) out.simulated_share = simulated / all;
  if (two_chips) {
    second.kernel = replay.kernel;
    out.mean_kernel_seconds = system.step(model, phase, mapping, mean, second).kernel_seconds;
  }
  return out;
}

}  // namespace lamina::platforms
