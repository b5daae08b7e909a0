// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <ostream>

#include "chip_answer.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using platforms::chip_kernel;
using platforms::chip_result;

/// A line with a value for each fidelity, and how far the analytical one is from tlm.
void line(const chip_answer& answer, std::ostream& out, const std::string& label,
          const std::function<std::string(double)>& text,
          const std::function<double(const chip_result&)>& value, bool compares = true) {
  out << fmt::format("{:<20}", label);
  for (const auto& outcome : answer.outcomes) {
    out << fmt::format(" {:>16}", outcome.result ? text(value(*outcome.result)) : "-");
  }
  if (answer.outcomes.size() == 2 && answer.outcomes[0].result && answer.outcomes[1].result &&
      compares) {
    out << fmt::format(" {:>12}", difference_text(value(*answer.outcomes[0].result),
                                                  value(*answer.outcomes[1].result)));
  }
  out << '\n';
}

void print_summary(const chip_answer& answer, std::ostream& out) {
  const auto si = [](const char* unit) {
    return [unit](double value) { return si_text(value, unit); };
  };
  line(answer, out, "time", si("s"), [](const chip_result& r) { return r.seconds; });
  line(answer, out, "tokens", si("/s"), [](const chip_result& r) { return r.tokens_per_s(); });
  line(answer, out, "FLOPs", si("FLOP"), [](const chip_result& r) { return r.matrix_flops; });
  line(answer, out, "memory traffic", si("B"), [](const chip_result& r) { return r.memory_bytes; });
  line(answer, out, "  mean bandwidth", si("B/s"),
       [](const chip_result& r) { return r.memory_bytes / r.seconds; });
  line(
      answer, out, "simulated", percent_text,
      [](const chip_result& r) { return r.simulated_share; }, false);
  for (int i = 0; i < tile_limit_count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    bool any = false;
    for (const auto& outcome : answer.outcomes) {
      any = any || (outcome.result && outcome.result->seconds_by_limit[at] > 0);
    }
    if (!any) continue;
    line(answer, out, fmt::format("bound by {}", name_of(static_cast<tile_limit>(i))), si("s"),
         [at](const chip_result& r) { return r.seconds_by_limit[at]; });
  }
}

/// Where energy goes, when the chip states what its parts take.
void print_energy(const chip_answer& answer, std::ostream& out) {
  if (!answer.platform.stacked() || !answer.platform.chip.energy.stated()) return;
  const auto joules = [](double value) { return si_text(value, "J"); };
  line(answer, out, "energy per token", joules,
       [](const chip_result& r) { return r.joules_per_token(); });
  const std::pair<const char*, double kernel_energy::*> places[] = {
      {"  tiles", &kernel_energy::tiles_j},
      {"  shared buffer", &kernel_energy::shared_buffer_j},
      {"  network", &kernel_energy::network_j},
      {"  DRAM stack", &kernel_energy::memory_j},
      {"  static", &kernel_energy::static_j}};
  for (const auto& [label, place] : places) {
    line(answer, out, label, joules,
         [place = place](const chip_result& r) { return r.energy.*place / r.tokens; });
  }
  line(
      answer, out, "mean power", [](double value) { return si_text(value, "W"); },
      [](const chip_result& r) { return r.energy.total_j() / r.seconds; });
}

/// Of each kernel of a step, what both fidelities say.
void print_kernels(const chip_answer& answer, std::size_t step, std::ostream& out) {
  std::vector<const platforms::chip_step*> steps;
  for (const auto& outcome : answer.outcomes) {
    if (outcome.result) steps.push_back(&outcome.result->steps[step]);
  }
  out << fmt::format("\n{:<22} {:>5}", "operator", "times");
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    if (answer.outcomes[i].result) {
      out << fmt::format(" {:>13}", fmt::format("us {}", platforms::name_of(answer.fidelities[i])));
    }
  }
  out << fmt::format(" {:>8} {:>11} {:>11}  {:<28} {}\n", "share", "FLOPs", "bytes",
                     "bound by (then)", "mapping");
  for (std::size_t i = 0; i < steps.front()->kernels.size(); ++i) {
    const chip_kernel& last = steps.back()->kernels[i];
    out << fmt::format("{:<22} {:>5}", last.kernel.name, last.kernel.layers);
    for (const auto* one : steps) {
      out << fmt::format(" {:>13.4g}", 1e6 * to_seconds(one->kernels[i].result.elapsed));
    }
    out << fmt::format(
        " {:>8} {:>11} {:>11}  {:<28} {}\n", percent_text(last.seconds() / steps.back()->seconds),
        si_text(last.kernel.matrix_flops, ""), si_text(last.result.memory_bytes, "B"),
        fmt::format("{} ({})", name_of(last.result.bound_by), name_of(runner_up(last.result))),
        last.mapping);
  }
}

