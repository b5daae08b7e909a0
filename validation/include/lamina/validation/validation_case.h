// SPDX-License-Identifier: Apache-2.0
// One comparison of an answer with a reference, and what many of them amount to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lamina::validation {

/// A number that is null when the path does not exist or could not be computed.
using answer = std::optional<double>;

struct validation_case {
  std::string name;
  std::string group;
  double x = 0;  ///< where on the group's axis: request id, rate, bytes, ...
  std::string metric;
  std::string unit;
  answer reference;
  answer analytical;
  answer tlm;
  answer error_analytical;        ///< signed
  answer error_tlm;               ///< signed
  bool relative = false;          ///< errors are shares of the reference, else in the metric's unit
  bool wants_analytical = false;  ///< the contract gives this path, so null is a failure
  bool wants_tlm = false;
  bool only_informs = false;  ///< it is in the summary, and not among the worst
  std::string reason;         ///< why the answer is off, as far as it can be told
};

/// answer / reference - 1; null when either is missing, when it is not finite, or for reference 0.
answer relative_error(const answer& value, const answer& reference);
/// answer - reference; null when either is missing.
answer difference(const answer& value, const answer& reference);

/// A reference that is only known to lie between two values.
struct interval {
  double low = 0;
  double high = 0;
  /// 0 inside, else relative to the nearer end.
  answer error(const answer& value) const;
  /// The middle for a value inside (or none), else the end that is nearer.
  double nearest(const answer& value) const;
};

enum class fidelity_path { analytical, tlm };
const answer& error_of(const validation_case& item, fidelity_path path);
bool wants(const validation_case& item, fidelity_path path);

struct path_summary {
  int cases = 0;    ///< with a number
  int missing = 0;  ///< the path is due, but there is no number
  answer mape;      ///< mean absolute error; null without cases
  answer p95;       ///< nearest rank
  answer max;
};

/// Absolute errors of the cases that want `path`.
path_summary summarise(const std::vector<const validation_case*>& cases, fidelity_path path);
path_summary summarise(const std::vector<validation_case>& cases, const std::string& metric,
                       fidelity_path path);

/// A statistic of a metric, and how large it may be.
struct tolerance {
  std::string metric;
  fidelity_path path = fidelity_path::tlm;
  enum class statistic { mape, p95, max } which = statistic::max;
  double limit = 0;
};

/// Sentences about each tolerance that the cases break; a missing answer breaks every tolerance.
std::vector<std::string> broken(const std::vector<tolerance>& tolerances,
                                const std::vector<validation_case>& cases);

}  // namespace lamina::validation
