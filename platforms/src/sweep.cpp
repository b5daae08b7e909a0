// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/sweep.h"

namespace lamina::platforms {

std::size_t sweep_size(const std::vector<config::sweep_axis>& axes, std::size_t most) {
  std::size_t size = 1;
  for (const config::sweep_axis& axis : axes) {
    const std::size_t values = axis.values.size();
    if (values == 0) return 0;
    if (size > most / values) return most;
    size *= values;
  }
  return size;
}

std::string sweep_point::text() const {
  std::string all;
  for (const std::string& label : labels) all += (all.empty() ? "" : " ") + label;
  return all;
}

std::vector<sweep_point> sweep_points(const std::vector<config::sweep_axis>& axes) {
  std::vector<sweep_point> points(1);
  for (const config::sweep_axis& axis : axes) {
    std::vector<sweep_point> longer;
    for (const sweep_point& point : points) {
      for (const config::sweep_value& value : axis.values) {
        longer.push_back(point);
        sweep_point& last = longer.back();
        last.labels.push_back(axis.name + '=' + value.label);
        last.settings = config::resolved_settings(std::move(last.settings), value.settings);
      }
    }
    points = std::move(longer);
  }
  return points;
}

}  // namespace lamina::platforms
