// SPDX-License-Identifier: Apache-2.0
// What `lamina run` found of a network, and the ways to show it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lamina/config/network_platform.h"
#include "lamina/platforms/envelope.h"
#include "lamina/platforms/network.h"

namespace lamina::app {

struct network_answer {
  std::string file;
  config::network_platform platform;
  std::vector<platforms::fidelity> fidelities;
  std::vector<platforms::network_outcome> outcomes;  ///< in the order of `fidelities`
  platforms::envelope envelope;
  std::vector<std::vector<platforms::algorithm_time>> ranked;  ///< by collective
};

void print_text(const network_answer& answer, std::ostream& out);
nlohmann::ordered_json to_json(const network_answer& answer);
/// One page that needs no other file.
std::string to_html(const network_answer& answer);
/// result.json, resolved.yaml and report.html. Throws usage_error when the folder cannot be
/// written.
void write_files(const network_answer& answer, const std::string& folder);

}  // namespace lamina::app
