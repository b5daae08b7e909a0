// SPDX-License-Identifier: Apache-2.0
// Random component system: a step of a language model on many chips at random, with the kernels of
// a representative chip and the collectives of all of them simulated, against the closed form.
#include <fmt/format.h>

#include <algorithm>

#include "kinds.h"
#include "lamina/models/network_graph.h"
#include "lamina/platforms/system_simulation.h"
#include "lamina/validation/random_system.h"

namespace lamina::validation {
namespace {

/// Bursts and messages of one simulated kernel; longer ones run in windows.
constexpr std::int64_t most_bursts = 200'000;

using analytical::system_part;

/// The part in which both differ most.
std::string worst_part(const analytical::system_step_result& closed,
                       const analytical::system_step_result& simulated) {
  double most = -1;
  std::string text;
  for (std::size_t i = 0; i < closed.parts.size(); ++i) {
    const system_part& a = closed.parts[i];
    const system_part& b = simulated.parts[i];
    const double difference = std::abs(a.seconds() - b.seconds());
    if (difference <= most) continue;
    most = difference;
    const auto bound = [](const system_part& part) {
      return part.communication ? name_of(part.network_bound) : name_of(part.bound_by);
    };
    text = fmt::format("{} {:+.1f} % ({:.0f} % of the time), bound by {}, in TLM by {}", a.name,
                       100 * (a.seconds() / std::max(b.seconds(), 1e-15) - 1),
                       100 * b.seconds() / std::max(simulated.seconds, 1e-15), bound(a), bound(b));
  }
  return text;
}

std::string words_of(const random_system_case& drawn) {
  std::string levels;
  for (const network_level& level : drawn.spec.network.levels) {
    levels += fmt::format("{}{} of {}", levels.empty() ? "" : ", ", name_of(level.shape),
                          members_of(level));
  }
  return fmt::format("{} ({} layers) on {} chips ({}), {}", drawn.model_name,
                     drawn.model.layers.size(), endpoints_of(drawn.spec.network), levels,
                     name_of(drawn.mapping));
}

validation_case case_of(const random_system_case& drawn, int jobs, std::uint64_t seed, int index) {
  validation_case item;
  item.name = fmt::format("system/{}/{}", seed, index);
  item.group = drawn.family + (drawn.decodes ? "/decode" : "/prefill");
  item.x = index;
  item.metric = "time";
  item.unit = "s";
  item.relative = true;
  item.wants_analytical = true;
  try {
    analytical::llm_system system(drawn.spec);
    const auto closed = system.step(drawn.model, drawn.phase, drawn.mapping);
    item.analytical = closed.seconds;
    platforms::system_simulation_options options;
    options.pool.jobs = jobs;
    options.most_bursts = most_bursts;
    const platforms::simulated_step tlm =
        platforms::simulate(system, drawn.model, drawn.phase, drawn.mapping, {},
                            {platforms::fidelity::tlm, platforms::fidelity::tlm}, options);
    if (!tlm.error.empty()) throw std::runtime_error(tlm.error);
    item.reference = tlm.step.seconds;
    item.error_analytical = relative_error(item.analytical, item.reference);
    item.reason = fmt::format("{}; {:.0f} % of the kernels simulated; {}", words_of(drawn),
                              100 * tlm.simulated_share, worst_part(closed, tlm.step));
  } catch (const std::exception& error) {
    item.analytical.reset();
    item.reason = words_of(drawn) + ": " + error.what();
  }
  return item;
}

random_answer run(const random_request& request, const validation_context& context) {
  const int begin = request.only.value_or(0);
  const int end = request.only ? begin + 1 : request.cases;
  random_answer answer;
  std::int64_t redraws = 0;
  for (int index = begin; index < end; ++index) {
    const random_system_case drawn = draw_system_case(request.seed, index);
    redraws += drawn.redraws;
    answer.cases.push_back(case_of(drawn, context.jobs, request.seed, index));
    if (request.only) answer.configuration = "# " + words_of(drawn) + "\n";
    if ((index - begin + 1) % 10 == 0) {
      context.tell(fmt::format("system: {} of {} cases", index - begin + 1, end - begin));
    }
  }
  const auto cases = static_cast<std::int64_t>(answer.cases.size());
  context.tell(
      fmt::format("system: {:.1f} % of the drawings could not exist and were drawn again",
                  100.0 * static_cast<double>(redraws) / static_cast<double>(redraws + cases)));
  return answer;
}

}  // namespace

random_component system_component() {
  using statistic = tolerance::statistic;
  const auto path = fidelity_path::analytical;
  return {
      "system", run, {{"time", path, statistic::mape, 0.07}, {"time", path, statistic::p95, 0.20}}};
}

}  // namespace lamina::validation
