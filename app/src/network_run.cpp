// SPDX-License-Identifier: Apache-2.0
#include "network_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "inputs.h"
#include "lamina/config/describe.h"
#include "lamina/models/network_graph.h"
#include "network_answer.h"
#include "out_folder.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

std::vector<std::string> network_settings(const arguments& given) {
  if (given.has("seed")) {
    throw usage_error("--seed: a network's traffic is given, nothing in it is drawn at random");
  }
  return settings_of(given);
}

std::optional<config::network_platform> load(const std::string& file,
                                             const std::vector<std::string>& settings) {
  config::diagnostics problems;
  auto platform = config::load_network_platform({file, settings}, problems);
  for (const config::diagnostic& problem : problems.sorted()) {
    std::cerr << config::to_text(problem) << '\n';
  }
  if (problems.has_errors()) return {};
  return platform;
}

network_answer answer_of(const std::string& file, const config::network_platform& platform,
                         const std::vector<platforms::fidelity>& fidelities) {
  network_answer answer{file, platform, fidelities, {}, {}, {}};
  platforms::input_hash hash;
  hash.add(config::to_yaml(platform));
  answer.envelope = {"lamina run", hash.text(), 0};
  answer.ranked = platforms::rank_algorithms(platform);
  for (const platforms::fidelity how : fidelities) {
    answer.outcomes.push_back(platforms::evaluate(platform, how));
  }
  return answer;
}

}  // namespace

bool is_network(const arguments& given) {
  return !given.files().empty() &&
         config::is_network_platform({given.files().front(), given.all("set")});
}

int check_networks(const arguments& given) {
  const std::vector<std::string> settings = network_settings(given);
  bool wrong = false;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    wrong = wrong || !platform;
    if (!platform) continue;
    const network_graph graph(platform->interconnect);
    std::cout << fmt::format("{}: ok ({}, {} endpoints, {} links)\n", file, platform->name,
                             graph.endpoints(), graph.edges().size());
  }
  return wrong ? exit_bad_input : exit_fine;
}

int describe_network(const arguments& given) {
  auto platform = load(given.files().front(), network_settings(given));
  if (!platform) return exit_bad_input;
  const config::mapping declared = config::declare(*platform);
  std::cout << (given.has("json") ? config::describe_json(declared)
                                  : config::describe(declared, {}, config::shown_values::present));
  return exit_fine;
}

int run_networks(const arguments& given) {
  const std::vector<std::string> settings = network_settings(given);
  const auto fidelities = fidelities_of(
      given,
      {{"interconnect", "network"}, "a network has '*' and interconnect, which are the same"});
  std::vector<network_answer> answers;
  std::vector<std::pair<std::string, config::network_platform>> inputs;
  for (const std::string& file : given.files()) {
    const auto platform = load(file, settings);
    if (!platform) return exit_bad_input;
    inputs.emplace_back(file, *platform);
  }
  if (given.has("out")) make_out_folder(given.text("out"));
  int code = exit_fine;
  for (const auto& [file, platform] : inputs) {
    answers.push_back(answer_of(file, platform, fidelities));
    for (std::size_t i = 0; i < fidelities.size(); ++i) {
      const platforms::network_outcome& outcome = answers.back().outcomes[i];
      if (!outcome.result) {
        std::cerr << fmt::format("{}: {}: {}\n", file, platforms::name_of(fidelities[i]),
                                 outcome.error);
        code = exit_internal;
      } else if (!given.has("quiet")) {
        std::cerr << fmt::format("{}: {} in {}\n", file, platforms::name_of(fidelities[i]),
                                 si_text(outcome.wall_s, "s"));
      }
    }
  }
  if (given.has("json")) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const network_answer& answer : answers) all.push_back(to_json(answer));
    std::cout << (all.size() == 1 ? all.front() : all).dump(2) << '\n';
  } else {
    for (const network_answer& answer : answers) {
      if (&answer != &answers.front()) std::cout << '\n';
      print_text(answer, std::cout);
    }
  }
  if (given.has("out")) {
    for (const network_answer& answer : answers) {
      const std::filesystem::path to(given.text("out"));
      const auto stem = std::filesystem::path(answer.file).stem();
      write_files(answer, (answers.size() == 1 ? to : to / stem).string());
    }
  }
  return code;
}

}  // namespace lamina::app
