// SPDX-License-Identifier: Apache-2.0
// What a language model is asked in one step: sequences, each with its context and new tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/models/language_model.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

/// Sequences that are alike.
struct sequence_group {
  std::int64_t count = 1;
  std::int64_t context = 0;     ///< tokens that are in the cache before the step
  std::int64_t new_tokens = 1;  ///< of each sequence, 1 is decode
  bool wants_token = true;      ///< false for a chunk of a prompt that goes on: no head
  std::int64_t tokens() const { return count * new_tokens; }
  std::int64_t context_after() const { return context + new_tokens; }
};

/// One step of the model. Groups of both kinds make a mixed step.
struct llm_phase {
  std::vector<sequence_group> groups;

  std::int64_t sequences() const;
  std::int64_t tokens() const;   ///< that go through the layers
  std::int64_t sampled() const;  ///< that go through the head
  std::int64_t longest() const;  ///< context after the step
};

/// Whole prompts of `tokens` each.
llm_phase prefill(std::int64_t batch, std::int64_t tokens);
/// One token of each sequence, behind `context` others.
llm_phase decode(std::int64_t batch, std::int64_t context);
/// The `index`th chunk (from 0) of prompts of `tokens`, `chunk` tokens at a time.
llm_phase chunk_of_prefill(std::int64_t batch, std::int64_t tokens, std::int64_t chunk,
                           std::int64_t index);
/// Both in one step.
llm_phase mixed(const llm_phase& a, const llm_phase& b);

/// All that is wrong with a step; empty when nothing is.
std::vector<spec_problem> check(const llm_phase& phase);
/// What works but may surprise: a context beyond what the model was made for.
std::vector<spec_problem> warnings(const llm_phase& phase, const language_model& model);

/// Query-key pairs of one sequence of a group under causal attention. Query j sees context + j + 1
/// keys, at most `window` of them (0: no window).
double attended_pairs(const sequence_group& group, std::int64_t window);
/// Different keys that the queries of one sequence see together.
double attended_rows(const sequence_group& group, std::int64_t window);

}  // namespace lamina
