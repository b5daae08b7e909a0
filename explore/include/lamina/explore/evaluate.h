// SPDX-License-Identifier: Apache-2.0
// Points of a space in closed form, on all cores.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lamina/config/system_platform.h"
#include "lamina/explore/space.h"

namespace lamina::explore {

struct point_result {
  enum class state : std::uint8_t {
    feasible,
    infeasible,  ///< `why` is the constraint that it breaks first, or "memory"
    illegal      ///< there is no such platform, or no such mapping; `why` tells
  };
  std::uint64_t point = 0;
  state what = state::illegal;
  std::string why;
  std::string hash;  ///< of the resolved configuration
  metric_values values{};
  std::string bound_by;    ///< what binds most of the time
  double bound_share = 0;  ///< of the time
};

/// The platform of a point, for the `which`th workload of the mix.
std::optional<config::system_platform> platform_of(const space& of, std::uint64_t point,
                                                   std::size_t which,
                                                   config::diagnostics& problems);

struct evaluation_options {
  int jobs = 0;                             ///< threads; 0: one for each core
  const std::atomic<bool>* stop = nullptr;  ///< what is done is delivered, the rest left
};

/// Evaluates points and hands results over in batches, one call at a time, in no fixed order. What
/// a point's result is depends on nothing but the point.
void evaluate(const space& of, std::vector<std::uint64_t> points, const evaluation_options& options,
              const std::function<void(std::vector<point_result>)>& deliver);

/// Points such that those that share most of their hardware stand together.
void sort_by_hardware(const space& of, std::vector<std::uint64_t>& points);

}  // namespace lamina::explore
