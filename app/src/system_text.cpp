// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <ostream>

#include "quantity_text.h"
#include "system_answer.h"

namespace lamina::app {
namespace {

using analytical::system_part;
using platforms::system_result;

void print_memory(const system_result& r, std::ostream& out) {
  const std::string missing = out_of_memory(r.footprint, r.memory_capacity);
  if (!missing.empty()) {
    out << missing << " on each chip; split the model further, or lower the batch\n"
        << "The times are those of memories that are large enough.\n\n";
  }
  const std::string gathered =
      r.footprint.gathered_bytes > 0
          ? fmt::format(", gathered weights {}", bytes_text(r.footprint.gathered_bytes))
          : "";
  out << fmt::format(
      "footprint of the fullest chip {} of {}: weights {}{}, KV cache {}, activations "
      "{}\n\n",
      bytes_text(r.footprint.total_bytes()), bytes_text(r.memory_capacity),
      bytes_text(r.footprint.weight_bytes), gathered, bytes_text(r.footprint.kv_bytes),
      bytes_text(r.footprint.activation_bytes));
}

/// Exactly what was compared: the claim is for no more.
void print_searched(const platforms::mapping_search_counts& searched, bool any_fits,
                    std::ostream& out) {
  const std::string orders =
      searched.most_orders > 1
          ? fmt::format("in every order of their axes (up to {})", searched.most_orders)
          : "in one order (the others are no different)";
  const std::string counts =
      searched.most_microbatches > 1
          ? fmt::format(" and with up to {} numbers of micro-batches", searched.most_microbatches)
          : "";
  out << fmt::format("{} {}{}: {} mappings; {} evaluated, the others cannot be quicker\n",
                     any_fits ? "those that fit" : "all of them", orders, counts, searched.mappings,
                     searched.evaluated);
  if (searched.needless == 0) return;
  out << fmt::format(
      "{} more sizes gather weights (fsdp) though they fit without, which is never quicker\n",
      searched.needless);
}

void print_trials(const system_result& r, std::ostream& out) {
  if (r.trials.empty()) return;
  std::size_t fitting = 0;
  std::size_t width = 36;
  for (const platforms::mapping_trial& trial : r.trials) fitting += trial.fits ? 1 : 0;
  out << fmt::format("best of {} legal choices of sizes, {} of which fit the memory\n",
                     r.trials.size(), fitting);
  print_searched(r.searched, fitting > 0, out);
  if (!r.refused.empty()) {
    out << fmt::format("{} more have no answer, such as {}: {}\n", r.refused.size(),
                       name_of(r.refused.front().mapping), r.refused.front().reason);
  }
  if (r.compared_in_closed_form) {
    out << "compared in closed form; below, the bursts of the best one's kernels are followed\n";
  }
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < std::min(shown, r.trials.size()); ++i) {
    if (!r.trials[i].bounded) width = std::max(width, name_of(r.trials[i].mapping).size());
  }
  for (std::size_t i = 0; i < std::min(shown, r.trials.size()); ++i) {
    const platforms::mapping_trial& trial = r.trials[i];
    if (trial.bounded) break;
    out << fmt::format("  {:<{}} {:>12} {:>10}{}\n", name_of(trial.mapping), width,
                       si_text(trial.seconds, "s"),
                       i == 0 ? "" : difference_text(trial.seconds, r.trials.front().seconds),
                       trial.fits ? "" : "  does not fit");
  }
  out << '\n';
}

void line(std::ostream& out, const char* label, const std::string& value) {
  out << fmt::format("{:<28} {:>14}\n", label, value);
}

void print_summary(const system_answer& answer, const system_result& r, std::ostream& out) {
  double kernels = 0, communication = 0, wait = 0, bubble = 0, host = 0;
  for (const auto& step : r.steps) {
    kernels += step.kernel_seconds;
    communication += step.communication_seconds;
    wait += step.stage_wait_seconds;
    bubble += step.bubble_seconds;
    host += step.host_seconds;
  }
  const bool decodes = answer.platform.workload.phase == config::llm_phase_kind::decode;
  line(out, decodes ? "time per output token" : "time of all steps", si_text(r.seconds, "s"));
  line(out, "tokens of the system", si_text(r.tokens_per_s(), "/s"));
  if (decodes) line(out, "tokens of a user", si_text(1 / r.seconds, "/s"));
  const bool staged = r.mapping.pipeline > 1;
  line(out, staged ? "kernels, mean of the stages" : "kernels", si_text(kernels, "s"));
  line(out, "collectives that show", si_text(communication, "s"));
  if (wait > 0) line(out, "waits for the slowest stage", si_text(wait, "s"));
  if (bubble > 0) line(out, "pipeline bubbles", si_text(bubble, "s"));
  if (host > 0) line(out, "host", si_text(host, "s"));
}

/// Where energy goes, when the chip states what its parts take.
void print_energy(const system_result& r, std::ostream& out) {
  const auto energy = r.energy();
  if (!energy) return;
  const std::pair<const char*, double> places[] = {
      {"energy per token", energy->total_j()},
      {"  tiles", energy->kernels.tiles_j},
      {"  shared buffer", energy->kernels.shared_buffer_j},
      {"  network on chip", energy->kernels.network_j},
      {"  DRAM stack", energy->kernels.memory_j},
      {"  static", energy->kernels.static_j},
      {"  links between chips", energy->links_j},
      {"  while no kernel runs", energy->idle_j}};
  for (const auto& [label, joules] : places) line(out, label, si_text(joules / r.tokens, "J"));
  line(out, "power of the system", si_text(energy->total_j() / r.seconds, "W"));
}

void print_serving(const platforms::serving_result& s, std::ostream& out) {
  out << fmt::format("\nserving {} sequences at a time{}, in closed form\n", s.batch,
                     s.prompts_bound ? ", as many as prompts can follow" : "");
  line(out, "time to first token", si_text(s.first_token_s, "s"));
  line(out, "time per output token", si_text(s.token_s, "s"));
  line(out, "in steps with prompts", si_text(s.longest_token_s, "s"));
  line(out, "steps with prompts", percent_text(s.steps_with_prompts));
  line(out, "output of the system", si_text(s.output_tokens_per_s, "tokens/s"));
  line(out, "output of a user", si_text(s.user_tokens_per_s(), "tokens/s"));
  line(out, "prompts of the system", si_text(s.prompt_tokens_per_s, "tokens/s"));
  line(out, "requests", si_text(s.requests_per_s, "/s"));
}

void print_parts(const analytical::system_step_result& step, std::ostream& out) {
  out << fmt::format("\n{:<24} {:>5} {:>12} {:>10} {:>8} {:>11} {:>11}  {}\n", "operator", "times",
                     "us", "hidden us", "share", "FLOPs", "bytes", "bound by");
  double all = 0;
  for (const system_part& part : step.parts) all += part.seconds();
  for (const system_part& part : step.parts) {
    const std::string bound =
        part.communication
            ? fmt::format("{} ({})", name_of(part.network_bound), name_of(part.algorithm))
            : std::string(name_of(part.bound_by));
    out << fmt::format("{:<24} {:>5} {:>12.4g} {:>10.4g} {:>8} {:>11} {:>11}  {}\n", part.name,
                       part.layers, 1e6 * to_seconds(part.elapsed), 1e6 * to_seconds(part.hidden),
                       percent_text(part.seconds() / all), si_text(part.matrix_flops, ""),
                       si_text(part.bytes, "B"), bound);
  }
}

}  // namespace

