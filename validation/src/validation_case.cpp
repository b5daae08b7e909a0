// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/validation_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lamina::validation {
namespace {

answer finite(double value) { return std::isfinite(value) ? answer{value} : std::nullopt; }

const answer& statistic_of(const path_summary& summary, tolerance::statistic which) {
  switch (which) {
    case tolerance::statistic::mape:
      return summary.mape;
    case tolerance::statistic::p95:
      return summary.p95;
    case tolerance::statistic::max:
      break;
  }
  return summary.max;
}

const char* name_of(tolerance::statistic which) {
  switch (which) {
    case tolerance::statistic::mape:
      return "mean absolute error";
    case tolerance::statistic::p95:
      return "95th percentile of the absolute error";
    case tolerance::statistic::max:
      break;
  }
  return "largest absolute error";
}

const char* name_of(fidelity_path path) {
  return path == fidelity_path::tlm ? "tlm" : "analytical";
}

}  // namespace

answer relative_error(const answer& value, const answer& reference) {
  if (!value || !reference || *reference == 0) return std::nullopt;
  return finite(*value / *reference - 1);
}

answer difference(const answer& value, const answer& reference) {
  if (!value || !reference) return std::nullopt;
  return finite(*value - *reference);
}

answer interval::error(const answer& value) const {
  if (!value || !std::isfinite(*value)) return std::nullopt;
  if (*value >= low && *value <= high) return 0.0;
  return relative_error(value, nearest(value));
}

double interval::nearest(const answer& value) const {
  if (value && *value < low) return low;
  if (value && *value > high) return high;
  return (low + high) / 2;
}

const answer& error_of(const validation_case& item, fidelity_path path) {
  return path == fidelity_path::tlm ? item.error_tlm : item.error_analytical;
}

bool wants(const validation_case& item, fidelity_path path) {
  return path == fidelity_path::tlm ? item.wants_tlm : item.wants_analytical;
}

path_summary summarise(const std::vector<const validation_case*>& cases, fidelity_path path) {
  path_summary summary;
  std::vector<double> errors;
  for (const validation_case* item : cases) {
    if (!wants(*item, path)) continue;
    const answer& error = error_of(*item, path);
    if (error) {
      errors.push_back(std::abs(*error));
    } else {
      ++summary.missing;
    }
  }
  summary.cases = static_cast<int>(errors.size());
  if (errors.empty()) return summary;
  std::sort(errors.begin(), errors.end());
  double sum = 0;
  for (double error : errors) sum += error;
  const auto count = static_cast<double>(errors.size());
  const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(0.95 * count)));
  summary.mape = sum / count;
  summary.p95 = errors[rank - 1];
  summary.max = errors.back();
  return summary;
}

path_summary summarise(const std::vector<validation_case>& cases, const std::string& metric,
                       fidelity_path path) {
  std::vector<const validation_case*> chosen;
  for (const validation_case& item : cases)
    if (item.metric == metric) chosen.push_back(&item);
  return summarise(chosen, path);
}

std::vector<std::string> broken(const std::vector<tolerance>& tolerances,
                                const std::vector<validation_case>& cases) {
  std::vector<std::string> sentences;
  for (const tolerance& limit : tolerances) {
    const path_summary summary = summarise(cases, limit.metric, limit.path);
    if (summary.missing > 0)
      sentences.push_back(fmt::format("{} ({}): {} of {} cases have no answer", limit.metric,
                                      name_of(limit.path), summary.missing,
                                      summary.missing + summary.cases));
    const answer& value = statistic_of(summary, limit.which);
    if (value && *value > limit.limit)
      sentences.push_back(fmt::format("{} ({}): {} is {:.4g}, the tolerance is {:.4g}",
                                      limit.metric, name_of(limit.path), name_of(limit.which),
                                      *value, limit.limit));
  }
  return sentences;
}

}  // namespace lamina::validation
