// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "lamina/models/expert_routing.h"

namespace lamina {
namespace {

struct enumerated {
  double active = 0;
  busiest_rank busiest;
};

/// Every way in which `tokens` can choose 2 of `experts`, each as likely.
enumerated by_enumeration(int experts, int tokens, int ranks) {
  std::vector<std::pair<int, int>> choices;
  for (int a = 0; a < experts; ++a) {
    for (int b = a + 1; b < experts; ++b) choices.emplace_back(a, b);
  }
  std::vector<std::size_t> chosen(static_cast<std::size_t>(tokens), 0);
  enumerated sum;
  double ways = 0;
  for (bool more = true; more; ++ways) {
    std::vector<int> visits(static_cast<std::size_t>(experts), 0);
    for (const std::size_t c : chosen) {
      ++visits[static_cast<std::size_t>(choices[c].first)];
      ++visits[static_cast<std::size_t>(choices[c].second)];
    }
    std::vector<int> active(static_cast<std::size_t>(ranks), 0);
    std::vector<int> load(static_cast<std::size_t>(ranks), 0);
    for (std::size_t e = 0; e < visits.size(); ++e) {
      active[e % active.size()] += visits[e] > 0;
      load[e % load.size()] += visits[e];
    }
    sum.active += std::accumulate(active.begin(), active.end(), 0);
    sum.busiest.active_experts += *std::max_element(active.begin(), active.end());
    sum.busiest.visits += *std::max_element(load.begin(), load.end());
    more = false;
    for (std::size_t& c : chosen) {
      c = (c + 1) % choices.size();
      if (c != 0) {
        more = true;
        break;
      }
    }
  }
  return {sum.active / ways, {sum.busiest.active_experts / ways, sum.busiest.visits / ways}};
}

TEST(expert_routing, active_experts_are_those_of_all_cases) {
  for (const int tokens : {1, 2, 3, 4}) {
    for (const int ranks : {1, 2, 3, 6}) {
      const enumerated all = by_enumeration(6, tokens, ranks);
      const expert_routing routing = {6, 2, 0};
      EXPECT_NEAR(expected_active_experts(routing, tokens), all.active, 1e-9);
      const busiest_rank busiest = expected_busiest_rank(routing, tokens, ranks);
      EXPECT_NEAR(busiest.active_experts, all.busiest.active_experts, 1e-9)
          << tokens << " tokens, " << ranks << " ranks";
      EXPECT_NEAR(busiest.visits, all.busiest.visits, 0.12 * all.busiest.visits)
          << tokens << " tokens, " << ranks << " ranks";
    }
  }
}

TEST(expert_routing, one_token_visits_its_experts_and_many_visit_all) {
  const expert_routing routing = {256, 8, 0};
  EXPECT_NEAR(expected_active_experts(routing, 1), 8, 1e-9);
  EXPECT_NEAR(expected_active_experts(routing, 100'000), 256, 1e-9);
  EXPECT_NEAR(expected_active_experts({4, 4, 0}, 1), 4, 1e-12);
}

TEST(expert_routing, shares_fall_with_rank_and_sum_to_the_visits_of_a_token) {
  for (const double skew : {0.0, 0.5, 1.0, 2.0, 10.0}) {
    const std::vector<double> p = visit_probabilities({128, 8, skew});
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 8, 1e-9) << skew;
    EXPECT_TRUE(std::is_sorted(p.rbegin(), p.rend())) << skew;
    EXPECT_LE(p.front(), 1.0);
    EXPECT_GT(p.back(), 0.0);
  }
  const std::vector<double> p = visit_probabilities({128, 1, 1});
  EXPECT_NEAR(p[0] / p[9], 10, 1e-9);
}

TEST(expert_routing, skew_leaves_more_experts_without_work) {
  double last = 1e9;
  for (const double skew : {0.0, 0.3, 0.6, 1.0, 2.0}) {
    const double active = expected_active_experts({256, 8, skew}, 64);
    EXPECT_LT(active, last);
    last = active;
  }
}

TEST(expert_routing, tiles_of_experts_are_rounded_up_one_by_one) {
  const expert_routing routing = {64, 6, 0.5};
  EXPECT_NEAR(expected_row_tiles(routing, 100, 1), 600, 1e-9);
  EXPECT_NEAR(expected_row_tiles(routing, 100, 100), expected_active_experts(routing, 100), 1e-9);
  EXPECT_NEAR(expected_row_tiles({4, 4, 0}, 33, 16), 4 * 3, 1e-12);
  EXPECT_NEAR(expected_row_tiles({64, 6, 0}, 1'000'000, 128), 64 * (93750.0 / 128 + 0.5), 5);
  double drawn = 0;
  constexpr int draws = 500;
  for (int seed = 0; seed < draws; ++seed) {
    for (const std::int64_t n :
         draw_expert_tokens(routing, 100, static_cast<std::uint64_t>(seed))) {
      drawn += static_cast<double>((n + 7) / 8);
    }
  }
  EXPECT_NEAR(drawn / draws, expected_row_tiles(routing, 100, 8), 0.3);
}

TEST(expert_routing, drawn_steps_agree_with_the_expectations) {
  constexpr int draws = 400;
  for (const double skew : {0.0, 0.8}) {
    for (const std::int64_t tokens : {1, 4, 32, 300}) {
      const expert_routing routing = {64, 6, skew};
      constexpr std::size_t ranks = 8;
      double active = 0;
      busiest_rank busiest;
      for (int seed = 0; seed < draws; ++seed) {
        const auto drawn = draw_expert_tokens(routing, tokens, static_cast<std::uint64_t>(seed));
        ASSERT_EQ(std::accumulate(drawn.begin(), drawn.end(), std::int64_t{0}), tokens * 6);
        ASSERT_LE(*std::max_element(drawn.begin(), drawn.end()), tokens);
        std::vector<std::int64_t> running(ranks, 0);
        std::vector<std::int64_t> load(ranks, 0);
        for (std::size_t e = 0; e < drawn.size(); ++e) {
          running[e % ranks] += drawn[e] > 0;
          load[e % ranks] += drawn[e];
        }
        active +=
            static_cast<double>(std::accumulate(running.begin(), running.end(), std::int64_t{0}));
        busiest.active_experts +=
            static_cast<double>(*std::max_element(running.begin(), running.end()));
        busiest.visits += static_cast<double>(*std::max_element(load.begin(), load.end()));
      }
      const busiest_rank expected = expected_busiest_rank(routing, tokens, ranks);
      const double t = static_cast<double>(tokens);
      EXPECT_NEAR(active / draws, expected_active_experts(routing, t), 0.3)
          << skew << ' ' << tokens;
      EXPECT_NEAR(busiest.active_experts / draws, expected.active_experts,
                  0.06 * expected.active_experts)
          << skew << ' ' << tokens;
      EXPECT_NEAR(busiest.visits / draws, expected.visits, 0.06 * expected.visits)
          << skew << ' ' << tokens;
    }
  }
}

}  // namespace
}  // namespace lamina
