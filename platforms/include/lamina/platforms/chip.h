// SPDX-License-Identifier: Apache-2.0
// From a chip platform to the time of its language-model workload, in either fidelity.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/chip_platform.h"
#include "lamina/models/llm_footprint.h"
#include "lamina/models/llm_kernels.h"
#include "lamina/platforms/evaluate.h"

namespace lamina::platforms {

struct chip_kernel {
  step_kernel kernel;
  std::string mapping;   ///< how the mapper cut it
  kernel_result result;  ///< of one run; it runs kernel.layers times
  double seconds() const { return to_seconds(result.elapsed) * kernel.layers; }
};

/// One step of the model: all its kernels, one after the other.
struct chip_step {
  llm_phase phase;
  std::vector<chip_kernel> kernels;
  double seconds = 0;
};

struct chip_result {
  std::vector<chip_step> steps;
  double seconds = 0;          ///< of all steps
  double tokens = 0;           ///< through the layers
  double sampled = 0;          ///< tokens that came out
  double matrix_flops = 0;     ///< asked for
  double memory_bytes = 0;     ///< moved
  double simulated_share = 1;  ///< of the time, in simulations: what was not extrapolated
  kernel_energy energy;  ///< of all steps; zero where the chip does not state what things take
  std::array<double, tile_limit_count> seconds_by_limit{};  ///< of kernels that each limit bound
  llm_footprint footprint;                                  ///< of the step that takes most
  double memory_capacity = 0;                               ///< bytes

  double tokens_per_s() const { return seconds > 0 ? tokens / seconds : 0; }
  double joules_per_token() const { return tokens > 0 ? energy.total_j() / tokens : 0; }
  bool fits() const { return footprint.total_bytes() <= memory_capacity; }
};

struct chip_outcome {
  std::optional<chip_result> result;
  bool interrupted = false;
  std::string error;  ///< why there is no result
  double wall_s = 0;
};

struct chip_options {
  process_pool_options pool;
  /// Work of a simulated kernel (see tile_simulation_options); what is beyond it runs in windows.
  std::int64_t most_steps = 0;
  std::int64_t most_bursts = 0;
};

/// Mappings are the mapper's in both fidelities. Analytical here; TLM with each different kernel in
/// a child process of its own. A model that does not fit the memory is run all the same: see
/// chip_result::fits().
chip_outcome evaluate(const config::chip_platform& platform, fidelity how,
                      const chip_options& options = {});

}  // namespace lamina::platforms
