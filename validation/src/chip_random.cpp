// SPDX-License-Identifier: Apache-2.0
// Random component chip: one layer of a language model on stacked chips at random, kernel by
// kernel in both fidelities.
#include <fmt/format.h>

#include <algorithm>

#include "child_runs.h"
#include "kinds.h"
#include "lamina/analytical/stacked_chip.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/stacked_chip.h"
#include "lamina/validation/random_chip.h"

namespace lamina::validation {
namespace {

/// Bursts and messages of one simulated kernel; longer ones run in windows.
constexpr std::int64_t most_bursts = 1'000'000;

struct kernel_answers {
  bool simulated = false;
  kernel_result analytical;
  kernel_result tlm;
};

/// In the child: one kernel in both fidelities, whatever fails of them, and then the words.
std::string evaluate(const random_chip_case& drawn, const kernel_work& work) {
  kernel_answers both;
  std::string error;
  try {
    analytical::stacked_chip chip(drawn.spec);
    const auto& plan = chip.plan(work);
    both.analytical = plan.result;
    sysc::tile_simulation_options options;
    options.most_bursts = most_bursts;
    both.tlm = sysc::simulate(drawn.spec, *plan.schedule, options);
    both.simulated = true;
  } catch (const std::exception& problem) {
    error = problem.what();
  }
  std::string bytes;
  pack(bytes, both);
  return bytes + error;
}

/// A layer: sums over its kernels.
struct layer_answers {
  bool known = true;
  std::string error;
  double analytical_s = 0;
  double tlm_s = 0;
  double other_limit_s = 0;  ///< of TLM time, in kernels that another limit binds analytically
  double simulated_s = 0;
  double worst_s = 0;  ///< largest difference of a kernel
  std::string worst;   ///< that kernel, in words
};

void add(const step_kernel& kernel, const platforms::process_outcome& outcome,
         layer_answers& layer) {
  kernel_answers both;
  std::size_t place = 0;
  const bool unpacked = outcome.ok() && unpack(outcome.bytes, place, both);
  if (!unpacked || !both.simulated) {
    layer.known = false;
    layer.error = fmt::format("{}: {}. ", kernel.name,
                              unpacked ? outcome.bytes.substr(place) : outcome.error);
    return;
  }
  const double analytical = to_seconds(both.analytical.elapsed) * kernel.layers;
  const double tlm = to_seconds(both.tlm.elapsed) * kernel.layers;
  layer.analytical_s += analytical;
  layer.tlm_s += tlm;
  layer.simulated_s += tlm * both.tlm.simulated_share;
  if (both.analytical.bound_by != both.tlm.bound_by) layer.other_limit_s += tlm;
  if (std::abs(analytical - tlm) <= layer.worst_s) return;
  layer.worst_s = std::abs(analytical - tlm);
  layer.worst = fmt::format("{} {:+.1f} %, bound by {}, in TLM by {}", kernel.name,
                            100 * (analytical / tlm - 1), name_of(both.analytical.bound_by),
                            name_of(both.tlm.bound_by));
}

std::string group_of(const random_chip_case& drawn) {
  return drawn.family + (drawn.decodes ? "/decode" : "/prefill");
}

std::vector<validation_case> cases_of(const random_chip_case& drawn, const layer_answers& layer,
                                      std::uint64_t seed, int index) {
  validation_case time;
  time.name = fmt::format("chip/{}/{}", seed, index);
  time.group = group_of(drawn);
  time.x = index;
  time.metric = "time";
  time.unit = "s";
  time.relative = true;
  time.wants_analytical = true;
  time.reason = layer.error;
  validation_case limit = time;
  limit.metric = "limit";
  limit.unit = "share of time";
  limit.relative = false;
  limit.reference = 0;
  if (layer.known) {
    time.reference = layer.tlm_s;
    time.analytical = layer.analytical_s;
    time.error_analytical = relative_error(time.analytical, time.reference);
    time.reason = fmt::format("{}, {:.0f} % simulated; {}", drawn.model_name,
                              100 * layer.simulated_s / layer.tlm_s, layer.worst);
    limit.analytical = layer.other_limit_s / layer.tlm_s;
    limit.error_analytical = limit.analytical;
    limit.reason = time.reason;
  }
  return {time, limit};
}

/// What was drawn, in words; a layer that was scaled down has no file of its own.
std::string text_of(const random_chip_case& drawn) {
  const stacked_chip_spec& s = drawn.spec;
  const dram_geometry& g = s.dram_stack.geometry;
  return fmt::format(
      "# {} on {}: {} sequences, {} tokens each behind {}\n"
      "# stack: {} layers, {} stack IDs, {} connected, {} channels, {} banks in each; row {} B, "
      "burst {} B\n"
      "# chip: {} tiles at {:.3g} Hz, {} MACs a clock, scratchpad {} KiB, port {} B a clock\n"
      "# shared buffer: {} MiB, {:.3g} B/s; network: {} nodes, {:.3g} B/s a link; pieces of {} B\n",
      drawn.model_name, drawn.family, drawn.phase.sequences(), drawn.phase.groups[0].new_tokens,
      drawn.phase.groups[0].context, g.layers, g.stack_ids, g.connected_layers, g.channels,
      g.banks(), g.row_bytes, g.burst_bytes, s.chip.tiles, s.chip.clock_hz,
      s.chip.tile.macs_per_clock(16), s.chip.tile.scratchpad.bytes >> 10,
      s.chip.tile.port_bytes_per_clock, s.chip.shared_buffer.bytes >> 20,
      s.chip.shared_buffer.bytes_per_s, s.nodes(), s.noc.levels[0].bandwidth_bytes_per_s,
      s.piece_bytes);
}

random_answer run(const random_request& request, const validation_context& context) {
  const int begin = request.only.value_or(0);
  const int end = request.only ? begin + 1 : request.cases;
  std::vector<random_chip_case> drawn;
  std::vector<std::vector<step_kernel>> kernels;
  std::vector<platforms::process_task> tasks;
  std::int64_t redraws = 0;
  for (int index = begin; index < end; ++index) {
    drawn.push_back(draw_chip_case(request.seed, index));
    redraws += drawn.back().redraws;
  }
  for (const random_chip_case& one : drawn) kernels.push_back(one.kernels());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    for (const step_kernel& kernel : kernels[i]) {
      tasks.push_back([&one = drawn[i], &kernel] { return evaluate(one, kernel.work); });
    }
  }
  context.tell(
      fmt::format("chip: {} layers of {} kernels, seed {}; {:.1f} % of the drawings could "
                  "not exist and were drawn again",
                  drawn.size(), tasks.size(), request.seed,
                  100.0 * static_cast<double>(redraws) /
                      static_cast<double>(redraws + static_cast<std::int64_t>(drawn.size()))));
  const std::size_t step = std::max<std::size_t>(1, tasks.size() / 10);
  platforms::process_pool_options options;
  options.jobs = context.jobs;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (done % step == 0) context.tell(fmt::format("chip: {} of {} kernels", done, total));
  };
  const auto outcomes = platforms::run_in_processes(tasks, options);
  random_answer answer;
  std::size_t at = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    layer_answers layer;
    for (const step_kernel& kernel : kernels[i]) add(kernel, outcomes[at++], layer);
    const auto cases = cases_of(drawn[i], layer, request.seed, begin + static_cast<int>(i));
    answer.cases.insert(answer.cases.end(), cases.begin(), cases.end());
  }
  if (request.only) answer.configuration = text_of(drawn.front());
  return answer;
}

}  // namespace

random_component chip_component() {
  using statistic = tolerance::statistic;
  const auto path = fidelity_path::analytical;
  return {"chip",
          run,
          {{"time", path, statistic::mape, 0.06},
           {"time", path, statistic::p95, 0.18},
           {"limit", path, statistic::mape, 0.10}}};
}

}  // namespace lamina::validation
