// SPDX-License-Identifier: Apache-2.0
#include "likely_reason.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

namespace lamina::validation {
namespace {

/// The tightest limit other than the one that binds.
memory_limit runner_up(const memory_result& result) {
  memory_limit best = result.bound_by;
  double lowest = HUGE_VAL;
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    if (which == result.bound_by || !(result.limit(which) < lowest)) continue;
    lowest = result.limit(which);
    best = which;
  }
  return best;
}

std::string rate(double bytes_per_s) { return fmt::format("{:.4g} GB/s", bytes_per_s / 1e9); }

/// Where the two fidelities value the limit that binds in TLM most differently.
std::string limit_gap(const memory_result& analytical, const memory_result& tlm) {
  const memory_limit which = tlm.bound_by;
  const double a = analytical.limit(which), t = tlm.limit(which);
  if (!std::isfinite(a) || !std::isfinite(t) || t <= 0 || std::abs(a / t - 1) < 0.03) return {};
  return fmt::format("the closed form puts the {} limit at {}, TLM at {}", name_of(which), rate(a),
                     rate(t));
}

void add(std::vector<std::string>& parts, std::string part) {
  if (!part.empty()) parts.push_back(std::move(part));
}

std::string finite_size(const random_dram_case& drawn, const memory_result& tlm) {
  const double elapsed = to_seconds(tlm.elapsed);
  const double latency = tlm.latency.mean_s;
  if (elapsed <= 0 || !(latency / elapsed > 0.05)) return {};
  std::int64_t requests = 0;
  for (const access_stream& stream : drawn.workload.streams) requests += stream.requests();
  return fmt::format("finite transfer: {} requests, fill and drain are {:.0f} % of the time",
                     requests, 100 * std::min(1.0, latency / elapsed));
}

std::string count_gap(const memory_result& analytical, const memory_result& tlm) {
  const double a = analytical.counts.activates, t = tlm.counts.activates;
  if (!(t > 0) || std::abs(a / t - 1) < 0.05) return {};
  return fmt::format("activations: {:.0f} expected, {:.0f} in TLM", a, t);
}

std::string turnaround_gap(const memory_result& analytical, const memory_result& tlm) {
  const double a = analytical.counts.turnarounds, t = tlm.counts.turnarounds;
  if (!(t > 8) || std::abs(a / t - 1) < 0.2) return {};
  return fmt::format("read/write turnarounds: {:.0f} expected, {:.0f} in TLM", a, t);
}

}  // namespace

std::string likely_reason(const random_dram_case& drawn, const memory_result& analytical,
                          const memory_result& tlm) {
  std::vector<std::string> parts;
  if (analytical.bound_by != tlm.bound_by) {
    parts.push_back(fmt::format("{} binds in the closed form, {} in TLM",
                                name_of(analytical.bound_by), name_of(tlm.bound_by)));
  } else {
    parts.push_back(fmt::format("{} binds in both", name_of(tlm.bound_by)));
  }
  add(parts, limit_gap(analytical, tlm));
  const memory_limit second = runner_up(tlm);
  if (second != tlm.bound_by && tlm.limit(second) < 1.15 * tlm.limit(tlm.bound_by))
    parts.push_back(fmt::format("{} is {:.0f} % behind in TLM: two limits act together",
                                name_of(second),
                                100 * (tlm.limit(second) / tlm.limit(tlm.bound_by) - 1)));
  add(parts, finite_size(drawn, tlm));
  add(parts, count_gap(analytical, tlm));
  add(parts, turnaround_gap(analytical, tlm));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace lamina::validation
