// SPDX-License-Identifier: Apache-2.0
// The Pareto front of what was evaluated.
#pragma once

#include <cstddef>
#include <vector>

#include "lamina/explore/evaluate.h"

namespace lamina::explore {

/// Whether `a` is nowhere worse than `b`, and somewhere better.
bool dominates(const metric_values& a, const metric_values& b, const std::vector<metric>& by);

/// Indices of the feasible points that no other dominates, in the order of `points`. Points that
/// are equal in all objectives are all there.
std::vector<std::size_t> front_of(const std::vector<point_result>& points,
                                  const std::vector<metric>& by);

}  // namespace lamina::explore
