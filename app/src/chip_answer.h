// SPDX-License-Identifier: Apache-2.0
// What `lamina run` found of a chip and its language model, and the ways to show it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lamina/config/chip_platform.h"
#include "lamina/platforms/chip.h"
#include "lamina/platforms/envelope.h"

namespace lamina::app {

struct chip_answer {
  std::string file;
  config::chip_platform platform;
  std::vector<platforms::fidelity> fidelities;
  std::vector<platforms::chip_outcome> outcomes;  ///< in the order of `fidelities`
  platforms::envelope envelope;
};

/// The limit nearest behind the one that binds.
tile_limit runner_up(const kernel_result& result);

/// Empty when the model fits, else what is missing, and how many sequences would fit.
std::string memory_verdict(const chip_answer& answer, const platforms::chip_result& result);

void print_text(const chip_answer& answer, std::ostream& out);
nlohmann::ordered_json to_json(const chip_answer& answer);
/// Operators one after the other as Chrome and Perfetto show them, a process for each fidelity.
nlohmann::ordered_json timeline_of(const chip_answer& answer);
/// One page that needs no other file.
std::string to_html(const chip_answer& answer);
/// result.json, timeline.json, report.html and resolved.yaml with its model. Throws usage_error
/// when the folder cannot be written.
void write_files(const chip_answer& answer, const std::string& folder);

}  // namespace lamina::app
