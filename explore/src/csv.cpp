// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/csv.h"

#include <fmt/format.h>

#include <cmath>

#include "lamina/explore/front.h"

namespace lamina::explore {
namespace {

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string to_csv(const space& of, const std::vector<point_result>& results) {
  std::string text = "point";
  for (const config::sweep_axis& axis : of.axes) text += ',' + cell(axis.name);
  for (const metric one : all_metrics()) {
    text += fmt::format(",{}{}", name_of(one),
                        unit_of(one).empty() ? "" : fmt::format(" [{}]", unit_of(one)));
  }
  text += ",state,why,bound_by,bound_share,front,configuration\n";
  const std::vector<std::size_t> front = front_of(results, of.objectives);
  std::size_t next = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const point_result& one = results[i];
    text += std::to_string(one.point);
    const auto digits = digits_of(of, one.point);
    for (std::size_t a = 0; a < digits.size(); ++a) {
      text += ',' + cell(of.axes[a].values[digits[a]].label);
    }
    for (const double value : one.values) {
      text += std::isnan(value) ? "," : fmt::format(",{}", value);
    }
    constexpr const char* states[] = {"feasible", "infeasible", "illegal"};
    const bool on_front = next < front.size() && front[next] == i;
    if (on_front) ++next;
    text += fmt::format(",{},{},{},{},{},{}\n", states[static_cast<std::size_t>(one.what)],
                        cell(one.why), one.bound_by, one.bound_share, on_front ? 1 : 0, one.hash);
  }
  return text;
}

}  // namespace lamina::explore
