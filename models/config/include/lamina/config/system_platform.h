// SPDX-License-Identifier: Apache-2.0
// A system platform (many chips, their network, a mapping and a workload) from YAML, and back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/chip.h"
#include "lamina/config/diagnostics.h"
#include "lamina/config/llm_workload.h"
#include "lamina/config/memory_platform.h"
#include "lamina/models/mapping_spec.h"
#include "lamina/models/system.h"

namespace lamina::config {

/// A mapping that is given, or the best of all.
struct mapping_choice {
  bool best = false;
  mapping_spec given;
};

struct system_platform {
  std::string name;
  chip_spec chip;
  std::optional<dram_stack_spec> dram_stack;  ///< stacked chips, with `noc`
  std::optional<interconnect_spec> noc;
  std::uint32_t piece_bytes = 1024;
  interconnect_spec network;
  serving_stack_spec software;
  overlap_kind overlap = overlap_kind::none;
  mapping_choice mapping;
  llm_workload workload;
  std::map<std::string, std::string> sources;  ///< parameter path -> where its number is from
  std::vector<diagnostic> warnings;

  bool stacked() const { return dram_stack.has_value(); }
  system_spec system() const;
};

mapping declare(serving_stack_spec& software);
mapping declare(mapping_spec& spec);
mapping declare(system_platform& platform);

/// Whether a file describes a system: it has `platform: system`.
bool is_system_platform(const load_request& request);

/// Reads and checks a platform; nothing when anything is wrong, which `found` then tells.
std::optional<system_platform> load_system_platform(const load_request& request,
                                                    diagnostics& found);

/// What a mapping pads of a workload's model, and of the batch of its steps.
std::vector<spec_problem> warnings(const mapping_spec& mapping, const llm_workload& workload);

/// "tp=8,ep=2" or "best" as a setting of `mapping`. Sizes that are not named are 1.
parsed<std::string> mapping_setting(std::string_view text);

std::string to_yaml(const system_platform& platform);
/// JSON Schema (2020-12) of a system platform file, for editors.
std::string system_json_schema();

/// The shipped systems (configs/platforms/system_*.yaml), which every build carries, by what
/// follows `system_`: 8xb200, ...
std::vector<std::string> known_systems();
/// Nothing for a name that is not known; case does not matter.
std::optional<system_platform> known_system(const std::string& name);

}  // namespace lamina::config
