// SPDX-License-Identifier: Apache-2.0
// A memory platform (stack and workload) from YAML, and back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina::config {

struct memory_platform {
  std::string name;
  dram_stack_spec dram_stack;
  memory_workload workload;
  std::map<std::string, std::string> sources;  ///< parameter path in the stack -> where it is from
};

/// One axis of a sweep: a parameter path and its values as written.
using sweep_axis = std::pair<std::string, std::vector<std::string>>;

struct load_request {
  std::string file;
  std::vector<std::string> settings;  ///< "a.b=value" of --set, in order; the last one wins
};

/// Reads a platform; nothing when there is an error. Warnings may come with a platform.
std::optional<memory_platform> load_memory_platform(const load_request& request,
                                                    diagnostics& found);

/// The axes of a file's `sweep:` section, in the file's order; empty when there is none.
std::vector<sweep_axis> load_sweep(const load_request& request, diagnostics& found);

/// The whole resolved platform as YAML that load_memory_platform() reads to the same values.
/// The same platform gives the same bytes.
std::string to_yaml(const memory_platform& platform);

/// One declared parameter, for `describe` and reference pages.
struct parameter_info {
  std::string path;  ///< dram_stack.timings.tRCDRD
  std::string type;  ///< "time", "integer", "one of open, closed, adaptive", ...
  std::string unit;
  std::string range;     ///< "1 to 16"; empty: any
  std::string standard;  ///< default as text; "required" where there is none
  std::string meaning;   ///< one sentence
};
std::vector<parameter_info> declared_parameters();

/// JSON Schema (2020-12) of a memory platform file, for editors.
std::string json_schema();

}  // namespace lamina::config
