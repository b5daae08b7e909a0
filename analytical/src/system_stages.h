// SPDX-License-Identifier: Apache-2.0
// How long the stages of a pipeline take, and what a step's time consists of.
#pragma once

#include "lamina/analytical/system.h"

namespace lamina::analytical {

/// Times that the slowest stage's time passes in a step.
int rounds_of(const llm_phase& phase, const mapping_spec& mapping);

/// Fills the times of a step whose parts and `host_seconds` are known.
void add_times(const llm_system_step& step, const llm_phase& phase, const mapping_spec& mapping,
               system_step_result& out);

}  // namespace lamina::analytical
