// SPDX-License-Identifier: Apache-2.0
// What `lamina run` found, and the ways to show it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "inputs.h"

namespace lamina::app {

struct run_answer {
  input_file input;
  std::vector<platforms::fidelity> fidelities;
  /// For each point of the input, the outcomes in the order of `fidelities`.
  std::vector<std::vector<platforms::evaluation_outcome>> outcomes;
};

/// One line of the comparison: a value for each fidelity that was asked for.
struct answer_row {
  std::string label;
  std::vector<std::string> values;
  std::string difference;  ///< of the analytical path from tlm; empty without both
};
std::vector<answer_row> rows_of(const run_answer& answer, std::size_t point);

/// The limit nearest behind the one that binds; nothing when no other applies.
std::optional<memory_limit> runner_up(const memory_result& result);

void print_text(const run_answer& answer, std::ostream& out);
nlohmann::ordered_json to_json(const run_answer& answer);
/// One page that needs no other file.
std::string to_html(const run_answer& answer);
/// result.json, resolved.yaml (of a sweep one for each point) and report.html. Throws
/// usage_error when the folder cannot be written.
void write_files(const run_answer& answer, const std::string& folder);

}  // namespace lamina::app
