// SPDX-License-Identifier: Apache-2.0
// A time that a step on many chips cannot undercut, from what its kernels move and compute.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "lamina/models/llm_system_step.h"
#include "lamina/models/system.h"

namespace lamina::analytical {

/// Kernels of a step with the least that each takes: weights and cache over the memory's wires or
/// products at the peak, and what is launched. Communication is asked about again and again.
class step_bound {
 public:
  /// `alone`: operators that join no kernel.
  step_bound(llm_system_step step, const system_spec& spec,
             const std::vector<std::string_view>& alone);

  /// Of a micro-batch through all stages, with `carried` seconds for a communication in all its
  /// layers.
  double seconds(const std::function<double(const llm_communication&)>& carried) const;

 private:
  struct kernel {
    int group = 0;
    int last = 0;        ///< operator
    double seconds = 0;  ///< in all layers
  };
  llm_system_step step_;
  overlap_kind overlap_;
  std::vector<kernel> kernels_;
};

}  // namespace lamina::analytical