std::string name_of(const platforms::system_fidelity& how) {
  if (how.chip == how.network) return std::string(platforms::name_of(how.chip));
  return fmt::format("chips {}, network {}", platforms::name_of(how.chip),
                     platforms::name_of(how.network));
}

void print_text(const system_answer& answer, std::ostream& out) {
  out << platforms::to_text(answer.envelope) << '\n' << answer.platform.name << "\n\n";
  if (!answer.outcome.result) return;
  const system_result& r = *answer.outcome.result;
  out << fmt::format("{} chips, {}: {} ({})\n", r.chips,
                     answer.platform.workload.imported.model.name, name_of(r.mapping),
                     name_of(answer.how));
  if (answer.how.chip == platforms::fidelity::tlm) {
    out << fmt::format("{} simulated for all, {} of its kernels' time, the rest as in windows\n",
                       r.waiting_share ? "the busiest chip" : "one chip",
                       percent_text(r.simulated_share));
    if (r.waiting_share) {
      out << fmt::format(
          "and one with the mean of the experts, which waits for the busiest in {} of that time\n",
          percent_text(*r.waiting_share));
    }
  }
  if (answer.how.network == platforms::fidelity::tlm) {
    out << "network of all chips simulated with every collective\n";
  }
  print_trials(r, out);
  print_memory(r, out);
  print_summary(answer, r, out);
  print_energy(r, out);
  if (r.serving) print_serving(*r.serving, out);
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    if (r.steps.size() > 1) out << fmt::format("\nstep {}", i + 1);
    print_parts(r.steps[i], out);
  }
}

}  // namespace lamina::app
