// SPDX-License-Identifier: Apache-2.0
// Random component buffer: the closed form held against TLM on buffers and blocks at random.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "child_runs.h"
#include "kinds.h"
#include "lamina/analytical/buffer.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/buffer_simulation.h"
#include "lamina/validation/random_buffer.h"

namespace lamina::validation {
namespace {

/// Nobody waits longer for one case; it then has no answer, which counts as a failure.
constexpr double longest_case_s = 60;
/// Blocks offered faster than this share of what the buffer sustains have no steady latency: it
/// grows for as long as they come, or hangs on the last per cent of load.
constexpr double light_load = 0.7;

struct both_answers {
  bool has_analytical = false;
  bool has_tlm = false;
  buffer_result analytical;
  buffer_result tlm;
};

/// In the child: both fidelities, whatever fails of them, and then the words of the failures.
std::string evaluate(const random_buffer_case& drawn) {
  both_answers both;
  std::string errors;
  try {
    both.analytical = analytical::buffer(drawn.spec).move(drawn.workload);
    both.has_analytical = true;
  } catch (const std::exception& error) {
    errors += fmt::format("closed form: {}. ", error.what());
  }
  try {
    both.tlm = sysc::simulate(drawn.spec, drawn.workload, {longest_case_s, true});
    const auto blocks = static_cast<std::uint64_t>(drawn.workload.blocks);
    both.has_tlm =
        both.tlm.read_bytes + both.tlm.write_bytes == blocks * drawn.workload.block_bytes;
    if (!both.has_tlm) errors += "TLM: not done in time. ";
  } catch (const std::exception& error) {
    errors += fmt::format("TLM: {}. ", error.what());
  }
  std::string bytes;
  pack(bytes, both);
  return bytes + errors;
}

std::string reason_of(const random_buffer_case& drawn, const both_answers& answers) {
  if (!answers.has_analytical || !answers.has_tlm) return "";
  const buffer_result& a = answers.analytical;
  const buffer_result& t = answers.tlm;
  if (a.bound_by != t.bound_by) {
    return fmt::format("the closed form is bound by {}, TLM by {}", name_of(a.bound_by),
                       name_of(t.bound_by));
  }
  const auto wait = [](const buffer_result& r) {
    return r.counts.conflict_clocks / (r.counts.reads + r.counts.writes);
  };
  const std::int64_t each = drawn.workload.blocks / std::max(1, drawn.workload.requesters);
  if (std::abs(wait(a) - wait(t)) > 0.25) {
    return fmt::format("both bound by {}; words wait {:.2f} clocks for a bank in TLM, {:.2f} here",
                       name_of(t.bound_by), wait(t), wait(a));
  }
  if (each < 4) {
    return fmt::format("both bound by {}; only {} blocks, few of each requester",
                       name_of(t.bound_by), drawn.workload.blocks);
  }
  return fmt::format("both bound by {}; two limits near each other", name_of(t.bound_by));
}

/// Whether latency has a steady value: no rate is offered, so that the blocks in flight set it, or
/// a light one.
bool has_steady_latency(const random_buffer_case& drawn, const both_answers& answers) {
  if (!answers.has_tlm) return false;
  double sustainable = HUGE_VAL;
  for (int i = 0; i < buffer_limit_count; ++i) {
    const auto which = static_cast<buffer_limit>(i);
    if (which != buffer_limit::offered_rate)
      sustainable = std::min(sustainable, answers.tlm.limit(which));
  }
  return drawn.workload.rate_bytes_per_s <= light_load * sustainable;
}

std::string configuration_of(const random_buffer_case& drawn) {
  const buffer_spec& s = drawn.spec;
  const buffer_workload& w = drawn.workload;
  const char* pattern = w.pattern == access_pattern::random    ? "random"
                        : w.pattern == access_pattern::strided ? "strided"
                                                               : "sequential";
  return fmt::format(
      "buffer:\n  banks: {}\n  ports: {}\n  bank_width: {} B\n  interleave: {} B\n"
      "  clock: {} fs\n  read_latency: {}\n  write_latency: {}\n  capacity: {} B\n"
      "  in_flight: {}\n  depth: {}\nblocks:\n  pattern: {}\n  block: {} B\n  count: {}\n"
      "  stride: {} B\n  read_fraction: {}\n  requesters: {}\n  in_flight: {}\n  rate: {} B/s\n"
      "  seed: {}\n",
      s.banks, s.ports, s.bank_bytes, s.interleave(), s.clock.count(), s.read_latency_clocks,
      s.write_latency_clocks, s.capacity_bytes, s.in_flight, s.depth, pattern, w.block_bytes,
      w.blocks, w.stride_bytes, w.read_fraction, w.requesters, w.in_flight, w.rate_bytes_per_s,
      w.seed);
}

void add_case(const random_buffer_case& drawn, const both_answers& answers,
              const std::string& error, const std::string& name, int index, const char* metric,
              std::vector<validation_case>& cases) {
  validation_case item;
  item.name = name;
  item.group = drawn.group;
  item.x = index;
  item.metric = metric;
  const bool is_latency = item.metric == "latency";
  item.unit = is_latency ? "s" : "B/s";
  item.relative = true;
  item.wants_analytical = true;
  item.reason = error + reason_of(drawn, answers);
  const auto value = [&](const buffer_result& result) {
    return is_latency ? result.latency.mean_s : result.bandwidth_bytes_per_s();
  };
  if (answers.has_tlm) item.reference = value(answers.tlm);
  if (answers.has_analytical && std::isfinite(value(answers.analytical))) {
    item.analytical = value(answers.analytical);
  }
  item.error_analytical = relative_error(item.analytical, item.reference);
  cases.push_back(std::move(item));
}

random_answer run(const random_request& request, const validation_context& context) {
  const int begin = request.only.value_or(0);
  const int end = request.only ? begin + 1 : request.cases;
  std::vector<random_buffer_case> drawn;
  std::int64_t redraws = 0;
  for (int index = begin; index < end; ++index) {
    drawn.push_back(draw_buffer_case(request.seed, index));
    redraws += drawn.back().redraws;
  }
  context.tell(fmt::format(
      "buffer: {} cases, seed {}; {:.1f} % of the drawings could not exist and were drawn again",
      drawn.size(), request.seed,
      100.0 * static_cast<double>(redraws) /
          static_cast<double>(redraws + static_cast<std::int64_t>(drawn.size()))));
  std::vector<platforms::process_task> tasks;
  for (const random_buffer_case& one : drawn) tasks.push_back([&one] { return evaluate(one); });
  platforms::process_pool_options options;
  options.jobs = context.jobs;
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
    const int index = begin + static_cast<int>(i);
    const std::string name = fmt::format("buffer/{}/{}", request.seed, index);
    add_case(drawn[i], both, error, name, index, "bandwidth", answer.cases);
    if (has_steady_latency(drawn[i], both)) {
      add_case(drawn[i], both, error, name, index, "latency", answer.cases);
    }
  }
  if (request.only) answer.configuration = configuration_of(drawn.front());
  return answer;
}

}  // namespace

random_component buffer_component() {
  using statistic = tolerance::statistic;
  const auto path = fidelity_path::analytical;
  return {"buffer",
          run,
          {{"bandwidth", path, statistic::mape, 0.05},
           {"bandwidth", path, statistic::p95, 0.15},
           {"latency", path, statistic::mape, 0.10}}};
}

}  // namespace lamina::validation
