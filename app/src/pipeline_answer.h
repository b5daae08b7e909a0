// SPDX-License-Identifier: Apache-2.0
// What `lamina run` found of a memory pipeline, and the ways to show it.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/pipeline_platform.h"
#include "lamina/platforms/envelope.h"
#include "lamina/platforms/memory_pipeline.h"

namespace lamina::app {

/// One choice of fidelities, and what came of it.
struct pipeline_column {
  std::string name;  ///< "analytical", "tlm", or such as "buffer tlm"
  platforms::pipeline_fidelity how;
  std::optional<pipeline_result> result;
};

struct pipeline_answer {
  std::string file;
  config::pipeline_platform platform;
  std::vector<pipeline_column> columns;
  platforms::envelope envelope;
};

void print_text(const pipeline_answer& answer, std::ostream& out);
nlohmann::ordered_json to_json(const pipeline_answer& answer);
/// result.json, resolved.yaml and report.html. Throws usage_error when the folder cannot be
/// written.
void write_files(const pipeline_answer& answer, const std::string& folder);

}  // namespace lamina::app
