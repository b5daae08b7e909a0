// SPDX-License-Identifier: Apache-2.0
// What `lamina run` found of a system and its language model, and the ways to show it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>

#include "lamina/config/system_platform.h"
#include "lamina/platforms/envelope.h"
#include "lamina/platforms/system.h"

namespace lamina::app {

struct system_answer {
  std::string file;
  config::system_platform platform;
  platforms::system_fidelity how;
  platforms::system_outcome outcome;
  platforms::envelope envelope;
};

/// "analytical", "tlm", or which is which.
std::string name_of(const platforms::system_fidelity& how);

void print_text(const system_answer& answer, std::ostream& out);
nlohmann::ordered_json to_json(const system_answer& answer);
/// One page that needs no other file.
std::string to_html(const system_answer& answer);
/// result.json, report.html and resolved.yaml with its model. Throws usage_error when the folder
/// cannot be written.
void write_files(const system_answer& answer, const std::string& folder);

}  // namespace lamina::app
