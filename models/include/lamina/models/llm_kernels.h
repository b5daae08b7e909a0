// SPDX-License-Identifier: Apache-2.0
// From the operators of a language-model step to the kernels that a chip runs.
#pragma once

#include <string_view>
#include <vector>

#include "lamina/models/chip.h"
#include "lamina/models/llm_operators.h"
#include "lamina/models/tile_schedule.h"

namespace lamina {

/// A kernel of a step: an operator, with the element-wise ones that join it.
struct step_kernel {
  std::string_view name;       ///< of the operator whose kernel it is
  std::vector<int> operators;  ///< indexes into llm_step::operators, that one first
  int layers = 1;              ///< times that it runs
  kernel_work work;
  /// Of one run, as the operators count them (joined intermediates left out).
  double matrix_flops = 0;
  double vector_ops = 0;
  double special_ops = 0;
  operator_bytes bytes;
};

/// The kernels of one step in the order of its operators. With `fusion.elementwise`, rotations,
/// cache writes, activations, residuals and conversions join the product, norm or element-wise
/// kernel before them: what passes between the two stays in the tile, and their operations become
/// part of its epilogue. Sequences that decode share one attention kernel, whatever their contexts.
///
/// Sizes of kernels are whole. Where an operator's are expectations (rows of an expert, experts
/// that run) they are rounded, and bits of an element are such that all bytes are the operator's;
/// its FLOPs are kept as they are.
std::vector<step_kernel> kernels_of(const llm_step& step, const fusion_spec& fusion);
/// The same where operators of these names never join another.
std::vector<step_kernel> kernels_of(const llm_step& step, const fusion_spec& fusion,
                                    const std::vector<std::string_view>& alone);

}  // namespace lamina
