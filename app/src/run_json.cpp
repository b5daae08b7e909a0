// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "run_answer.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;

/// JSON has neither NaN nor infinity.
json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json counts_of(const dram_counts& counts) {
  return {{"activates", number(counts.activates)},
          {"precharges", number(counts.precharges)},
          {"reads", number(counts.reads)},
          {"writes", number(counts.writes)},
          {"row_hits", number(counts.row_hits)},
          {"refreshes", number(counts.refreshes)},
          {"turnarounds", number(counts.turnarounds)}};
}

json energy_of(const dram_energy& energy) {
  return {{"activate_j", number(energy.activate_j)}, {"precharge_j", number(energy.precharge_j)},
          {"read_j", number(energy.read_j)},         {"write_j", number(energy.write_j)},
          {"refresh_j", number(energy.refresh_j)},   {"port_j", number(energy.port_j)},
          {"bond_j", number(energy.bond_j)},         {"background_j", number(energy.background_j)},
          {"total_j", number(energy.total_j())}};
}

json result_of(const memory_result& result, double peak) {
  const double bits = 8 * static_cast<double>(result.read_bytes + result.write_bytes);
  json limits = json::object();
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    limits[std::string(name_of(which))] = number(result.limit(which));
  }
  const auto next = runner_up(result);
  return {{"elapsed_fs", result.elapsed.count()},
          {"read_bytes", result.read_bytes},
          {"write_bytes", result.write_bytes},
          {"bandwidth_bytes_per_s", number(result.bandwidth_bytes_per_s())},
          {"share_of_peak", number(result.bandwidth_bytes_per_s() / peak)},
          {"latency",
           {{"mean_s", number(result.latency.mean_s)},
            {"p50_s", number(result.latency.p50_s)},
            {"p99_s", number(result.latency.p99_s)},
            {"max_s", number(result.latency.max_s)}}},
          {"bound_by", name_of(result.bound_by)},
          {"runner_up", next ? json(name_of(*next)) : json(nullptr)},
          {"limits_bytes_per_s", limits},
          {"counts", counts_of(result.counts)},
          {"energy", energy_of(result.energy)},
          {"energy_j_per_bit", number(result.energy.total_j() / bits)}};
}

json point_of(const run_answer& answer, std::size_t place) {
  const input_point& input = answer.input.points[place];
  const double peak = platforms::peak_bandwidth(input.platform.dram_stack.geometry);
  json point = json::object();
  if (!input.at.empty()) point["at"] = input.at.labels;
  point["peak_bytes_per_s"] = number(peak);
  std::optional<double> analytical, tlm;
  for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
    const platforms::evaluation_outcome& outcome = answer.outcomes[place][i];
    const std::string name(platforms::name_of(answer.fidelities[i]));
    if (!outcome.result) {
      point[name] = {{"error", outcome.error}};
      continue;
    }
    point[name] = result_of(*outcome.result, peak);
    const double bandwidth = outcome.result->bandwidth_bytes_per_s();
    (answer.fidelities[i] == platforms::fidelity::tlm ? tlm : analytical) = bandwidth;
  }
  if (analytical && tlm) point["bandwidth_difference"] = number(*analytical / *tlm - 1);
  return point;
}

}  // namespace

nlohmann::ordered_json to_json(const run_answer& answer) {
  json points = json::array();
  for (std::size_t i = 0; i < answer.input.points.size(); ++i)
    points.push_back(point_of(answer, i));
  return {{"program", answer.input.envelope.program},
          {"version", platforms::version()},
          {"configuration_hash", answer.input.envelope.configuration_hash},
          {"seed", answer.input.envelope.seed},
          {"name", answer.input.points.front().platform.name},
          {"points", points}};
}

}  // namespace lamina::app
