// SPDX-License-Identifier: Apache-2.0
#include "network_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "child_runs.h"
#include "lamina/analytical/interconnect.h"
#include "lamina/models/interconnect_check.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/interconnect_simulation.h"

namespace lamina::validation {
namespace {

struct path_answer {
  bool known = false;
  std::int64_t elapsed_fs = 0;
  network_limit bound_by = network_limit::link;
};

struct both_answers {
  path_answer analytical;
  path_answer tlm;
};

path_answer summary_of(const network_result& result) {
  return {true, result.elapsed.count(), result.bound_by};
}

/// In the child: the wanted paths, whatever fails of them, and then the words of the failures.
std::string evaluate(const network_reference_row& row, wanted_paths wanted) {
  both_answers both;
  std::string errors;
  try {
    if (wanted.analytical) {
      both.analytical = summary_of(analytical::interconnect(row.spec).carry(row.workload));
    }
  } catch (const std::exception& error) {
    errors += fmt::format("closed form: {}. ", error.what());
  }
  try {
    if (wanted.tlm) both.tlm = summary_of(sysc::simulate(row.spec, row.workload));
  } catch (const std::exception& error) {
    errors += fmt::format("TLM: {}. ", error.what());
  }
  std::string bytes;
  pack(bytes, both);
  return bytes + errors;
}

answer nanoseconds(const path_answer& path) {
  if (!path.known) return {};
  return to_nanoseconds(femtoseconds{path.elapsed_fs});
}

validation_case case_of(const network_reference_row& row, const both_answers& both,
                        wanted_paths wanted, const std::string& error) {
  validation_case item;
  item.name = row.name;
  item.group = row.group;
  item.x = row.x;
  item.metric = "time";
  item.unit = "ns";
  item.relative = true;
  item.wants_analytical = wanted.analytical;
  item.wants_tlm = wanted.tlm;
  item.reference = row.time_ns;
  item.analytical = nanoseconds(both.analytical);
  item.tlm = nanoseconds(both.tlm);
  item.error_analytical = relative_error(item.analytical, item.reference);
  item.error_tlm = relative_error(item.tlm, item.reference);
  const path_answer& seen = both.tlm.known ? both.tlm : both.analytical;
  item.reason = error;
  if (seen.known) item.reason += fmt::format("bound by {}", name_of(seen.bound_by));
  return item;
}

}  // namespace

std::vector<validation_case> compare_networks(const std::string& kind,
                                              const std::vector<network_reference_row>& rows,
                                              wanted_paths wanted,
                                              const validation_context& context) {
  context.tell(fmt::format("{}: {} rows", kind, rows.size()));
  std::vector<platforms::process_task> tasks;
  for (const network_reference_row& row : rows) {
    tasks.push_back([&row, wanted] { return evaluate(row, wanted); });
  }
  platforms::process_pool_options options;
  options.jobs = context.jobs;
  const auto results = platforms::run_in_processes(tasks, options);
  std::vector<validation_case> cases;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    both_answers both;
    std::size_t place = 0;
    std::string error;
    if (results[i].ok() && unpack(results[i].bytes, place, both)) {
      error = results[i].bytes.substr(place);
    } else {
      error = fmt::format("no answer: {}. ", results[i].error);
    }
    cases.push_back(case_of(rows[i], both, wanted, error));
  }
  return cases;
}

void refuse_impossible(csv_table& table, const char* column,
                       const std::vector<network_reference_row>& rows) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].spec.levels.empty()) continue;
    std::vector<spec_problem> problems = check(rows[row].spec);
    if (problems.empty()) problems = check(rows[row].workload, rows[row].spec);
    if (problems.empty()) continue;
    table.complain(row, column,
                   fmt::format("{}: {}", problems.front().path, problems.front().message));
  }
}

}  // namespace lamina::validation
