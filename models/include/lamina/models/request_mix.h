// SPDX-License-Identifier: Apache-2.0
// Requests of several lengths that a system serves without end, and the steps that they make.
#pragma once

#include <cstdint>
#include <vector>

#include "lamina/models/llm_phase.h"

namespace lamina {

/// Requests that are alike.
struct request_class {
  std::int64_t prompt = 1024;  ///< tokens
  std::int64_t output = 1024;  ///< tokens
  double share = 1;            ///< of all requests, in parts of the sum of shares
};

/// A mix in steady state: for each request that ends, another one begins.
struct request_mix {
  std::vector<request_class> classes;
  std::int64_t chunk = 0;  ///< tokens of a prompt in one step, at most; 0: the whole prompt

  double share_of(std::size_t index) const;  ///< of all requests
  double mean_output() const;
  std::int64_t chunks_of(std::size_t index) const;  ///< steps of a class's prompt
  double mean_chunks() const;
  /// `batch` sequences that decode: of each class as many as stay that long, rounded to whole ones,
  /// with the context that they have in the mean.
  llm_phase decoding(std::int64_t batch) const;
  /// `count` chunks of a class's prompts, with the context that they have in the mean.
  llm_phase prompting(std::size_t index, std::int64_t count) const;
};

}  // namespace lamina
