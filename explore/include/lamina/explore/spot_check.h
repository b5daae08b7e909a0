// SPDX-License-Identifier: Apache-2.0
// Points once more in TLM: what the closed form is worth near them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lamina/explore/evaluate.h"

namespace lamina::explore {

struct spot_check {
  std::uint64_t point = 0;
  std::string chosen_as;    ///< "front", "sample" or "far"
  double analytical_s = 0;  ///< of the workloads' steps, weighted as the mix
  double tlm_s = 0;
  double simulated_share = 0;  ///< of the kernels' time: what was not extrapolated
  std::string error;           ///< why there is no answer: a crash, too slow
  bool ok() const { return error.empty(); }
  /// Of the closed form from TLM, signed.
  double difference() const { return analytical_s / tlm_s - 1; }
};

struct checked_choice {
  std::uint64_t point;
  std::string chosen_as;
};

/// Which points to check, at most `most`: the front, a sample of each limit's points, and those
/// farthest from anything chosen before, about a third each. The same for the same results.
std::vector<checked_choice> points_to_check(const space& of,
                                            const std::vector<point_result>& results, int most);

struct check_options {
  int jobs = 0;
  double time_limit_s = 60;
  std::function<void(std::size_t, std::size_t)> progress;
};

/// Each in a child process. Those that a signal interrupted are left out.
std::vector<spot_check> run_checks(const space& of, const std::vector<checked_choice>& chosen,
                                   const check_options& options);

/// Axes in which points differ, each counted by how far its values are apart (0 to 1).
double distance(const space& of, std::uint64_t a, std::uint64_t b);

/// Of absolute differences.
struct check_summary {
  std::size_t count = 0, failed = 0;
  double median = 0, p90 = 0, worst = 0;
};
check_summary summary_of(const std::vector<const spot_check*>& checks);
/// The check nearest to a point that has an answer.
const spot_check* nearest_check(const space& of, const std::vector<spot_check>& checks,
                                std::uint64_t point);

}  // namespace lamina::explore
