// SPDX-License-Identifier: Apache-2.0
// Random component interconnect: the closed form held against TLM on networks and work at random.
#include <fmt/format.h>

#include <algorithm>

#include "child_runs.h"
#include "kinds.h"
#include "lamina/analytical/interconnect.h"
#include "lamina/config/network_platform.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/interconnect_simulation.h"
#include "lamina/validation/random_interconnect.h"

namespace lamina::validation {
namespace {

struct path_answer {
  bool known = false;
  std::int64_t elapsed_fs = 0;
  network_limit bound_by = network_limit::link;
  double busiest_share = 0;
};

struct both_answers {
  path_answer analytical;
  path_answer tlm;
};

path_answer summary_of(const network_result& result) {
  path_answer out;
  out.known = true;
  out.elapsed_fs = result.elapsed.count();
  out.bound_by = result.bound_by;
  if (result.busiest >= 0) {
    out.busiest_share = result.utilisation[static_cast<std::size_t>(result.busiest)];
  }
  return out;
}

/// In the child: both fidelities, whatever fails of them, and then the words of the failures.
std::string evaluate(const random_network_case& drawn) {
  both_answers both;
  std::string errors;
  try {
    both.analytical = summary_of(analytical::interconnect(drawn.spec).carry(drawn.workload));
  } catch (const std::exception& error) {
    errors += fmt::format("closed form: {}. ", error.what());
  }
  try {
    both.tlm = summary_of(sysc::simulate(drawn.spec, drawn.workload, {}));
  } catch (const std::exception& error) {
    errors += fmt::format("TLM: {}. ", error.what());
  }
  std::string bytes;
  pack(bytes, both);
  return bytes + errors;
}

std::string reason_of(const both_answers& answers) {
  if (!answers.analytical.known || !answers.tlm.known) return "";
  const auto words = [](const path_answer& path) {
    return fmt::format("{} ({:.0f} % on the busiest link)", name_of(path.bound_by),
                       100 * path.busiest_share);
  };
  const std::string closed = words(answers.analytical);
  const std::string simulated = words(answers.tlm);
  if (answers.analytical.bound_by != answers.tlm.bound_by) {
    return fmt::format("the closed form is bound by {}, TLM by {}", closed, simulated);
  }
  const bool slower = answers.analytical.elapsed_fs > answers.tlm.elapsed_fs;
  return fmt::format("both bound by {}; {}", simulated,
                     slower ? "in TLM work overlaps that the closed form puts in sequence"
                            : "in TLM links wait that the closed form keeps busy");
}

validation_case case_of(const random_network_case& drawn, const both_answers& answers,
                        const std::string& error, std::uint64_t seed, int index) {
  validation_case item;
  item.name = fmt::format("interconnect/{}/{}", seed, index);
  item.group = drawn.group;
  item.x = index;
  item.metric = "time";
  item.unit = "s";
  item.relative = true;
  item.wants_analytical = true;
  item.reason = error + reason_of(answers);
  if (answers.tlm.known) item.reference = static_cast<double>(answers.tlm.elapsed_fs) * 1e-15;
  if (answers.analytical.known) {
    item.analytical = static_cast<double>(answers.analytical.elapsed_fs) * 1e-15;
  }
  item.error_analytical = relative_error(item.analytical, item.reference);
  // Where nothing has to move, both answer zero.
  if (answers.tlm.known && answers.analytical.known && answers.tlm.elapsed_fs == 0) {
    item.error_analytical = answers.analytical.elapsed_fs == 0 ? 0.0 : 1.0;
  }
  return item;
}

/// The case as a file that `lamina run` takes.
std::string yaml_of(const random_network_case& drawn, const std::string& name) {
  config::network_platform platform;
  platform.name = name;
  platform.interconnect = drawn.spec;
  platform.traffic.transfers = drawn.workload.transfers;
  for (const collective& item : drawn.workload.collectives) {
    config::collective_entry entry{item, {}};
    for (const int rank : item.group) entry.group.push_back({rank, rank, 1});
    platform.traffic.collectives.push_back(std::move(entry));
  }
  return config::to_yaml(platform);
}

random_answer run(const random_request& request, const validation_context& context) {
  const int begin = request.only.value_or(0);
  const int end = request.only ? begin + 1 : request.cases;
  std::vector<random_network_case> drawn;
  std::int64_t redraws = 0;
  for (int index = begin; index < end; ++index) {
    drawn.push_back(draw_network_case(request.seed, index));
    redraws += drawn.back().redraws;
  }
  context.tell(fmt::format(
      "interconnect: {} cases, seed {}; {:.1f} % of the drawings could not exist or would simulate "
      "for too long, and were drawn again",
      drawn.size(), request.seed,
      100.0 * static_cast<double>(redraws) /
          static_cast<double>(redraws + static_cast<std::int64_t>(drawn.size()))));
  std::vector<platforms::process_task> tasks;
  for (const random_network_case& one : drawn) tasks.push_back([&one] { return evaluate(one); });
  const std::size_t step = std::max<std::size_t>(1, tasks.size() / 10);
  platforms::process_pool_options options;
  options.jobs = context.jobs;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (done % step == 0) context.tell(fmt::format("interconnect: {} of {} cases", done, total));
  };
  const auto results = platforms::run_in_processes(tasks, options);
  random_answer answer;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    both_answers both;
    std::string error;
    std::size_t place = 0;
    if (results[i].ok() && unpack(results[i].bytes, place, both)) {
      error = results[i].bytes.substr(place);
    } else {
      error = fmt::format("no answer: {}. ", results[i].error);
    }
    answer.cases.push_back(
        case_of(drawn[i], both, error, request.seed, begin + static_cast<int>(i)));
  }
  if (request.only) answer.configuration = yaml_of(drawn.front(), answer.cases.front().name);
  return answer;
}

}  // namespace

random_component interconnect_component() {
  using statistic = tolerance::statistic;
  const auto path = fidelity_path::analytical;
  return {"interconnect",
          run,
          {{"time", path, statistic::mape, 0.05}, {"time", path, statistic::p95, 0.15}}};
}

}  // namespace lamina::validation
