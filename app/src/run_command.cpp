// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <limits>
#include <set>

#include "arguments.h"
#include "chip_run.h"
#include "network_run.h"
#include "out_folder.h"
#include "pipeline_run.h"
#include "quantity_text.h"
#include "run_answer.h"
#include "study.h"
#include "system_run.h"

namespace lamina::app {
namespace {

constexpr int exit_interrupted = 130;  // as a shell reports SIGINT

platforms::process_pool_options pool_options(const arguments& given) {
  platforms::process_pool_options options;
  options.jobs =
      static_cast<int>(given.whole("jobs", 0, std::numeric_limits<int>::max()).value_or(0));
  if (!given.has("quiet") && isatty(STDERR_FILENO) != 0) {
    options.progress = [](std::size_t ended, std::size_t total) {
      std::cerr << fmt::format("\r{} of {} evaluations{}", ended, total, ended == total ? "\n" : "")
                << std::flush;
    };
  }
  return options;
}

/// All points of all files as one list of work, so that no core idles between files.
std::vector<run_answer> evaluate(const std::vector<input_file>& inputs,
                                 const std::vector<platforms::fidelity>& fidelities,
                                 const platforms::process_pool_options& options) {
  std::vector<platforms::evaluation> work;
  for (const input_file& input : inputs) {
    for (const input_point& point : input.points) {
      for (const platforms::fidelity how : fidelities) work.push_back({&point.platform, how});
    }
  }
  const auto outcomes = platforms::evaluate_all(work, options);
  std::vector<run_answer> answers;
  auto next = outcomes.begin();
  for (const input_file& input : inputs) {
    run_answer answer{input, fidelities, {}};
    for (std::size_t i = 0; i < input.points.size(); ++i) {
      const auto end = next + static_cast<std::ptrdiff_t>(fidelities.size());
      answer.outcomes.emplace_back(next, end);
      next = end;
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

/// Wall times and failures. Returns the exit code.
int report_on(const run_answer& answer, bool quiet) {
  std::vector<double> wall(answer.fidelities.size());
  int code = exit_fine;
  for (std::size_t point = 0; point < answer.outcomes.size(); ++point) {
    for (std::size_t i = 0; i < wall.size(); ++i) {
      const platforms::evaluation_outcome& outcome = answer.outcomes[point][i];
      wall[i] += outcome.wall_s;
      if (outcome.result) continue;
      const platforms::sweep_point& at = answer.input.points[point].at;
      std::cerr << fmt::format("{}:{}{} {}: {}\n", answer.input.file, at.empty() ? "" : " ",
                               at.text(), platforms::name_of(answer.fidelities[i]), outcome.error);
      code = outcome.interrupted ? exit_interrupted : exit_internal;
    }
  }
  for (std::size_t i = 0; i < wall.size() && !quiet; ++i) {
    std::cerr << fmt::format("{}: {} in {}\n", answer.input.file,
                             platforms::name_of(answer.fidelities[i]), si_text(wall[i], "s"));
  }
  return code;
}

/// The folder itself for one file; for several, one below it for each.
std::vector<std::string> folders_of(const std::vector<input_file>& inputs, const std::string& out) {
  namespace fs = std::filesystem;
  if (inputs.size() == 1) return {out};
  std::set<std::string> used;
  std::vector<std::string> folders;
  for (const input_file& input : inputs) {
    const std::string stem = fs::path(input.file).stem().string();
    std::string name = stem;
    for (int i = 2; !used.insert(name).second; ++i) name = fmt::format("{}_{}", stem, i);
    folders.push_back((fs::path(out) / name).string());
  }
  return folders;
}

void print(const std::vector<run_answer>& answers, bool as_json) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const run_answer& answer : answers) {
    if (as_json) {
      all.push_back(to_json(answer));
    } else {
      if (&answer != &answers.front()) std::cout << '\n';
      print_text(answer, std::cout);
    }
  }
  if (as_json) std::cout << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
}

/// Of a platform without a language model.
void refuse_model_options(const arguments& given) {
  std::vector<option> options = model_options();
  options.push_back(mapping_option());
  for (const option& one : options) {
    if (!given.has(one.name)) continue;
    throw usage_error(
        fmt::format("--{}: {} runs no language model; remove it, or run a chip or a system, such "
                    "as configs/platforms/stacked_chip_llama_8b_decode.yaml",
                    one.name, given.files().empty() ? "this" : given.files().front()));
  }
}

int run(const arguments& given) {
  if (is_study(given)) return run_study(given);
  if (is_system(given)) return run_systems(given);
  if (is_chip(given)) return run_chips(given);
  refuse_model_options(given);
  if (is_network(given)) return run_networks(given);
  if (is_pipeline(given)) return run_pipelines(given);
  const auto fidelities =
      fidelities_of(given, {{"dram_stack"}, "a memory has '*' and dram_stack, which are the same"});
  const auto options = pool_options(given);
  const std::vector<input_file> inputs = load_inputs(given, "lamina run", part_files::refused);
  for (const input_file& input : inputs) {
    if (input.points.empty()) return exit_bad_input;
  }
  if (given.has("out")) make_out_folder(given.text("out"));
  const std::vector<run_answer> answers = evaluate(inputs, fidelities, options);
  print(answers, given.has("json"));
  int code = exit_fine;
  for (const run_answer& answer : answers) {
    code = std::max(code, report_on(answer, given.has("quiet")));
  }
  if (given.has("out")) {
    const auto folders = folders_of(inputs, given.text("out"));
    for (std::size_t i = 0; i < answers.size(); ++i) write_files(answers[i], folders[i]);
  }
  return code;
}

}  // namespace

command run_command() {
  std::vector<option> options = setting_options();
  options.push_back(fidelity_option());
  for (const option& one : model_options()) options.push_back(one);
  options.push_back(mapping_option());
  options.push_back({"json", "", "print JSON (SI units) instead of text"});
  options.push_back({"out", "DIR", "write result.json, resolved.yaml and report.html to DIR"});
  options.push_back({"jobs", "N", "evaluations at a time (default: one for each core)"});
  options.push_back({"quiet", "", "neither progress nor wall times on stderr"});
  options.push_back({"help", "", "print this"});
  return {
      "run",
      "FILE... [OPTION]...",
      "evaluate configurations in either fidelity, or both",
      "Prints elapsed time, bandwidth, latency, what bounds the memory, counts and energy of\n"
      "each configuration: of memories, networks, pipelines and chips analytical and simulated\n"
      "(tlm) side by side, of systems and sweeps of language models analytical, unless\n"
      "--fidelity says otherwise; of a sweep, a line for each point. The difference is that of\n"
      "the analytical path from tlm. The same inputs give the same bytes.\n\n"
      "Exit status: 0 fine, 1 a model does not fit the memory (times are printed all the\n"
      "same; a sweep marks such points), 2 bad input, 3 internal error, 130 interrupted (what\n"
      "was done is printed).",
      options,
      true,
      run};
}

}  // namespace lamina::app
