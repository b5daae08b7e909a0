// SPDX-License-Identifier: Apache-2.0
#include "chip_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>

#include "chip_answer.h"
#include "inputs.h"
#include "lamina/config/describe.h"
#include "out_folder.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

constexpr int exit_interrupted = 130;

/// Of a kernel, what a simulation does before it goes on in windows.
constexpr std::int64_t window_steps = 20'000;
constexpr std::int64_t window_bursts = 200'000;

std::optional<config::chip_platform> load(const std::string& file,
                                          const std::vector<std::string>& settings) {
  config::diagnostics problems;
  auto platform = config::load_chip_platform({file, settings}, problems);
  for (const config::diagnostic& problem : problems.sorted()) {
    std::cerr << config::to_text(problem) << '\n';
  }
  if (problems.has_errors()) return {};
  if (platform) {
    for (const config::diagnostic& warning : platform->warnings) {
      std::cerr << config::to_text(warning, "warning") << '\n';
    }
  }
  return platform;
}

/// Names the platform and the model by what they hold, not by where they stand.
std::string hash_of(const config::chip_platform& platform) {
  config::chip_platform copy = platform;
  copy.workload.model_file = std::filesystem::path(copy.workload.model_file).filename().string();
  platforms::input_hash hash;
  hash.add(config::to_yaml(copy));
  hash.add(config::read_file(platform.workload.model_file).value_or(""));
  return hash.text();
}

platforms::chip_options options_of(const arguments& given) {
  platforms::chip_options options;
  options.pool.jobs =
      static_cast<int>(given.whole("jobs", 0, std::numeric_limits<int>::max()).value_or(0));
  if (!given.has("whole")) {
    options.most_steps = window_steps;
    options.most_bursts = window_bursts;
  }
  if (!given.has("quiet") && isatty(STDERR_FILENO) != 0) {
    options.pool.progress = [](std::size_t ended, std::size_t total) {
      std::cerr << fmt::format("\r{} of {} kernels{}", ended, total, ended == total ? "\n" : "")
                << std::flush;
    };
  }
  return options;
}

/// Failures, wall times and models that do not fit. The exit code.
int report_on(const chip_answer& answer, bool quiet) {
  int code = exit_fine;
  for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
    const platforms::chip_outcome& outcome = answer.outcomes[i];
    const auto how = platforms::name_of(answer.fidelities[i]);
    if (!outcome.result) {
      std::cerr << fmt::format("{}: {}: {}\n", answer.file, how,
                               outcome.interrupted ? "interrupted" : outcome.error);
      code = std::max<int>(code, outcome.interrupted ? exit_interrupted : exit_internal);
      continue;
    }
    if (!quiet) {
      std::cerr << fmt::format("{}: {} in {}\n", answer.file, how, si_text(outcome.wall_s, "s"));
    }
    if (!outcome.result->fits()) code = std::max<int>(code, exit_outside);
  }
  return code;
}

}  // namespace

bool is_chip(const arguments& given) {
  return !given.files().empty() &&
         config::is_chip_platform({given.files().front(), given.all("set")});
}

std::vector<std::string> chip_settings(const arguments& given) {
  if (given.has("seed")) {
    throw usage_error("--seed: nothing in the run of a language model is drawn at random");
  }
  if (given.has("mapping")) {
    throw usage_error(
        "--mapping: one chip holds the whole model, nothing is split; remove it, or run a system, "
        "such as configs/platforms/system_8_stacked_chips.yaml");
  }
  std::vector<std::string> settings = settings_of(given);
  for (const option& one : model_options()) {
    if (one.value.empty() || !given.has(one.name)) continue;
    settings.push_back(fmt::format("workload.{}={}", one.name, given.text(one.name)));
  }
  return settings;
}

std::vector<option> model_options() {
  return {{"model", "FILE", "chips: a model's config.json, instead of the file's"},
          {"phase", "PHASE", "chips: decode, prefill or mixed"},
          {"batch", "N", "chips: sequences"},
          {"context", "N", "chips: tokens before the new one; of a prefill, of a prompt"},
          {"chunk", "N", "chips: tokens of a prompt in one step (0: all)"},
          {"whole", "", "chips: simulate long kernels whole, not in windows"}};
}

int check_chips(const arguments& given) {
  const auto settings = chip_settings(given);
  bool wrong = false;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    wrong = wrong || !platform;
    if (!platform) continue;
    std::cout << fmt::format("{}: ok ({}, {} tiles, {}, {})\n", file, platform->name,
                             platform->chip.tiles, bytes_text(platform->memory_bytes()),
                             platform->workload.imported.model.name);
  }
  return wrong ? exit_bad_input : exit_fine;
}

int describe_chip(const arguments& given) {
  auto platform = load(given.files().front(), chip_settings(given));
  if (!platform) return exit_bad_input;
  std::map<std::string, config::source_note> notes;
  for (const auto& [path, text] : platform->sources) notes[path] = {text, {}};
  const config::mapping declared = config::declare(*platform);
  std::cout << (given.has("json")
                    ? config::describe_json(declared, notes)
                    : config::describe(declared, notes, config::shown_values::present));
  return exit_fine;
}

int run_chips(const arguments& given) {
  const auto settings = chip_settings(given);
  const auto fidelities = fidelities_of(given, whole_fidelity("a chip runs"));
  const platforms::chip_options options = options_of(given);
  std::vector<chip_answer> answers;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    if (!platform) return exit_bad_input;
    answers.push_back({file, *platform, fidelities, {}, {"lamina run", hash_of(*platform), 0}});
  }
  if (given.has("out")) make_out_folder(given.text("out"));
  int code = exit_fine;
  for (chip_answer& answer : answers) {
    for (const platforms::fidelity how : fidelities) {
      answer.outcomes.push_back(platforms::evaluate(answer.platform, how, options));
      if (answer.outcomes.back().interrupted) break;
    }
    answer.outcomes.resize(fidelities.size());
    code = std::max(code, report_on(answer, given.has("quiet")));
  }
  if (given.has("json")) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const chip_answer& answer : answers) all.push_back(to_json(answer));
    std::cout << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
  } else {
    for (const chip_answer& answer : answers) {
      if (&answer != &answers.front()) std::cout << '\n';
      print_text(answer, std::cout);
    }
  }
  if (given.has("out")) {
    const std::filesystem::path to(given.text("out"));
    for (const chip_answer& answer : answers) {
      const auto stem = std::filesystem::path(answer.file).stem();
      write_files(answer, (answers.size() == 1 ? to : to / stem).string());
    }
  }
  return code;
}

}  // namespace lamina::app
