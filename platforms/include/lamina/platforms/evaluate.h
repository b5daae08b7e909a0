// SPDX-License-Identifier: Apache-2.0
// From a memory platform to its result, in either fidelity.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"
#include "lamina/models/memory.h"
#include "lamina/platforms/process_pool.h"

namespace lamina::platforms {

enum class fidelity { analytical, tlm };
std::string_view name_of(fidelity how);  ///< "analytical", "tlm"

/// Bandwidth of all data wires together, bytes/s.
double peak_bandwidth(const dram_geometry& geometry);

struct evaluation {
  const config::memory_platform* platform = nullptr;  ///< must outlive the call
  fidelity how = fidelity::analytical;
};

struct evaluation_outcome {
  std::optional<memory_result> result;
  bool interrupted = false;  ///< a signal came before it was done
  std::string error;         ///< why there is no result
  double wall_s = 0;         ///< time that computing it took; differs from run to run
};

/// Each evaluation once, each in a child process: the SystemC kernel is global state, and a crash
/// loses only its own. Outcomes are in the order of the evaluations.
std::vector<evaluation_outcome> evaluate_all(const std::vector<evaluation>& evaluations,
                                             const process_pool_options& options = {});

/// One evaluation, likewise. Throws std::runtime_error when there is no result.
memory_result evaluate(const config::memory_platform& platform, fidelity how);

}  // namespace lamina::platforms
