// SPDX-License-Identifier: Apache-2.0
// How evenly a workload's words meet the banks of a buffer.
#pragma once

#include "lamina/models/buffer.h"

namespace lamina::analytical {

/// Words of a block, on average over where it begins within a word.
double words_of_block(const buffer_spec& spec, const buffer_workload& workload);

/// Share of all words that the busiest bank serves: 1 / banks when they are met evenly.
double busiest_bank_share(const buffer_spec& spec, const buffer_workload& workload);

}  // namespace lamina::analytical
