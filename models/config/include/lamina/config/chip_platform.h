// SPDX-License-Identifier: Apache-2.0
// A chip platform (one chip and a language-model workload) from YAML, and back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/chip.h"
#include "lamina/config/diagnostics.h"
#include "lamina/config/llm_workload.h"
#include "lamina/config/memory_platform.h"
#include "lamina/models/stacked_chip.h"

namespace lamina::config {

/// One chip. With a `dram_stack` (and then a `noc`) its memory is stacked on it and what its tiles
/// see is answered by both; without, `chip.memory` states a bandwidth, as for a GPU.
struct chip_platform {
  std::string name;
  chip_spec chip;
  std::optional<dram_stack_spec> dram_stack;
  std::optional<interconnect_spec> noc;
  std::uint32_t piece_bytes = 1024;  ///< of one slice of the shared buffer, and of one message
  llm_workload workload;
  std::map<std::string, std::string> sources;  ///< parameter path -> where its number is from
  std::vector<diagnostic> warnings;            ///< what works but may surprise, with its place

  bool stacked() const { return dram_stack.has_value(); }
  /// Must not be called without a stack and a network.
  stacked_chip_spec stacked_chip() const;
  double memory_bytes() const;  ///< capacity
};

mapping declare(chip_platform& platform);

/// Whether a file describes a chip platform: it has `platform: chip`, or no `platform` and `chip`
/// at its top.
bool is_chip_platform(const load_request& request);

/// Whether a file describes a chip alone, or a logic die: it has `tile` at its top.
bool is_chip_part(const load_request& request);

/// Reads and checks a platform; nothing when anything is wrong, which `found` then tells.
std::optional<chip_platform> load_chip_platform(const load_request& request, diagnostics& found);

/// The whole resolved platform as YAML that load_chip_platform() reads to the same values.
std::string to_yaml(const chip_platform& platform);

/// JSON Schema (2020-12) of a chip platform file, for editors.
std::string chip_json_schema();

}  // namespace lamina::config
