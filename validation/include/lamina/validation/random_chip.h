// SPDX-License-Identifier: Apache-2.0
// Draws a stacked chip and one layer of a language model on it, over the whole range of each axis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/language_model.h"
#include "lamina/models/llm_kernels.h"
#include "lamina/models/llm_phase.h"
#include "lamina/models/stacked_chip.h"

namespace lamina::validation {

struct random_chip_case {
  std::string family;  ///< of the stack
  stacked_chip_spec spec;
  language_model model;    ///< one layer of a shipped model, or of one scaled down
  std::string model_name;  ///< such as "Qwen3-32B / 4"
  llm_phase phase;
  bool decodes = true;
  int redraws = 0;  ///< drawings before this one that could not exist

  /// The layer's kernels, without embedding and head.
  std::vector<step_kernel> kernels() const;
};

/// Case `index` of `seed`; the same on every machine. Families take turns; of all cases, half
/// decode. Uniform in the logarithm: counts, sizes, rates, batch and context. A layer whose
/// weights and cache do not fit the stack is drawn again. The stack's controller and address map
/// are what a chip would have (rows at the top, banks hashed with row bits in half the cases): the
/// component dram_stack draws the others.
random_chip_case draw_chip_case(std::uint64_t seed, int index);

}  // namespace lamina::validation
