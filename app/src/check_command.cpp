// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>

#include "arguments.h"
#include "chip_run.h"
#include "inputs.h"
#include "network_run.h"
#include "pipeline_run.h"
#include "quantity_text.h"
#include "study.h"
#include "system_run.h"

namespace lamina::app {
namespace {

std::string verdict(const input_file& input) {
  const config::memory_platform& platform = input.points.front().platform;
  const dram_geometry& geometry = platform.dram_stack.geometry;
  const std::size_t points = input.points.size();
  return fmt::format("{}: ok ({}, {}, {}{})", input.file, platform.name,
                     bytes_text(static_cast<double>(geometry.capacity_bytes())),
                     si_text(platforms::peak_bandwidth(geometry), "B/s"),
                     points > 1 ? fmt::format(", sweep of {} points", points) : "");
}

int run(const arguments& given) {
  if (is_study(given)) return check_study(given);
  if (is_system(given)) return check_systems(given);
  if (is_chip(given)) return check_chips(given);
  if (is_network(given)) return check_networks(given);
  if (is_pipeline(given)) return check_pipelines(given);
  const std::vector<input_file> inputs = load_inputs(given, "lamina check", part_files::allowed);
  bool wrong = false;
  for (const input_file& input : inputs) {
    wrong = wrong || input.points.empty();
    if (!input.points.empty()) std::cout << verdict(input) << '\n';
  }
  return wrong ? exit_bad_input : exit_fine;
}

}  // namespace

command check_command() {
  std::vector<option> options = setting_options();
  options.push_back({"help", "", "print this"});
  return {"check",
          "FILE... [OPTION]...",
          "read configurations and tell what is wrong with them",
          "For each file without errors, prints its name, capacity and peak bandwidth. All errors "
          "of\nall files go to stderr, each with file, line and column.\n\n"
          "Exit status: 0 all fine, 2 bad input, 3 internal error.",
          options,
          true,
          run};
}

}  // namespace lamina::app
