// SPDX-License-Identifier: Apache-2.0
// Random component dram_stack: the closed form held against TLM on stacks and streams at random.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "child_runs.h"
#include "kinds.h"
#include "lamina/analytical/dram_stack.h"
#include "lamina/config/memory_platform.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/dram_simulation.h"
#include "lamina/validation/random_dram_stack.h"
#include "likely_reason.h"

namespace lamina::validation {
namespace {

/// Nobody waits longer for one case; it then has no answer, which counts as a failure.
constexpr double longest_case_s = 120;
/// Latency is compared below this share of what the memory sustains.
constexpr double light_load = 0.7;

struct both_answers {
  bool has_analytical = false;
  bool has_tlm = false;
  memory_result analytical;
  memory_result estimate;  ///< without following bursts
  memory_result tlm;
};

struct outcome {
  random_dram_case drawn;
  both_answers answers;
  std::string error;
};

std::uint64_t bytes_of(const memory_workload& workload) {
  std::uint64_t bytes = 0;
  for (const access_stream& stream : workload.streams)
    bytes += static_cast<std::uint64_t>(stream.requests()) * stream.request_bytes;
  return bytes;
}

/// In the child: both fidelities, whatever fails of them, and then the words of the failures.
std::string evaluate(const random_dram_case& drawn) {
  both_answers both;
  std::string errors;
  try {
    analytical::dram_stack stack(drawn.spec);
    both.analytical = stack.serve(drawn.workload);
    both.estimate = stack.estimate(drawn.workload);
    both.has_analytical = true;
  } catch (const std::exception& error) {
    errors += fmt::format("closed form: {}. ", error.what());
  }
  try {
    sysc::simulation_options options;
    options.time_limit_s = longest_case_s;
    both.tlm = sysc::simulate(drawn.spec, drawn.workload, options);
    both.has_tlm = both.tlm.read_bytes + both.tlm.write_bytes >= bytes_of(drawn.workload);
    if (!both.has_tlm) errors += "TLM: not done in time. ";
  } catch (const std::exception& error) {
    errors += fmt::format("TLM: {}. ", error.what());
  }
  std::string bytes;
  pack(bytes, both);
  return bytes + errors;
}

double offered_rate(const memory_workload& workload) {
  double rate = 0;
  for (const access_stream& stream : workload.streams) {
    if (stream.rate_bytes_per_s <= 0) return HUGE_VAL;
    rate += stream.rate_bytes_per_s;
  }
  return rate;
}

bool is_light(const outcome& one) {
  if (!one.answers.has_tlm) return false;
  double sustainable = HUGE_VAL;
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    if (which != memory_limit::offered_rate)
      sustainable = std::min(sustainable, one.answers.tlm.limit(which));
  }
  return offered_rate(one.drawn.workload) <= light_load * sustainable;
}

validation_case blank(const outcome& one, const std::string& name, int index, const char* metric,
                      const char* unit) {
  validation_case item;
  item.name = name;
  item.group = one.drawn.family;
  item.x = index;
  item.metric = metric;
  item.unit = unit;
  item.wants_analytical = true;
  item.reason = one.error;
  if (one.answers.has_analytical && one.answers.has_tlm)
    item.reason += likely_reason(one.drawn, one.answers.analytical, one.answers.tlm);
  return item;
}

void add_relative(validation_case item, const outcome& one, double analytical, double tlm,
                  std::vector<validation_case>& cases) {
  item.relative = true;
  if (one.answers.has_tlm && std::isfinite(tlm)) item.reference = tlm;
  if (one.answers.has_analytical && std::isfinite(analytical)) item.analytical = analytical;
  item.error_analytical = relative_error(item.analytical, item.reference);
  cases.push_back(std::move(item));
}

void add_cases(const outcome& one, std::uint64_t seed, int index,
               std::vector<validation_case>& cases) {
  const std::string name = fmt::format("dram_stack/{}/{}", seed, index);
  const memory_result& analytical = one.answers.analytical;
  const memory_result& tlm = one.answers.tlm;
  add_relative(blank(one, name, index, "bandwidth", "B/s"), one, analytical.bandwidth_bytes_per_s(),
               tlm.bandwidth_bytes_per_s(), cases);
  validation_case estimate = blank(one, name, index, "bandwidth_estimate", "B/s");
  estimate.only_informs = true;
  add_relative(std::move(estimate), one, one.answers.estimate.bandwidth_bytes_per_s(),
               tlm.bandwidth_bytes_per_s(), cases);
  if (is_light(one))
    add_relative(blank(one, name, index, "latency", "s"), one, analytical.latency.mean_s,
                 tlm.latency.mean_s, cases);
  validation_case limit = blank(one, name, index, "limit", "");
  if (one.answers.has_tlm) limit.reference = 0.0;
  if (one.answers.has_tlm && one.answers.has_analytical)
    limit.analytical = analytical.bound_by == tlm.bound_by ? 0.0 : 1.0;
  limit.error_analytical = difference(limit.analytical, limit.reference);
  cases.push_back(std::move(limit));
}

std::vector<outcome> draw_all(const random_request& request) {
  std::vector<outcome> all;
  const int begin = request.only.value_or(0);
  const int end = request.only ? begin + 1 : request.cases;
  for (int index = begin; index < end; ++index) {
    outcome one;
    one.drawn = draw_dram_case(request.seed, index);
    all.push_back(std::move(one));
  }
  return all;
}

void evaluate_all(std::vector<outcome>& all, const validation_context& context) {
  std::vector<platforms::process_task> tasks;
  for (const outcome& one : all) tasks.push_back([&one] { return evaluate(one.drawn); });
  const std::size_t step = std::max<std::size_t>(1, tasks.size() / 10);
  platforms::process_pool_options options;
  options.jobs = context.jobs;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (done % step == 0) context.tell(fmt::format("dram_stack: {} of {} cases", done, total));
  };
  const auto answers = platforms::run_in_processes(tasks, options);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::size_t place = 0;
    if (answers[i].ok() && unpack(answers[i].bytes, place, all[i].answers)) {
      all[i].error = answers[i].bytes.substr(place);
    } else {
      all[i].error = fmt::format("no answer: {}. ", answers[i].error);
    }
  }
}

