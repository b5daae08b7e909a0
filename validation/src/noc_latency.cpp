// SPDX-License-Identifier: Apache-2.0
// Reference kind noc_latency: latency against offered load, and saturation, of networks on chip.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "child_runs.h"
#include "kinds.h"
#include "lamina/analytical/flit_load.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/flit_injection.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"
#include "noc_config.h"

namespace lamina::validation {
namespace {

constexpr double compared_in_tlm = 0.8;        ///< of saturation
constexpr double compared_analytically = 0.7;  ///< of saturation
constexpr double rounding = 1e-9;

struct point {
  double offered = 0;
  double accepted = 0;  ///< what the run really injected; drives the models
  double latency = 0;
};

/// The rows of a file that share network and packet size.
struct curve {
  std::string group;
  std::string name;
  network_level level;
  int packet_flits = 1;
  std::vector<point> stable;
  double first_unstable = 0;  ///< 0: none is

  double saturation() const {
    double most = 0;
    for (const point& one : stable) most = std::max(most, one.offered);
    return most;
  }
};

network_level network_of(csv_table& table, std::size_t row, const std::string& stem) {
  network_level level;
  level.name = table.text(row, "config");
  level.transport = network_transport::flits;
  // A file's own name may say what all of its rows share; where it says nothing, no harm is done.
  network_level by_file = level;
  if (read_noc_name(stem, by_file).empty()) level.flits = by_file.flits;
  const std::string wrong = read_noc_name(table.text(row, "config"), level);
  if (!wrong.empty())
    table.complain(row, "config", fmt::format("{}, found '{}'", wrong, table.text(row, "config")));
  for (const char* column : {"virtual_channels", "num_vcs", "vcs"})
    if (table.has(column))
      level.flits.virtual_channels = static_cast<int>(table.integer(row, column, 1, 64));
  for (const char* column : {"buffer_flits", "vc_buf_size"})
    if (table.has(column))
      level.flits.buffer_flits = static_cast<int>(table.integer(row, column, 1, 1024));
  return level;
}

void read_row(csv_table& table, std::size_t row, const std::string& stem,
              std::map<std::string, curve>& curves) {
  if (table.text(row, "traffic") != "uniform") return;
  const int flits = static_cast<int>(table.integer(row, "packet_flits", 1, 1024));
  const network_level level = network_of(table, row, stem);
  const std::string key = fmt::format("{}/{:04}/{}/{}", level.name, flits,
                                      level.flits.virtual_channels, level.flits.buffer_flits);
  curve& into = curves[key];
  into.group = fmt::format("{}/{}", stem, flits);
  into.name = fmt::format("noc_latency/{}/{}/{}", stem, level.name, flits);
  into.level = level;
  into.packet_flits = flits;
  const double offered = table.number(row, "offered_flit_rate", 0);
  if (table.integer(row, "stable", 0, 1) == 0) {
    if (into.first_unstable == 0 || offered < into.first_unstable) into.first_unstable = offered;
    return;
  }
  point found;
  found.offered = offered;
  found.latency = table.number(row, "packet_lat", 0);
  const bool measured =
      table.has("accepted_flit_rate") && !table.text(row, "accepted_flit_rate").empty();
  found.accepted = measured ? table.number(row, "accepted_flit_rate", 0) : offered;
  if (found.accepted <= 0) table.complain(row, "offered_flit_rate", "expected a rate above 0");
  into.stable.push_back(found);
}

std::vector<curve> read_curves(const std::string& path) {
  std::vector<curve> curves;
  const std::vector<std::string> files = files_in(path, ".csv");
  if (files.empty()) throw reference_error({path + ": expected a folder with .csv files"});
  for (const std::string& file : files) {
    csv_table table(
        file, {"config", "traffic", "packet_flits", "offered_flit_rate", "stable", "packet_lat"});
    const std::string stem = stem_of(file, ".csv");
    std::map<std::string, curve> found;
    for (std::size_t row = 0; row < table.rows(); ++row) read_row(table, row, stem, found);
    table.finish();
    for (auto& [key, one] : found)
      if (!one.stable.empty()) curves.push_back(std::move(one));
  }
  return curves;
}

/// Long enough for about 150 000 packets, within bounds that keep a run in seconds.
injection_workload workload_of(const curve& from, double load) {
  injection_workload workload;
  workload.packet_flits = from.packet_flits;
  workload.flits_per_endpoint_clock = load;
  const double a_clock = load / from.packet_flits * static_cast<double>(members_of(from.level));
  workload.measured_clocks =
      static_cast<std::int64_t>(std::clamp(150'000 / a_clock, 20'000.0, 200'000.0));
  workload.warm_up_clocks = 5'000;
  return workload;
}

std::string packed(double value) {
  std::string bytes;
  pack(bytes, value);
  return bytes;
}

answer unpacked(const platforms::process_outcome& child) {
  double value = 0;
  std::size_t place = 0;
  if (!child.ok() || !unpack(child.bytes, place, value) || !std::isfinite(value)) return {};
  return value;
}

validation_case latency_case(const curve& of, const point& row, const answer& tlm,
                             const analytical::flit_load& closed_form) {
  validation_case one;
  one.name = fmt::format("{}/{}", of.name, row.offered);
  one.group = of.group;
  one.x = row.offered / of.saturation();
  one.metric = "packet_latency";
  one.unit = "cycles";
  one.relative = true;
  one.reference = row.latency;
  one.wants_tlm = true;
  one.tlm = tlm;
  one.error_tlm = relative_error(one.tlm, one.reference);
  one.wants_analytical = one.x <= compared_analytically + rounding;
  if (one.wants_analytical) {
    const double latency = closed_form.at(row.accepted).mean_latency_clocks;
    if (std::isfinite(latency)) one.analytical = latency;
    one.error_analytical = relative_error(one.analytical, one.reference);
  }
  one.reason = fmt::format(
      "at {:.0f} % of saturation, which the closed form puts at {:.3g} and the "
      "reference at {:.3g} flits/node/cycle",
      100 * one.x, closed_form.saturation(), of.saturation());
  return one;
}

validation_case saturation_case(const curve& of, const answer& tlm,
                                const analytical::flit_load& closed_form) {
  const interval expected{of.saturation(), of.first_unstable};
  validation_case one;
  one.name = of.name + "/saturation";
  one.group = of.group;
  one.x = of.packet_flits;
  one.metric = "saturation";
  one.unit = "flits/node/cycle";
  one.relative = true;
  one.wants_tlm = true;
  one.wants_analytical = true;
  one.reference = expected.nearest(tlm);
  one.tlm = tlm;
  one.error_tlm = expected.error(tlm);
  one.analytical = closed_form.saturation();
  one.error_analytical = expected.error(one.analytical);
  one.reason = fmt::format("interval {:.4g} to {:.4g}", expected.low, expected.high);
  return one;
}

bool compared(const curve& of, const point& row) {
  return row.offered <= compared_in_tlm * of.saturation() + rounding;
}

/// All rows and saturations of all curves, in child processes, in the order of the cases.
std::vector<answer> simulate(const std::vector<curve>& curves, int jobs) {
  std::vector<platforms::process_task> tasks;
  for (const curve& of : curves) {
    for (const point& row : of.stable)
      if (compared(of, row))
        tasks.push_back([&of, &row] {
          const injection_workload workload = workload_of(of, row.accepted);
          return packed(sysc::simulate_injection(of.level, workload).mean_latency_clocks);
        });
    if (of.first_unstable > 0)
      tasks.push_back([&of] {
        injection_workload workload = workload_of(of, of.saturation());
        workload.measured_clocks = std::min<std::int64_t>(workload.measured_clocks, 50'000);
        return packed(sysc::saturation_load(of.level, workload, 0.02));
      });
  }
  platforms::process_pool_options options;
  options.jobs = jobs;
  std::vector<answer> answers;
  for (const platforms::process_outcome& child : platforms::run_in_processes(tasks, options))
    answers.push_back(unpacked(child));
  return answers;
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  const std::vector<curve> curves = read_curves(path);
  context.tell(fmt::format("noc_latency: {} curves", curves.size()));
  const std::vector<answer> answers = simulate(curves, context.jobs);
  std::vector<validation_case> cases;
  std::size_t next = 0;
  for (const curve& of : curves) {
    const analytical::flit_load closed_form(of.level, injection_pattern::uniform, of.packet_flits);
    for (const point& row : of.stable)
      if (compared(of, row)) cases.push_back(latency_case(of, row, answers[next++], closed_form));
    if (of.first_unstable > 0) cases.push_back(saturation_case(of, answers[next++], closed_form));
  }
  return cases;
}

}  // namespace

reference_kind noc_latency_kind() {
  using statistic = tolerance::statistic;
  return {"noc_latency",
          "folder of .csv files with a curve of latency against load for each packet size",
          run,
          {{"packet_latency", fidelity_path::tlm, statistic::mape, 0.03},
           {"packet_latency", fidelity_path::analytical, statistic::mape, 0.10},
           {"saturation", fidelity_path::tlm, statistic::max, 0.10},
           {"saturation", fidelity_path::analytical, statistic::max, 0.25}}};
}

}  // namespace lamina::validation
