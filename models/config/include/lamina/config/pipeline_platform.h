// SPDX-License-Identifier: Apache-2.0
// A memory pipeline platform (buffer, network, stack, and their workload) from YAML, and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"
#include "lamina/config/network_platform.h"
#include "lamina/models/memory_pipeline.h"

namespace lamina::config {

mapping declare(buffer_spec& buffer);

/// What requesters see of a stack behind a buffer, a network, or both.
struct pipeline_platform {
  std::string name;
  bool has_buffer = false;
  buffer_spec buffer;
  bool has_network = false;
  interconnect_spec interconnect;
  std::vector<rank_range> requesters{{0, 0, 1}};  ///< endpoint of each stream; begins again
  std::vector<rank_range> memories{{1, 1, 1}};    ///< endpoints of the stack
  std::uint64_t interleave_bytes = 4096;
  int request_bytes = 16;
  dram_stack_spec dram_stack;
  memory_workload workload;

  memory_pipeline_spec pipeline() const;
};

/// Sections that the platform has not are not declared.
mapping declare(pipeline_platform& platform);

/// Whether a file describes a pipeline: it has `dram_stack` at its top, and `buffer` or `network`.
bool is_pipeline_platform(const load_request& request);

/// Reads and checks a platform; nothing when anything is wrong, which `found` then tells.
std::optional<pipeline_platform> load_pipeline_platform(const load_request& request,
                                                        diagnostics& found);

/// The whole resolved platform as YAML that load_pipeline_platform() reads to the same values.
std::string to_yaml(const pipeline_platform& platform);

/// JSON Schema (2020-12) of a pipeline platform file, for editors.
std::string pipeline_json_schema();

}  // namespace lamina::config
