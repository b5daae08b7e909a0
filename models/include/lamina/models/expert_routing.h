// SPDX-License-Identifier: Apache-2.0
// How tokens spread over experts and experts over ranks: expectations derived from the routing.
#pragma once

#include <cstdint>
#include <vector>

namespace lamina {

/// Each token visits `per_token` different experts, independently of other tokens. The share of
/// tokens that visit the i-th most popular expert falls with i^-skew (Zipf), and is at most one.
/// 0 is uniform. A router that first picks groups of experts gives the same shares, so what is said
/// of one expert holds for it too; only the busiest rank moves.
struct expert_routing {
  int experts = 1;
  int per_token = 1;
  double skew = 0;
};

/// Probability that a token visits each expert, most popular first; the sum is per_token.
std::vector<double> visit_probabilities(const expert_routing& routing);

/// Experts that get at least one of `tokens`: the sum of 1 - (1 - p)^tokens.
double expected_active_experts(const expert_routing& routing, double tokens);

/// Tiles of `rows` tokens that the experts' products take: the sum of the expected number of tokens
/// of each over `rows`, rounded up. Tokens of an expert are binomial.
double expected_row_tiles(const expert_routing& routing, std::int64_t tokens, std::int64_t rows);

/// What the rank with the most work has, when experts are dealt out to ranks in turn, most popular
/// first (as load balancers do), and the step waits for it.
struct busiest_rank {
  double active_experts = 0;  ///< expectation of the most that any rank has
  double visits = 0;          ///< expectation of the most (token, expert) pairs of any rank
};
/// Active experts are exact for uniform routing (of one group): the number of different experts is
/// a Markov chain over tokens, and every set of that size is equally likely. Skewed routing takes
/// experts as independent. Visits of one token are exact; those of more are normal with the
/// variance of a draw without replacement, of which the maximum over ranks is taken with their
/// negative correlation. Takes up to a few milliseconds: keep the answer.
busiest_rank expected_busiest_rank(const expert_routing& routing, std::int64_t tokens, int ranks);

/// Tokens of each expert in one drawn step, the same for the same seed: what a simulation runs.
/// Draws follow visit_probabilities() exactly (systematic sampling in random order).
std::vector<std::int64_t> draw_expert_tokens(const expert_routing& routing, std::int64_t tokens,
                                             std::uint64_t seed);

}  // namespace lamina
