// SPDX-License-Identifier: Apache-2.0
// The parameters of a chip, declared, and chips from YAML.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/config/mapping.h"
#include "lamina/config/memory_platform.h"
#include "lamina/models/chip.h"

namespace lamina::config {

mapping declare(matrix_rate& rate);
mapping declare(compute_tile_spec& tile);
mapping declare(chip_spec& chip);
/// Without `memory`, which is stacked on it.
mapping declare_logic_die(chip_spec& chip);

/// Reads and checks a chip; nothing when anything is wrong, which `found` then tells.
std::optional<chip_spec> load_chip(const load_request& request, diagnostics& found);
/// The same of a chip that states no memory, because it lies under a stack.
std::optional<chip_spec> load_logic_die(const load_request& request, diagnostics& found);

/// The shipped chips (configs/parts/chips), which every build carries, by name: A100, H100, ...
std::vector<std::string> known_chips();
/// Nothing for a name that is not known; case does not matter.
std::optional<chip_spec> known_chip(const std::string& name);

}  // namespace lamina::config
