// SPDX-License-Identifier: Apache-2.0
// Turns the rows of measured kernels into work for a chip and the expected times.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lamina/analytical/fused_kernel.h"
#include "lamina/models/tile_schedule.h"

namespace lamina::validation {

/// One kernel that somebody has measured.
struct kernel_reference_row {
  std::string name;
  std::string group;  ///< chip/kind
  double x = 0;       ///< row, counted from 1
  std::string chip;
  std::string kind;
  int devices = 1;
  double time_ms = 0;
  std::optional<kernel_work> work;              ///< of one chip
  std::optional<analytical::fused_work> fused;  ///< of several that communicate meanwhile
};

/// Columns chip, devices, kind and measured_ms, and those that each kind needs: m, n, k; m, n;
/// batch, heads, seqlen, head_dim; topk; out_features, communication_sms, sequence_parallel. Kinds
/// that are not known have no work. Elements are 16 bit wide. Throws reference_error.
std::vector<kernel_reference_row> read_kernels(const std::string& path);

}  // namespace lamina::validation
