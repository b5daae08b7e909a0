// SPDX-License-Identifier: Apache-2.0
// Turns the files of a command-level DRAM reference into a stack, its traffic and expected answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"

namespace lamina::validation {

/// A `params_*.json`: one channel with one queue for reads and writes, open pages, refresh of all
/// banks and one command bus. Optional keys and what their absence means: BL (two beats a clock),
/// tCCD_R (tCCD_S), tRRD_L, tCCD_L, tWTR_L (their _S), tRFCSB, tREFISB, tRREFD (0), DQSCK (0),
/// ACT_cmd_cycles (1), pseudo_channels and stack_ids (1), queue_entries (256). Unknown keys are
/// left alone. Throws reference_error.
dram_stack_spec read_dram_params(const std::string& path);
/// The same from text in memory; `path` is only named in errors.
dram_stack_spec parse_dram_params(const std::string& path, const std::string& text);

/// One line of a stimulus, in order of arrival.
struct dram_stimulus_request {
  std::int64_t id = 0;
  std::int64_t arrival = 0;  ///< clocks
  bool write = false;
  dram_address place;
};

/// A `stimuli/*.csv`, sorted by arrival. Throws reference_error, also for a place outside the
/// stack.
std::vector<dram_stimulus_request> read_stimulus(const std::string& path,
                                                 const dram_stack_spec& spec);

/// Parameter files need not say how many stack IDs there are: as many as the stimuli of `folder`
/// name, at least those of `spec`.
void reach_stack_ids(const std::string& folder, dram_stack_spec& spec);

/// The stimulus as one trace stream: one burst a request, as many in flight as there are.
memory_workload workload_of(const std::vector<dram_stimulus_request>& stimulus,
                            const dram_stack_spec& spec);

/// Commands by their names in reference files; throws reference_error naming `place`.
dram_command command_of(std::string_view name, const std::string& place);

/// The params file of a policy folder or pairwise file called `name`: params_NAME.json, else the
/// only params file in `folder`. Throws reference_error.
std::string params_file(const std::string& folder, const std::string& name);

/// Files of `folder` that end in `ending`, sorted; none when there is no such folder.
std::vector<std::string> files_in(const std::string& folder, std::string_view ending);
/// Folders in `folder`, sorted.
std::vector<std::string> folders_in(const std::string& folder);
/// The last part of a path, without `ending`.
std::string stem_of(const std::string& path, std::string_view ending);

}  // namespace lamina::validation
