// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/request_mix.h"

#include <algorithm>
#include <cmath>

namespace lamina {

double request_mix::share_of(std::size_t index) const {
  double all = 0;
  for (const request_class& each : classes) all += each.share;
  return classes[index].share / all;
}

double request_mix::mean_output() const {
  double mean = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    mean += share_of(i) * static_cast<double>(classes[i].output);
  }
  return mean;
}

std::int64_t request_mix::chunks_of(std::size_t index) const {
  return chunk > 0 ? (classes[index].prompt + chunk - 1) / chunk : 1;
}

double request_mix::mean_chunks() const {
  double mean = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    mean += share_of(i) * static_cast<double>(chunks_of(i));
  }
  return mean;
}

llm_phase request_mix::decoding(std::int64_t batch) const {
  llm_phase phase;
  const double output = mean_output();
  double due = 0;  // sequences of the classes so far
  std::int64_t dealt = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const request_class& each = classes[i];
    due += share_of(i) * static_cast<double>(each.output) / output * static_cast<double>(batch);
    const std::int64_t count =
        std::min(batch, static_cast<std::int64_t>(std::llround(due))) - dealt;
    if (count <= 0) continue;
    dealt += count;
    phase.groups.push_back({count, each.prompt + each.output / 2, 1, true});
  }
  return phase;
}

llm_phase request_mix::prompting(std::size_t index, std::int64_t count) const {
  const std::int64_t chunks = chunks_of(index);
  const std::int64_t tokens = (classes[index].prompt + chunks - 1) / chunks;
  return {{{count, tokens * (chunks - 1) / 2, tokens, chunks == 1}}};
}

}  // namespace lamina
