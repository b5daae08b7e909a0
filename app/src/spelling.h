// SPDX-License-Identifier: Apache-2.0
// What a misspelt word on the command line probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lamina::app {

/// The candidate that `word` abbreviates, has the letters of, or is nearest to; empty when none is
/// near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace lamina::app
