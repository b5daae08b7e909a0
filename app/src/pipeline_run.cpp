// SPDX-License-Identifier: Apache-2.0
#include "pipeline_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "inputs.h"
#include "lamina/config/describe.h"
#include "out_folder.h"
#include "pipeline_answer.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

std::optional<config::pipeline_platform> load(const std::string& file, const arguments& given) {
  config::diagnostics problems;
  auto platform = config::load_pipeline_platform({file, settings_of(given)}, problems);
  for (const config::diagnostic& problem : problems.sorted()) {
    std::cerr << config::to_text(problem) << '\n';
  }
  if (problems.has_errors()) return {};
  return platform;
}

/// Both fidelities side by side or, with --fidelity, what it says of each stage; stages that it
/// does not name are analytical.
std::vector<pipeline_column> columns_of(const arguments& given,
                                        const config::pipeline_platform& platform) {
  const auto tlm = platforms::fidelity::tlm;
  if (given.all("fidelity").empty()) {
    return {{"analytical", {}, {}}, {"tlm", {tlm, tlm, tlm}, {}}};
  }
  platforms::pipeline_fidelity how;
  for (const component_fidelity& choice : component_fidelities(given)) {
    const bool all = choice.component == "*";
    if (choice.component == "interconnect") {
      throw usage_error("--fidelity interconnect: in a memory pipeline it is called network");
    }
    if (all || choice.component == "buffer") how.buffer = choice.how;
    if (all || choice.component == "network") how.network = choice.how;
    if (all || choice.component == "dram_stack") how.dram_stack = choice.how;
  }
  std::vector<std::string> simulated;
  std::size_t stages = 1;
  const auto count = [&](bool there, platforms::fidelity stage, const char* name) {
    if (there && stage == tlm) simulated.emplace_back(name);
  };
  stages += (platform.has_buffer ? 1U : 0U) + (platform.has_network ? 1U : 0U);
  count(platform.has_buffer, how.buffer, "buffer");
  count(platform.has_network, how.network, "network");
  count(true, how.dram_stack, "dram_stack");
  std::string name = simulated.empty() ? "analytical" : "tlm";
  if (!simulated.empty() && simulated.size() < stages) {
    name = fmt::format("tlm: {}", fmt::join(simulated, ", "));
  }
  return {{name, how, {}}};
}

pipeline_answer answer_of(const std::string& file, const config::pipeline_platform& platform,
                          const arguments& given) {
  pipeline_answer answer{file, platform, columns_of(given, platform), {}};
  platforms::input_hash hash;
  hash.add(config::to_yaml(platform));
  answer.envelope = {"lamina run", hash.text(), platform.workload.seed};
  return answer;
}

/// The exit code.
int evaluate(pipeline_answer& answer) {
  int code = exit_fine;
  for (pipeline_column& column : answer.columns) {
    try {
      column.result =
          platforms::evaluate(answer.platform.pipeline(), answer.platform.workload, column.how);
    } catch (const std::runtime_error& problem) {
      std::cerr << fmt::format("{}: {}: {}\n", answer.file, column.name, problem.what());
      code = exit_internal;
    }
  }
  return code;
}

}  // namespace

bool is_pipeline(const arguments& given) {
  return !given.files().empty() &&
         config::is_pipeline_platform({given.files().front(), given.all("set")});
}

int check_pipelines(const arguments& given) {
  bool wrong = false;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, given);
    wrong = wrong || !platform;
    if (!platform) continue;
    std::cout << fmt::format("{}: ok ({}:{}{} dram_stack)\n", file, platform->name,
                             platform->has_buffer ? " buffer ->" : "",
                             platform->has_network ? " network ->" : "");
  }
  return wrong ? exit_bad_input : exit_fine;
}

int describe_pipeline(const arguments& given) {
  auto platform = load(given.files().front(), given);
  if (!platform) return exit_bad_input;
  const config::mapping declared = config::declare(*platform);
  std::cout << (given.has("json") ? config::describe_json(declared)
                                  : config::describe(declared, {}, config::shown_values::present));
  return exit_fine;
}

int run_pipelines(const arguments& given) {
  std::vector<pipeline_answer> answers;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, given);
    if (!platform) return exit_bad_input;
    answers.push_back(answer_of(file, *platform, given));
  }
  if (given.has("out")) make_out_folder(given.text("out"));
  int code = exit_fine;
  for (pipeline_answer& answer : answers) code = std::max(code, evaluate(answer));
  if (given.has("json")) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const pipeline_answer& answer : answers) all.push_back(to_json(answer));
    std::cout << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
  } else {
    for (const pipeline_answer& answer : answers) {
      if (&answer != &answers.front()) std::cout << '\n';
      print_text(answer, std::cout);
    }
  }
  if (given.has("out")) {
    for (const pipeline_answer& answer : answers) {
      const std::filesystem::path to(given.text("out"));
      const auto stem = std::filesystem::path(answer.file).stem();
      write_files(answer, (answers.size() == 1 ? to : to / stem).string());
    }
  }
  return code;
}

}  // namespace lamina::app