/// What makes room where not even one sequence fits: of what takes most, and of what the chip has.
std::string memory_advice(const chip_answer& answer, const chip_result& result,
                          const llm_step_options& options) {
  const llm_footprint& f = result.footprint;
  const std::string room = answer.platform.stacked()
                               ? "add layers (dram_stack.geometry.layers)"
                               : "take a chip with more memory (chip.memory.bytes)";
  if (f.weight_bytes >= result.memory_capacity) {
    return "the weights alone do not fit: narrow them (workload.weights), " + room +
           ", or split the model over the chips of a system";
  }
  const std::int64_t longest =
      longest_context(config::model_of(answer.platform.workload), result.memory_capacity, options);
  return fmt::format(
      "not even one sequence fits: of one, {} tokens would; shorten the context (--context), "
      "narrow the cache (workload.kv_cache), {}, or split it over the chips of a system",
      longest, room);
}

}  // namespace

tile_limit runner_up(const kernel_result& result) {
  auto best = result.bound_by == tile_limit::matrix ? tile_limit::vector : tile_limit::matrix;
  for (int i = 0; i < tile_limit_count; ++i) {
    const auto which = static_cast<tile_limit>(i);
    if (which != result.bound_by && result.limit(which) > result.limit(best)) best = which;
  }
  return best;
}

std::string memory_verdict(const chip_answer& answer, const chip_result& result) {
  const std::string missing = out_of_memory(result.footprint, result.memory_capacity);
  if (missing.empty()) return {};
  const config::llm_workload& work = answer.platform.workload;
  llm_step_options options;
  options.routing_skew = work.routing_skew;
  std::int64_t context = 0;
  std::int64_t sequences = 0;
  for (const auto& step : result.steps) {
    context = std::max(context, step.phase.longest() - 1);
    sequences = std::max(sequences, step.phase.sequences());
  }
  const std::int64_t most =
      most_sequences(config::model_of(work), context, result.memory_capacity, options);
  // The most that decode: prompts need room for more tokens at a time.
  const bool would_decode = most >= sequences;
  const bool weights_fit = result.footprint.weight_bytes < result.memory_capacity;
  if (weights_fit && (would_decode || result.footprint.activation_bytes > result.memory_capacity)) {
    return missing +
           "; the activations take too much: give prompts in chunks (--chunk), or fewer "
           "at a time (--batch)";
  }
  if (most == 0) return missing + "; " + memory_advice(answer, result, options);
  return fmt::format("{}; {} sequences of {} tokens would fit", missing, most, context);
}

void print_text(const chip_answer& answer, std::ostream& out) {
  out << platforms::to_text(answer.envelope) << '\n' << answer.platform.name << "\n\n";
  const chip_result* any = nullptr;
  for (const auto& outcome : answer.outcomes) {
    if (outcome.result) any = &*outcome.result;
  }
  if (any == nullptr) return;
  const std::string verdict = memory_verdict(answer, *any);
  if (!verdict.empty())
    out << verdict << "\nThe times are those of a memory that is large enough.\n\n";
  out << fmt::format("footprint {} of {}: weights {}, KV cache {}, activations {}\n\n",
                     bytes_text(any->footprint.total_bytes()), bytes_text(any->memory_capacity),
                     bytes_text(any->footprint.weight_bytes), bytes_text(any->footprint.kv_bytes),
                     bytes_text(any->footprint.activation_bytes));
  if (answer.platform.stacked() && answer.platform.chip.area.stated()) {
    const die_area area = area_of(answer.platform.stacked_chip());
    out << fmt::format("die {:.0f} of {:.0f} mm2: {}\n\n", area.total(),
                       answer.platform.chip.area.limit, area.text());
  }
  out << fmt::format("{:<20}", "");
  for (const auto how : answer.fidelities) out << fmt::format(" {:>16}", platforms::name_of(how));
  out << (answer.fidelities.size() > 1 ? fmt::format(" {:>12}\n", "difference") : "\n");
  print_summary(answer, out);
  print_energy(answer, out);
  for (std::size_t step = 0; step < any->steps.size(); ++step) {
    if (any->steps.size() > 1) out << fmt::format("\nstep {}", step + 1);
    print_kernels(answer, step, out);
  }
}

}  // namespace lamina::app
