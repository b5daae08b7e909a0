// SPDX-License-Identifier: Apache-2.0
// The points of a sweep: every combination of the values of its axes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"

namespace lamina::platforms {

/// Combinations of all axes; 1 when there is no axis. At most `most`, which stands for "too many".
std::size_t sweep_size(const std::vector<config::sweep_axis>& axes, std::size_t most);

/// One value for each axis, as `path=value` in the order of the axes.
using sweep_point = std::vector<std::string>;

/// All points; the last axis changes fastest. Without axes, one point without settings.
std::vector<sweep_point> sweep_points(const std::vector<config::sweep_axis>& axes);

}  // namespace lamina::platforms