/// The case as a file that `lamina run` takes.
std::string yaml_of(const random_dram_case& drawn) {
  config::memory_platform platform;
  platform.name = drawn.spec.name;
  platform.dram_stack = drawn.spec;
  platform.workload = drawn.workload;
  return config::to_yaml(platform);
}

random_answer run(const random_request& request, const validation_context& context) {
  std::vector<outcome> all = draw_all(request);
  std::int64_t redraws = 0;
  for (const outcome& one : all) redraws += one.drawn.redraws;
  context.tell(
      fmt::format("dram_stack: {} cases, seed {}; {:.1f} % of the drawings could not exist "
                  "and were drawn again",
                  all.size(), request.seed,
                  100.0 * static_cast<double>(redraws) /
                      static_cast<double>(redraws + static_cast<std::int64_t>(all.size()))));
  evaluate_all(all, context);
  random_answer answer;
  const int begin = request.only.value_or(0);
  for (std::size_t i = 0; i < all.size(); ++i)
    add_cases(all[i], request.seed, begin + static_cast<int>(i), answer.cases);
  if (request.only) answer.configuration = yaml_of(all.front().drawn);
  return answer;
}

}  // namespace

random_component dram_stack_component() {
  using statistic = tolerance::statistic;
  const auto path = fidelity_path::analytical;
  return {"dram_stack",
          run,
          {{"bandwidth", path, statistic::mape, 0.05},
           {"bandwidth", path, statistic::p95, 0.12},
           {"latency", path, statistic::mape, 0.10},
           {"limit", path, statistic::mape, 0.10}}};
}

}  // namespace lamina::validation
