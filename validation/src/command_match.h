// SPDX-License-Identifier: Apache-2.0
// Holds the commands of a simulation against a list of commands, one by one.
#pragma once

#include <string>
#include <vector>

#include "child_runs.h"
#include "lamina/validation/dram_reference.h"
#include "lamina/validation/validation_case.h"

namespace lamina::validation {

/// Error of a command without a partner.
inline constexpr double no_partner = 1e9;

struct command_reference {
  std::string group;
  std::string file;
  const dram_stack_spec& spec;
  const std::vector<dram_stimulus_request>& stimulus;
};

/// One case for each command of the reference file and for each command of the simulation that has
/// no partner there. Partners are found in order among equal (command, pc, stack, bg, bank, row). A
/// reference ends with its last column command, so later commands of the simulation do not count.
/// As in the files, PREPB carries the row that is wanted next, and PREAB and REFAB carry zeros.
void add_command_cases(const command_reference& reference, const recorded_answer& run,
                       std::vector<validation_case>& cases);

}  // namespace lamina::validation
