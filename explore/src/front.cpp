// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/front.h"

#include <algorithm>

namespace lamina::explore {
namespace {

/// Less is better.
double cost(const metric_values& values, metric which) {
  return more_is_better(which) ? -value_of(values, which) : value_of(values, which);
}

}  // namespace

bool dominates(const metric_values& a, const metric_values& b, const std::vector<metric>& by) {
  bool better = false;
  for (const metric which : by) {
    if (cost(a, which) > cost(b, which)) return false;
    better = better || cost(a, which) < cost(b, which);
  }
  return better;
}

std::vector<std::size_t> front_of(const std::vector<point_result>& points,
                                  const std::vector<metric>& by) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].what == point_result::state::feasible) order.push_back(i);
  }
  // Who comes later dominates nobody that came earlier.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (const metric which : by) {
      const double x = cost(points[a].values, which);
      const double y = cost(points[b].values, which);
      if (x != y) return x < y;
    }
    return a < b;
  });
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    const bool beaten = std::any_of(front.rbegin(), front.rend(), [&](std::size_t f) {
      return dominates(points[f].values, points[i].values, by);
    });
    if (!beaten) front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace lamina::explore
