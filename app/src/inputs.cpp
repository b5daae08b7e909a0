// SPDX-License-Identifier: Apache-2.0
#include "inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "spelling.h"

namespace lamina::app {
namespace {

constexpr std::size_t most_points = 10'000;

void load_part(input_file& input, const std::vector<std::string>& settings,
               config::diagnostics& problems) {
  auto part = config::load_dram_part({input.file, settings}, problems);
  if (part) input.points.push_back({{}, std::move(*part)});
}

void load_points(input_file& input, const std::vector<std::string>& settings,
                 config::diagnostics& problems) {
  const auto axes = config::load_sweep({input.file, settings}, problems);
  if (problems.has_errors()) return;
  if (platforms::sweep_size(axes, most_points + 1) > most_points) {
    problems.add({{input.file, 0, 0},
                  fmt::format("the sweep has more than {} points", most_points),
                  "give its axes fewer values"});
    return;
  }
  platforms::input_hash hash;
  for (const platforms::sweep_point& at : platforms::sweep_points(axes)) {
    std::vector<std::string> all = settings;
    all.insert(all.end(), at.settings.begin(), at.settings.end());
    auto platform = config::load_memory_platform({input.file, all}, problems);
    if (!platform || problems.has_errors()) return;
    hash.add(config::to_yaml(*platform));
    input.envelope.seed = platform->workload.seed;
    input.points.push_back({at, std::move(*platform)});
  }
  input.envelope.configuration_hash = hash.text();
}

}  // namespace

std::vector<option> setting_options() {
  return {{"set", "PATH=VALUE",
           "override a parameter, such as dram_stack.geometry.channels=8;\n"
           "repeatable ('lamina describe' lists the parameters)",
           true},
          {"seed", "S", "seed of the workload, instead of the file's"}};
}

std::vector<std::string> settings_of(const arguments& given) {
  std::vector<std::string> settings = given.all("set");
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw usage_error(
          fmt::format("--set: expected PATH=VALUE, found '{}'", setting.substr(0, 80)));
    }
  }
  if (const auto seed = given.whole("seed", 0, std::numeric_limits<std::uint64_t>::max())) {
    settings.push_back(fmt::format("workload.seed={}", *seed));
  }
  return settings;
}

std::vector<input_file> load_inputs(const arguments& given, const std::string& program,
                                    part_files parts) {
  if (given.files().empty()) throw usage_error("expected a configuration file");
  const std::vector<std::string> settings = settings_of(given);
  std::vector<input_file> inputs;
  for (const std::string& file : given.files()) {
    config::diagnostics problems;
    input_file input;
    input.file = file;
    input.envelope.program = program;
    const bool is_part = config::kind_of({file, settings}) == config::file_kind::dram_part;
    if (is_part && parts == part_files::allowed) {
      load_part(input, settings, problems);
    } else if (is_part) {
      problems.add(
          {{file, 0, 0},
           "this is a DRAM part without a workload; expected a memory platform",
           "write a platform with 'dram_stack: {extends: " + file + "}' and a 'workload'"});
    } else {
      load_points(input, settings, problems);
    }
    for (const config::diagnostic& problem : problems.sorted()) {
      std::cerr << config::to_text(problem) << '\n';
    }
    if (problems.has_errors()) input.points.clear();
    inputs.push_back(std::move(input));
  }
  return inputs;
}

option fidelity_option() {
  return {"fidelity", "PATH=HOW",
          "HOW is analytical or tlm; PATH is '*' (all: the only one of a chip or a\n"
          "sweep), dram_stack (of a memory, or of a system with its chip),\n"
          "interconnect (of a network or system) or, of a memory pipeline, buffer,\n"
          "network or dram_stack. Without it both run side by side; of systems and\n"
          "sweeps of language models the analytical one only",
          true};
}

std::vector<component_fidelity> component_fidelities(const arguments& given) {
  static const std::vector<std::string> known = {"*", "buffer", "dram_stack", "interconnect",
                                                 "network"};
  std::vector<component_fidelity> all;
  for (const std::string& choice : given.all("fidelity")) {
    const std::size_t equals = choice.find('=');
    if (equals == std::string::npos) {
      throw usage_error(
          fmt::format("--fidelity: expected PATH=HOW, such as dram_stack=tlm, found '{}'", choice));
    }
    const std::string path = choice.substr(0, equals), how = choice.substr(equals + 1);
    if (std::find(known.begin(), known.end(), path) == known.end()) {
      throw usage_error(
          fmt::format("--fidelity {}: no component '{}'; the components are: buffer, dram_stack, "
                      "interconnect, network, '*' (all)",
                      choice, path));
    }
    if (how != "analytical" && how != "tlm") {
      const std::string near = nearest_word(how, {"analytical", "tlm"});
      throw usage_error(fmt::format("--fidelity {}: expected analytical or tlm, found '{}'{}",
                                    choice, how,
                                    near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    all.push_back(
        {path, how == "tlm" ? platforms::fidelity::tlm : platforms::fidelity::analytical});
  }
  return all;
}

fidelity_choice whole_fidelity(const std::string& of) {
  return {{}, of + " in one fidelity, all parts together: use '*=tlm' or '*=analytical'"};
}

std::vector<platforms::fidelity> fidelities_of(const arguments& given,
                                               const fidelity_choice& choice) {
  const auto choices = component_fidelities(given);
  for (const component_fidelity& one : choices) {
    const auto& here = choice.components;
    if (one.component == "*" || std::find(here.begin(), here.end(), one.component) != here.end()) {
      continue;
    }
    throw usage_error(fmt::format("--fidelity {}: {}", one.component, choice.sentence));
  }
  if (choices.empty()) return {platforms::fidelity::analytical, platforms::fidelity::tlm};
  return {choices.back().how};
}

}  // namespace lamina::app
