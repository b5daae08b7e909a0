// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/sweep.h"

namespace lamina::platforms {

std::size_t sweep_size(const std::vector<config::sweep_axis>& axes, std::size_t most) {
  std::size_t size = 1;
  for (const config::sweep_axis& axis : axes) {
    const std::size_t values = axis.second.size();
    if (values == 0) return 0;
    if (size > most / values) return most;
    size *= values;
  }
  return size;
}

std::vector<sweep_point> sweep_points(const std::vector<config::sweep_axis>& axes) {
  std::vector<sweep_point> points(1);
  for (const auto& [path, values] : axes) {
    std::vector<sweep_point> longer;
    for (const sweep_point& point : points) {
      for (const std::string& value : values) {
        longer.push_back(point);
        longer.back().push_back(path + "=" + value);
      }
    }
    points = std::move(longer);
  }
  return points;
}

}  // namespace lamina::platforms
