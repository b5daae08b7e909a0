// SPDX-License-Identifier: Apache-2.0
#include "system_run.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>

#include "chip_run.h"
#include "inputs.h"
#include "lamina/config/describe.h"
#include "lamina/models/network_graph.h"
#include "out_folder.h"
#include "quantity_text.h"
#include "system_answer.h"

namespace lamina::app {
namespace {

std::optional<config::system_platform> load(const std::string& file,
                                            const std::vector<std::string>& settings) {
  config::diagnostics problems;
  auto platform = config::load_system_platform({file, settings}, problems);
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
std::string hash_of(const config::system_platform& platform) {
  config::system_platform copy = platform;
  copy.workload.model_file = std::filesystem::path(copy.workload.model_file).filename().string();
  platforms::input_hash hash;
  hash.add(config::to_yaml(copy));
  hash.add(config::read_file(platform.workload.model_file).value_or(""));
  return hash.text();
}

/// What `--fidelity` asks for; closed form without it.
platforms::system_fidelity fidelity_of(const arguments& given) {
  platforms::system_fidelity how;
  for (const component_fidelity& choice : component_fidelities(given)) {
    const bool all = choice.component == "*";
    const bool network = choice.component == "interconnect" || choice.component == "network";
    if (!all && !network && choice.component != "dram_stack") {
      throw usage_error(
          fmt::format("--fidelity {}: a system has '*', interconnect and dram_stack "
                      "(with its chip)",
                      choice.component));
    }
    if (all || network) how.network = choice.how;
    if (all || !network) how.chip = choice.how;
  }
  return how;
}

platforms::system_simulation_options simulation_of(const arguments& given) {
  platforms::system_simulation_options options;
  options.pool.jobs =
      static_cast<int>(given.whole("jobs", 0, std::numeric_limits<int>::max()).value_or(0));
  if (given.has("whole")) return options;
  options.most_steps = 20'000;
  options.most_bursts = 100'000;
  return options;
}

/// Of a mapping that was given, its file told before the run.
void warn_of_best(const system_answer& answer) {
  if (!answer.platform.mapping.best) return;
  const mapping_spec& chosen = answer.outcome.result->mapping;
  for (const spec_problem& each : config::warnings(chosen, answer.platform.workload)) {
    std::cerr << config::to_text({{answer.file},
                                  fmt::format("mapping {}: {}", name_of(chosen), each.message),
                                  each.suggestion},
                                 "warning")
              << '\n';
  }
}

int report_on(const system_answer& answer, bool quiet) {
  const platforms::system_outcome& outcome = answer.outcome;
  if (!outcome.result) {
    std::cerr << fmt::format("{}: {}\n", answer.file, outcome.error);
    return exit_internal;
  }
  warn_of_best(answer);
  if (!quiet) {
    std::cerr << fmt::format("{}: {} in {}\n", answer.file, name_of(answer.how),
                             si_text(outcome.wall_s, "s"));
  }
  return outcome.result->fits() ? exit_fine : exit_outside;
}

void print(const std::vector<system_answer>& answers, bool as_json) {
  if (as_json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const system_answer& answer : answers) all.push_back(to_json(answer));
    std::cout << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
    return;
  }
  for (const system_answer& answer : answers) {
    if (&answer != &answers.front()) std::cout << '\n';
    print_text(answer, std::cout);
  }
}

}  // namespace

bool is_system(const arguments& given) {
  return !given.files().empty() &&
         config::is_system_platform({given.files().front(), given.all("set")});
}

std::vector<std::string> system_settings(const arguments& given) {
  if (given.has("seed")) {
    throw usage_error("--seed: nothing in the run of a language model is drawn at random");
  }
  std::vector<std::string> settings = settings_of(given);
  for (const option& one : model_options()) {
    if (one.value.empty() || !given.has(one.name)) continue;
    settings.push_back(fmt::format("workload.{}={}", one.name, given.text(one.name)));
  }
  if (given.has("mapping")) {
    const auto mapping = config::mapping_setting(given.text("mapping"));
    if (!mapping.value) throw usage_error("--mapping: " + mapping.wrong.message);
    settings.push_back(*mapping.value);
  }
  return settings;
}

option mapping_option() {
  return {"mapping", "SIZES",
          "systems: how the model is split, such as tp=8,ep=8 (sizes that are not\n"
          "named are 1) or pp=2,tp=4,microbatches=8,order=pp/tp (neighbours first), or\n"
          "best: all legal sizes, orders and numbers of micro-batches are compared"};
}

int check_systems(const arguments& given) {
  const auto settings = system_settings(given);
  bool wrong = false;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    wrong = wrong || !platform;
    if (!platform) continue;
    std::cout << fmt::format(
        "{}: ok ({}, {} chips of {}, {}, {})\n", file, platform->name,
        endpoints_of(platform->network), bytes_text(platform->system().memory_bytes()),
        platform->workload.imported.model.name,
        platform->mapping.best ? "best mapping" : name_of(platform->mapping.given));
  }
  return wrong ? exit_bad_input : exit_fine;
}

int describe_system(const arguments& given) {
  auto platform = load(given.files().front(), system_settings(given));
  if (!platform) return exit_bad_input;
  std::map<std::string, config::source_note> notes;
  for (const auto& [path, text] : platform->sources) notes[path] = {text, {}};
  const config::mapping declared = config::declare(*platform);
  std::cout << (given.has("json")
                    ? config::describe_json(declared, notes)
                    : config::describe(declared, notes, config::shown_values::present));
  return exit_fine;
}

int run_systems(const arguments& given) {
  const auto settings = system_settings(given);
  const platforms::system_fidelity how = fidelity_of(given);
  const platforms::system_simulation_options simulation = simulation_of(given);
  std::vector<system_answer> answers;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    if (!platform) return exit_bad_input;
    answers.push_back({file, *platform, how, {}, {"lamina run", hash_of(*platform), 0}});
  }
  if (given.has("out")) make_out_folder(given.text("out"));
  int code = exit_fine;
  for (system_answer& answer : answers) {
    answer.outcome = platforms::evaluate(answer.platform, how, simulation);
    code = std::max(code, report_on(answer, given.has("quiet")));
  }
  print(answers, given.has("json"));
  if (given.has("out")) {
    const std::filesystem::path to(given.text("out"));
    for (const system_answer& answer : answers) {
      const auto stem = std::filesystem::path(answer.file).stem();
      write_files(answer, (answers.size() == 1 ? to : to / stem).string());
    }
  }
  return code;
}

}  // namespace lamina::app
