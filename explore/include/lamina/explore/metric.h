// SPDX-License-Identifier: Apache-2.0
// What a point of a space is judged by.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamina::explore {

enum class metric : std::uint8_t {
  tokens_per_s,       ///< of the system, through the layers; of requests those that come out
  tokens_per_s_user,  ///< one over the time of a token
  time_per_token,     ///< s: of the workload's steps together (decode: of one token)
  die_area,           ///< mm2 of the logic die
  memory_used,        ///< fraction of the fullest chip's memory
  /// s: of requests the mean from a prompt's first chunk on; of prompts, alone or mixed, the
  /// workload's time; of decoding the time of one prompt of `context` tokens in every replica and
  /// micro-batch.
  time_to_first_token,
  tokens_per_joule  ///< of all chips and the links between them
};
inline constexpr std::size_t metric_count = 7;

std::string_view name_of(metric which);
/// "/s", "s", "mm2" or nothing.
std::string_view unit_of(metric which);
/// Whether more of it is better.
bool more_is_better(metric which);
const std::vector<metric>& all_metrics();

/// By metric; NaN where it has no value.
using metric_values = std::array<double, metric_count>;
inline double value_of(const metric_values& values, metric which) {
  return values[static_cast<std::size_t>(which)];
}

}  // namespace lamina::explore
