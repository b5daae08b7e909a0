// SPDX-License-Identifier: Apache-2.0
// From a network platform to its result, in either fidelity.
#pragma once

#include <string>
#include <vector>

#include "lamina/config/network_platform.h"
#include "lamina/models/interconnect.h"
#include "lamina/platforms/evaluate.h"

namespace lamina::platforms {

/// What the analytical path says of a collective's algorithms, each alone: the quickest first.
struct algorithm_time {
  collective_algorithm algorithm = collective_algorithm::direct;
  femtoseconds time{0};
};
std::vector<std::vector<algorithm_time>> rank_algorithms(const config::network_platform& platform);

/// The platform's work with the quickest algorithm in the place of each `best`.
network_workload resolved_workload(const config::network_platform& platform);

struct network_outcome {
  std::optional<network_result> result;
  std::string error;  ///< why there is no result
  double wall_s = 0;
};

/// Analytical here, TLM in a child process.
network_outcome evaluate(const config::network_platform& platform, fidelity how);

}  // namespace lamina::platforms
