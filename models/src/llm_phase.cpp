// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/llm_phase.h"

#include <algorithm>

namespace lamina {

std::int64_t llm_phase::sequences() const {
  std::int64_t sum = 0;
  for (const sequence_group& group : groups) sum += group.count;
  return sum;
}

std::int64_t llm_phase::tokens() const {
  std::int64_t sum = 0;
  for (const sequence_group& group : groups) sum += group.tokens();
  return sum;
}

std::int64_t llm_phase::sampled() const {
  std::int64_t sum = 0;
  for (const sequence_group& group : groups) sum += group.wants_token ? group.count : 0;
  return sum;
}

std::int64_t llm_phase::longest() const {
  std::int64_t most = 0;
  for (const sequence_group& group : groups) most = std::max(most, group.context_after());
  return most;
}

llm_phase prefill(std::int64_t batch, std::int64_t tokens) { return {{{batch, 0, tokens, true}}}; }

llm_phase decode(std::int64_t batch, std::int64_t context) { return {{{batch, context, 1, true}}}; }

llm_phase chunk_of_prefill(std::int64_t batch, std::int64_t tokens, std::int64_t chunk,
                           std::int64_t index) {
  const std::int64_t begin = std::min(tokens, chunk * index);
  const std::int64_t end = std::min(tokens, begin + chunk);
  return {{{batch, begin, end - begin, end == tokens}}};
}

llm_phase mixed(const llm_phase& a, const llm_phase& b) {
  llm_phase both = a;
  both.groups.insert(both.groups.end(), b.groups.begin(), b.groups.end());
  return both;
}

std::vector<spec_problem> check(const llm_phase& phase) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  constexpr double most_tokens = 1e12;
  std::vector<spec_problem> found;
  const auto within = [&](std::size_t i, const char* name, std::int64_t value, std::int64_t least) {
    if (value >= least && value <= most) return;
    found.push_back({"groups." + std::to_string(i) + "." + name,
                     std::to_string(value) + " is out of range; expected " + std::to_string(least) +
                         " to " + std::to_string(most),
                     ""});
  };
  double tokens = 0;
  for (std::size_t i = 0; i < phase.groups.size(); ++i) {
    const sequence_group& group = phase.groups[i];
    within(i, "count", group.count, 1);
    within(i, "context", group.context, 0);
    within(i, "new_tokens", group.new_tokens, 1);
    tokens += static_cast<double>(group.count) *
              (static_cast<double>(group.context) + static_cast<double>(group.new_tokens));
  }
  if (phase.groups.empty()) {
    found.push_back({"groups", "the step has no sequences", "expected a batch of at least 1"});
  }
  if (found.empty() && tokens > most_tokens) {
    found.push_back({"groups", "the step has more than 1e12 tokens of context in all", ""});
  }
  return found;
}

std::vector<spec_problem> warnings(const llm_phase& phase, const language_model& model) {
  const std::int64_t longest = phase.longest();
  if (model.context_limit <= 0 || longest <= model.context_limit) return {};
  return {{"groups",
           "a context of " + std::to_string(longest) + " tokens is beyond the " +
               std::to_string(model.context_limit) + " that " +
               (model.name.empty() ? "the model" : model.name) + " was made for",
           "the answer is for a model that takes them"}};
}

double attended_pairs(const sequence_group& group, std::int64_t window) {
  const auto context = static_cast<double>(group.context);
  const auto fresh = static_cast<double>(group.new_tokens);
  const double all = fresh * context + fresh * (fresh + 1) / 2;
  if (window <= 0) return all;
  // Query j sees context + j + 1 keys; those beyond the window are not seen.
  const auto seen = static_cast<double>(window);
  const double beyond = std::max(0.0, context + fresh - seen);  // of the last query
  const double cut = std::min(fresh, beyond);                   // queries that lose some
  return all - cut * (beyond + (beyond - cut + 1)) / 2;
}

double attended_rows(const sequence_group& group, std::int64_t window) {
  const auto after = static_cast<double>(group.context_after());
  if (window <= 0) return after;
  return std::min(after, static_cast<double>(window) + static_cast<double>(group.new_tokens) - 1);
}

}  // namespace lamina
