// SPDX-License-Identifier: Apache-2.0
// A step of a system with its kernels, its network or both simulated.
#pragma once

#include <string>

#include "lamina/analytical/system.h"
#include "lamina/platforms/evaluate.h"

namespace lamina::platforms {

struct system_fidelity {
  fidelity chip = fidelity::analytical;
  fidelity network = fidelity::analytical;
};

struct system_simulation_options {
  process_pool_options pool;
  /// Work of a simulated kernel (see tile_simulation_options); what is beyond it runs in windows.
  std::int64_t most_steps = 0;
  std::int64_t most_bursts = 0;
  /// A second chip, with the mean of the experts, beside the busiest: the kernels in which both
  /// differ.
  bool mean_chip = false;
};

struct simulated_step {
  analytical::system_step_result step;
  double simulated_share = 1;  ///< of the kernels' time: what was not extrapolated
  std::string error;           ///< why there is no answer
  /// Kernels of a micro-batch on the chip with the mean of the experts; 0: not simulated. It waits
  /// for the rest of the busiest's.
  double mean_kernel_seconds = 0;
};

/// One representative chip (two with mean_chip) runs each different kernel (all chips do what the
/// busiest does), and the network of all chips carries each different collective with all its
/// groups, one simulation for each in a child process. Mappings, algorithms and the order of things
/// are the closed form's.
simulated_step simulate(analytical::llm_system& system, const language_model& model,
                        const llm_phase& phase, const mapping_spec& mapping,
                        const llm_step_options& options, const system_fidelity& how,
                        const system_simulation_options& simulation = {});

}  // namespace lamina::platforms
