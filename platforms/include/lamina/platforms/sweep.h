// SPDX-License-Identifier: Apache-2.0
// The points of a sweep: every combination of the values of its axes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lamina/config/sweep.h"

namespace lamina::platforms {

/// Combinations of all axes; 1 when there is no axis. At most `most`, which stands for "too many".
std::size_t sweep_size(const std::vector<config::sweep_axis>& axes, std::size_t most);

/// One value for each axis, in the order of the axes.
struct sweep_point {
  std::vector<std::string> labels;    ///< axis=value, as people call it
  std::vector<std::string> settings;  ///< path=value, of all parameters that the labels stand for
  bool empty() const { return labels.empty(); }
  std::string text() const;  ///< all labels
};

/// All points; the last axis changes fastest. Without axes, one point without settings.
std::vector<sweep_point> sweep_points(const std::vector<config::sweep_axis>& axes);

}  // namespace lamina::platforms
