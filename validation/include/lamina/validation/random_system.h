// SPDX-License-Identifier: Apache-2.0
// Draws systems of stacked chips with a network, a mapping and layers of a language model.
#pragma once

#include <cstdint>
#include <string>

#include "lamina/models/llm_phase.h"
#include "lamina/models/mapping_spec.h"
#include "lamina/models/system.h"

namespace lamina::validation {

struct random_system_case {
  std::string family;  ///< of the stacks
  system_spec spec;
  language_model model;  ///< a few layers of a shipped model, or of one scaled down
  std::string model_name;
  llm_phase phase;
  bool decodes = true;
  mapping_spec mapping;
  int redraws = 0;  ///< drawings before this one that could not exist
};

/// Case `index` of `seed`; the same on every machine. Chip, stack, model and phase are those of the
/// component chip, one sequence more for each replica; 2 to 64 chips on 1 to 3 levels; a mapping of
/// all that are legal. What does not fit a chip's memory is drawn again.
random_system_case draw_system_case(std::uint64_t seed, int index);

}  // namespace lamina::validation
