// SPDX-License-Identifier: Apache-2.0
// Reference kind dram_throughput: random traffic inside the interval of two simulators.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "child_runs.h"
#include "command_kinds.h"
#include "command_match.h"
#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"

namespace lamina::validation {
namespace {

constexpr double widen_last_cas = 0.03;
constexpr double widen_mean_wait = 0.10;

struct throughput_row {
  std::string group;
  std::vector<dram_stimulus_request> stimulus;
  interval last_cas;
  interval mean_wait;
};

interval widened(double a, double b, double share) {
  return {std::min(a, b) * (1 - share), std::max(a, b) * (1 + share)};
}

/// The folder's own parameters, else those of a dram_commands folder beside it.
std::string find_params(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<std::string> folders = {path};
  const fs::path here = fs::absolute(path).lexically_normal();
  const fs::path parent =
      here.has_filename() ? here.parent_path() : here.parent_path().parent_path();
  for (const std::string& folder : folders_in(parent.string()))
    if (stem_of(folder, "").rfind("dram_commands", 0) == 0) folders.push_back(folder);
  for (const std::string& folder : folders) {
    std::vector<std::string> found;
    for (const std::string& file : files_in(folder, ".json"))
      if (stem_of(file, "").rfind("params_", 0) == 0) found.push_back(file);
    if (found.size() == 1) return found.front();
    if (found.size() > 1)
      throw reference_error({fmt::format("{}: expected one params_*.json, found {}", folder,
                                         fmt::join(found, ", "))});
  }
  throw reference_error({fmt::format(
      "{}: expected params_*.json in it, or in a folder dram_commands* beside it", path)});
}

refresh_policy refresh_of(csv_table& table, std::size_t row) {
  const std::string_view text = table.text(row, "refresh");
  if (text == "none") return refresh_policy::none;
  if (text == "per_bank") return refresh_policy::per_bank;
  if (text != "all_bank")
    table.complain(row, "refresh",
                   fmt::format("expected none, all_bank or per_bank, found '{}'", text));
  return refresh_policy::all_bank;
}

std::vector<throughput_row> read_rows(const std::string& path, const dram_stack_spec& base,
                                      std::vector<recorded_run>& runs) {
  csv_table table(path + "/summary.csv",
                  {"pattern", "refresh", "requests", "dramsys_last_cas", "ramulator2_last_cas",
                   "dramsys_mean_wait", "ramulator2_mean_wait"});
  std::vector<throughput_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string pattern(table.text(row, "pattern"));
    throughput_row found;
    found.group = fmt::format("{}/{}", pattern, table.text(row, "refresh"));
    found.last_cas = widened(table.number(row, "dramsys_last_cas", 0),
                             table.number(row, "ramulator2_last_cas", 0), widen_last_cas);
    found.mean_wait = widened(table.number(row, "dramsys_mean_wait", 0),
                              table.number(row, "ramulator2_mean_wait", 0), widen_mean_wait);
    dram_stack_spec spec = base;
    spec.controller.refresh = refresh_of(table, row);
    const std::int64_t requests = table.integer(row, "requests", 1, 1 << 30);
    if (pattern.find('/') != std::string::npos) {
      table.complain(row, "pattern",
                     fmt::format("expected the name of a file of stimuli/, found '{}'", pattern));
      continue;
    }
    found.stimulus = read_stimulus(fmt::format("{}/stimuli/{}.csv", path, pattern), spec);
    if (requests != static_cast<std::int64_t>(found.stimulus.size()))
      table.complain(row, "requests",
                     fmt::format("expected {}, the lines of the stimulus, found {}",
                                 found.stimulus.size(), requests));
    runs.push_back({found.group, spec, workload_of(found.stimulus, spec)});
    rows.push_back(std::move(found));
  }
  table.finish();
  if (rows.empty()) throw reference_error({table.path() + ":1:1: expected at least one row"});
  return rows;
}

struct measured {
  answer last_cas;
  answer mean_wait;
};

measured measure(const throughput_row& row, const recorded_answer& run) {
  std::size_t served = 0;
  std::int64_t last = 0;
  double waited = 0;
  for (const dram_command_record& record : run.commands) {
    const auto index = static_cast<std::size_t>(record.request_id);
    if (!is_column(record.command) || index >= row.stimulus.size()) continue;
    ++served;
    last = std::max(last, record.cycle);
    waited += static_cast<double>(record.cycle - row.stimulus[index].arrival);
  }
  if (!run.error.empty() || served != row.stimulus.size()) return {};
  return {static_cast<double>(last), waited / static_cast<double>(served)};
}

validation_case case_of(const throughput_row& row, const char* metric, const interval& expected,
                        const answer& value, const std::string& trouble) {
  validation_case one;
  one.name = fmt::format("dram_throughput/{}/{}", row.group, metric);
  one.group = row.group;
  one.x = static_cast<double>(row.stimulus.size());
  one.metric = metric;
  one.unit = "cycles";
  one.wants_tlm = true;
  one.relative = true;
  one.reference = expected.nearest(value);
  one.tlm = value;
  one.error_tlm = expected.error(value);
  one.reason = !trouble.empty() ? trouble
               : value ? fmt::format("interval {:.6g} to {:.6g}", expected.low, expected.high)
                       : "not every request was served";
  return one;
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  dram_stack_spec base = read_dram_params(find_params(path));
  reach_stack_ids(path + "/stimuli", base);
  std::vector<recorded_run> runs;
  const std::vector<throughput_row> rows = read_rows(path, base, runs);
  context.tell(fmt::format("dram_throughput: {} rows", rows.size()));
  const std::vector<recorded_answer> answers = simulate_recorded(runs, context.jobs);
  std::vector<validation_case> cases;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const measured value = measure(rows[i], answers[i]);
    cases.push_back(
        case_of(rows[i], "last_cas", rows[i].last_cas, value.last_cas, answers[i].error));
    cases.push_back(
        case_of(rows[i], "mean_wait", rows[i].mean_wait, value.mean_wait, answers[i].error));
  }
  return cases;
}

}  // namespace

reference_kind dram_throughput_kind() {
  using statistic = tolerance::statistic;
  return {"dram_throughput",
          "folder with summary.csv and stimuli/",
          run,
          {{"last_cas", fidelity_path::tlm, statistic::max, 0},
           {"mean_wait", fidelity_path::tlm, statistic::max, 0}}};
}

}  // namespace lamina::validation
