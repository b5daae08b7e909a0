// SPDX-License-Identifier: Apache-2.0
// Which chips communicate with each other, and what that depends on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lamina/models/llm_system_step.h"

namespace lamina::analytical {

/// All groups of a communication.
std::vector<std::vector<int>> groups_of(const llm_communication& what, const mapping_spec& mapping);

/// Equal only where groups_of() is equal on the same number of chips.
using group_key = std::array<std::int64_t, 8 + mapping_axis_count>;
group_key key_of_groups(const llm_communication& what, const mapping_spec& mapping);

}  // namespace lamina::analytical
