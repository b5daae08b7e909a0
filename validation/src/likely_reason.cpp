// SPDX-License-Identifier: Apache-2.0
#include "likely_reason.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace lamina::validation {
namespace {

/// The two tightest limits. Turnaround and refresh are shares of the port's and the bank's time,
/// no resources of their own.
std::pair<memory_limit, memory_limit> two_tightest(const memory_result& result) {
  std::array<memory_limit, 6> order = {memory_limit::offered_rate, memory_limit::port,
                                       memory_limit::bank,         memory_limit::activation,
                                       memory_limit::command_bus,  memory_limit::in_flight};
  std::stable_sort(order.begin(), order.end(), [&](memory_limit a, memory_limit b) {
    return result.limit(a) < result.limit(b);
  });
  return {order[0], order[1]};
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
  const auto [first, second] = two_tightest(tlm);
  const double lead = tlm.limit(second) / tlm.limit(first) - 1;
  if (lead < 0.15)
    parts.push_back(fmt::format("{} is {:.0f} % behind {} in TLM: two limits act together",
                                name_of(second), 100 * lead, name_of(first)));
  add(parts, finite_size(drawn, tlm));
  add(parts, count_gap(analytical, tlm));
  add(parts, turnaround_gap(analytical, tlm));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace lamina::validation
