// SPDX-License-Identifier: Apache-2.0
// Runs one DRAM stack with traffic generators in SystemC, once in the life of a process.
#pragma once

#include <functional>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"
#include "lamina/models/units.h"

namespace lamina::sysc {

struct simulation_options {
  /// Called for each command when it is issued; in order of cycles within a command bus.
  std::function<void(const dram_command_record&)> on_command;
  /// Wall-clock seconds after which the simulation stops and reports what it has; 0: no limit.
  double time_limit_s = 0;
  /// How far a single controller that serves a single stream may run ahead of the kernel; 0: not
  /// at all. Changes the time that the simulation takes and no answer.
  femtoseconds run_ahead = from_nanoseconds(1000);
};

/// Elaborates the stack and one traffic generator a stream, and runs until all streams are done.
/// The SystemC kernel is global state, so this may be called once in a process: evaluate several
/// cases in child processes. Request ids count the requests of all streams in order of issue; a
/// trace stream alone therefore has the trace's own order. Throws std::invalid_argument for a
/// specification that does not hold together.
memory_result simulate(const dram_stack_spec& spec, const memory_workload& workload,
                       const simulation_options& options = {});

}  // namespace lamina::sysc
