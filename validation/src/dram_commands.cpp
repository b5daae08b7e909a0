// SPDX-License-Identifier: Apache-2.0
// Reference kind dram_commands: every command and every column command, cycle for cycle.
#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <unordered_map>

#include "child_runs.h"
#include "command_kinds.h"
#include "command_match.h"
#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"
#include "pair_distance.h"

namespace lamina::validation {
namespace {

struct pattern {
  std::string group;          ///< policy/pattern
  std::string requests_file;  ///< empty: none
  std::string commands_file;  ///< empty: none
  std::vector<dram_stimulus_request> stimulus;
};

std::string policy_ending(const std::string& folder) {
  for (const char* ending : {"_frfcfs", "_fifo"})
    if (stem_of(folder, ending) != stem_of(folder, "")) return ending;
  return {};
}

std::string of_pattern(const std::vector<std::string>& files, const std::string& pattern_name,
                       const char* ending) {
  for (const std::string& file : files)
    if (stem_of(file, ending) == pattern_name) return file;
  return {};
}

/// The patterns of one policy folder; their runs are appended to `runs`, in the same order.
void collect(const std::string& root, const std::string& folder, std::vector<pattern>& patterns,
             std::vector<recorded_run>& runs) {
  const std::string ending = policy_ending(folder);
  dram_stack_spec spec = read_dram_params(params_file(root, stem_of(folder, ending)));
  reach_stack_ids(root + "/stimuli", spec);
  spec.controller.scheduler =
      ending == "_fifo" ? scheduler_policy::fcfs : scheduler_policy::fr_fcfs;
  const auto requests = files_in(folder, ".requests.csv");
  const auto commands = files_in(folder, ".commands.csv");
  for (const std::string& stimulus_file : files_in(root + "/stimuli", ".csv")) {
    const std::string name = stem_of(stimulus_file, ".csv");
    pattern found{stem_of(folder, "") + "/" + name,
                  of_pattern(requests, name, ".requests.csv"),
                  of_pattern(commands, name, ".commands.csv"),
                  {}};
    if (found.requests_file.empty() && found.commands_file.empty()) continue;
    found.stimulus = read_stimulus(stimulus_file, spec);
    runs.push_back({found.group, spec, workload_of(found.stimulus, spec)});
    patterns.push_back(std::move(found));
  }
  for (const auto* files : {&requests, &commands}) {
    const char* kind = files == &requests ? ".requests.csv" : ".commands.csv";
    for (const std::string& file : *files) {
      const std::string stimulus = root + "/stimuli/" + stem_of(file, kind) + ".csv";
      if (!std::filesystem::exists(stimulus))
        throw reference_error({fmt::format("{}: expected its stimulus {}", file, stimulus)});
    }
  }
}

void add_request_cases(const pattern& item, const recorded_answer& run,
                       std::vector<validation_case>& cases) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  csv_table table(item.requests_file, {"req_id", "cas_cycle"});
  std::unordered_map<std::int64_t, std::int64_t> cas_of;  // by request id
  for (const dram_command_record& record : run.commands) {
    const auto index = static_cast<std::size_t>(record.request_id);
    if (is_column(record.command) && record.request_id >= 0 && index < item.stimulus.size())
      cas_of.emplace(item.stimulus[index].id, record.cycle);
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::int64_t id =
        table.integer(row, "req_id", 0, std::numeric_limits<std::int64_t>::max());
    validation_case one;
    one.name = fmt::format("dram_commands/{}/request_{}", item.group, id);
    one.group = item.group;
    one.x = static_cast<double>(id);
    one.metric = "cas_cycle";
    one.unit = "cycles";
    one.wants_tlm = true;
    one.reference = static_cast<double>(table.integer(row, "cas_cycle", 0, most));
    const auto cas = cas_of.find(id);
    if (cas != cas_of.end()) one.tlm = static_cast<double>(cas->second);
    one.error_tlm = difference(one.tlm, one.reference);
    one.reason =
        run.error.empty() ? (one.tlm ? "" : "the request never got its column command") : run.error;
    cases.push_back(std::move(one));
  }
  table.finish();
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  std::vector<pattern> patterns;
  std::vector<recorded_run> runs;
  for (const std::string& folder : folders_in(path))
    if (!policy_ending(folder).empty()) collect(path, folder, patterns, runs);
  const std::vector<std::string> pairs = files_in(path + "/pairwise", ".csv");
  if (patterns.empty() && pairs.empty())
    throw reference_error(
        {fmt::format("{}: expected a folder with stimuli/ and folders *_frfcfs or *_fifo that hold "
                     "*.requests.csv and *.commands.csv of the same patterns",
                     path)});
  context.tell(fmt::format("dram_commands: {} patterns", patterns.size()));
  const std::vector<recorded_answer> answers = simulate_recorded(runs, context.jobs);
  std::vector<validation_case> cases;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!patterns[i].requests_file.empty()) add_request_cases(patterns[i], answers[i], cases);
    if (!patterns[i].commands_file.empty())
      add_command_cases(
          {patterns[i].group, patterns[i].commands_file, runs[i].spec, patterns[i].stimulus},
          answers[i], cases);
  }
  for (const std::string& file : pairs) {
    std::string name = stem_of(file, ".csv");
    const std::string prefix = "consensus_";
    if (name.rfind(prefix, 0) != 0) continue;
    add_pair_cases(file, read_dram_params(params_file(path, name.substr(prefix.size()))), cases);
  }
  return cases;
}

}  // namespace

reference_kind dram_commands_kind() {
  using statistic = tolerance::statistic;
  return {"dram_commands",
          "folder with params_*.json, stimuli/ and one folder for each policy",
          run,
          {{"cas_cycle", fidelity_path::tlm, statistic::max, 0},
           {"command_cycle", fidelity_path::tlm, statistic::max, 0},
           {"pair_distance", fidelity_path::tlm, statistic::max, 0}}};
}

}  // namespace lamina::validation
