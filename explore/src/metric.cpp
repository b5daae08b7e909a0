// SPDX-License-Identifier: Apache-2.0
#include "lamina/explore/metric.h"

namespace lamina::explore {

std::string_view name_of(metric which) {
  constexpr std::string_view names[] = {
      "tokens_per_s", "tokens_per_s_user",   "time_per_token",  "die_area",
      "memory_used",  "time_to_first_token", "tokens_per_joule"};
  return names[static_cast<std::size_t>(which)];
}

std::string_view unit_of(metric which) {
  constexpr std::string_view units[] = {"/s", "/s", "s", "mm2", "", "s", "/J"};
  return units[static_cast<std::size_t>(which)];
}

bool more_is_better(metric which) {
  return which == metric::tokens_per_s || which == metric::tokens_per_s_user ||
         which == metric::tokens_per_joule;
}

const std::vector<metric>& all_metrics() {
  static const std::vector<metric> all = {
      metric::tokens_per_s, metric::tokens_per_s_user,   metric::time_per_token,  metric::die_area,
      metric::memory_used,  metric::time_to_first_token, metric::tokens_per_joule};
  return all;
}

}  // namespace lamina::explore
