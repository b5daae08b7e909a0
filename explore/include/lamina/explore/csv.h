// SPDX-License-Identifier: Apache-2.0
// Results as a table for other programs.
#pragma once

#include <string>
#include <vector>

#include "lamina/explore/evaluate.h"

namespace lamina::explore {

/// A line for each point in the order of `results`, with a header; SI units, die area in mm2. The
/// same results give the same bytes.
std::string to_csv(const space& of, const std::vector<point_result>& results);

}  // namespace lamina::explore
