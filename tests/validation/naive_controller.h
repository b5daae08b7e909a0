// SPDX-License-Identifier: Apache-2.0
// A controller that ticks through every cycle: slow, and easy to hold against the published rules.
#pragma once

#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/validation/dram_reference.h"

namespace lamina::validation {

/// Serves a stimulus on one channel by the rules that reproduce DRAMSys and Ramulator 2 (open page,
/// one queue that never fills, refresh of all banks of a pseudo channel):
/// - a request may cause commands from the cycle after its arrival;
/// - one row and one column command a cycle, each the oldest legal one, over all pseudo channels;
/// - the oldest request of a bank decides its row; until the bank could be closed for it, younger
///   hits of the open row are served, in order of arrival within the bank;
/// - FCFS: column commands in order of arrival, rows as above;
/// - refresh of pseudo channel p of P is due at p * tREFI / P + k * tREFI; from then its unit takes
///   nothing but PREAB and REFAB, which have first claim on the row bus.
/// It keeps the whole history and shares nothing with the simulator but the table of distances.
std::vector<dram_command_record> run_naive_controller(
    const dram_stack_spec& spec, const std::vector<dram_stimulus_request>& stimulus);

}  // namespace lamina::validation
