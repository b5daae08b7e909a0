// SPDX-License-Identifier: Apache-2.0
// One step of a language model on many chips: what a rank computes, and what ranks tell each other.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lamina/models/collective.h"
#include "lamina/models/llm_footprint.h"
#include "lamina/models/llm_operators.h"
#include "lamina/models/mapping_spec.h"

namespace lamina {

enum class communication_group : std::uint8_t {
  tensor,          ///< ranks that split heads and columns
  sequence,        ///< ranks that exchange heads for tokens
  context,         ///< ranks that keep parts of the keys
  experts,         ///< ranks among which experts are dealt out
  weights,         ///< ranks that share out equal weights
  expert_weights,  ///< ranks that share out equal experts
  stages           ///< a rank of one pipeline stage and its counterpart in the next
};
std::string_view name_of(communication_group group);

/// What a rank and its group do once in each of `layers` layers.
struct llm_communication {
  std::string_view name;  ///< such as "attention_reduce"
  collective_kind kind = collective_kind::all_reduce;
  communication_group group = communication_group::tensor;
  double bytes = 0;  ///< as `kind` counts them
  int after = 0;     ///< the operator whose results it carries
  int layers = 1;
  /// Weights of the next layer: they wait for no result.
  bool gathers_weights() const {
    return group == communication_group::weights || group == communication_group::expert_weights;
  }
};

/// One micro-batch of one replica.
struct llm_system_step {
  llm_phase phase;                                ///< its sequences
  llm_step work;                                  ///< of one rank, as if it had all layers
  std::vector<llm_communication> communications;  ///< by `after`
  std::vector<std::vector<int>> stages;           ///< layers of each layer group, by pipeline stage
};

/// The share of one replica and micro-batch: of each group of sequences a part, rounded up.
llm_phase share_of(const llm_phase& phase, const mapping_spec& mapping);

/// A mapping that check() accepts. Communication is that of tensor-parallel layers (all-reduce of
/// what attention and feed-forward add to the residual stream; gathered logits), of exchanged heads
/// (all-to-all before and after attention), of parts of the keys (a ring of them past a prompt's
/// queries; of decoding, queries to all parts and the sums of what they give), of experts on
/// ranks of several replicas (tokens to the ranks of their experts, results back, each token once
/// to a rank however many of its experts are there), of weights that are shared out (each rank's
/// part of the next layer's, after a layer's last operator), and of pipeline stages. The messages
/// of an all-to-all are those of the rank with the most visits when `options.experts` is busiest.
llm_system_step system_step_of(const language_model& model, const llm_phase& phase,
                               const mapping_spec& mapping, llm_step_options options = {});

/// Memory of the rank that needs most: of the fullest pipeline stage, with the cache of all its
/// replica's sequences.
llm_footprint footprint_of(const language_model& model, const llm_phase& phase,
                           const mapping_spec& mapping, llm_step_options options = {});

/// How the products of one operator add up over all ranks.
struct operator_share {
  std::string_view name;
  double whole = 0;         ///< FLOPs of the matrix unit, all layers, on one chip
  double over_ranks = 0;    ///< sum over all ranks, experts in the mean
  bool replicated = false;  ///< every tensor rank does all of it
  /// What more than `whole` is done when it is not replicated: padding of sizes that do not divide.
  double padding() const { return replicated ? 0 : over_ranks - whole; }
};
/// Of every operator with products. Element-wise work between them goes with the rows that a rank
/// has, and is not listed.
std::vector<operator_share> shares_of(const language_model& model, const llm_phase& phase,
                                      const mapping_spec& mapping);

}  // namespace lamina
