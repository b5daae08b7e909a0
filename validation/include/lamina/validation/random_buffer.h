// SPDX-License-Identifier: Apache-2.0
// Draws a buffer and the blocks to move, each axis independently over its whole range.
#pragma once

#include <cstdint>
#include <string>

#include "lamina/models/buffer.h"

namespace lamina::validation {

struct random_buffer_case {
  std::string group;  ///< pattern, and whether a rate is offered
  buffer_spec spec;
  buffer_workload workload;
  int redraws = 0;  ///< drawings before this one that could not exist
};

/// Case `index` of `seed`. Uniform in the logarithm: banks 1 to 64 (half of the cases powers of
/// two), ports 1 to 16, word 4 to 128 B, latencies 1 to 40 clocks, depth 1 to 8, words in flight 1
/// to 1024, blocks 4 B to 64 KiB (half powers of two), requesters 1 to 32, blocks in flight 1 to
/// 1024, interleave one word (half of the cases) to 8, stride up to four bank periods (half powers
/// of two), offered rate 5 % to 200 % of the ports' peak (half of the cases). Uniform: the read
/// fraction. As many blocks as make about 30 000 words, and 1 to 20 000.
random_buffer_case draw_buffer_case(std::uint64_t seed, int index);

}  // namespace lamina::validation
