// SPDX-License-Identifier: Apache-2.0
#include "spelling.h"

#include <algorithm>

#include "lamina/config/diagnostics.h"

namespace lamina::app {

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    if (word.size() >= 2 && candidate.compare(0, word.size(), word) == 0) return candidate;
  }
  for (const std::string& candidate : candidates) {
    const bool swapped = word.size() == candidate.size() &&
                         std::is_permutation(word.begin(), word.end(), candidate.begin());
    if (swapped) return candidate;
  }
  return config::nearest(word, candidates);
}

}  // namespace lamina::app
