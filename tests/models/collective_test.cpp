// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/collective.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

namespace {

using lamina::collective_algorithm;
using lamina::collective_kind;
using lamina::collective_layout;
using lamina::collective_schedule;
using lamina::rank_message;

constexpr collective_algorithm algorithms[] = {collective_algorithm::ring,
                                               collective_algorithm::per_dimension,
                                               collective_algorithm::halving_doubling,
                                               collective_algorithm::rabenseifner,
                                               collective_algorithm::double_binary_tree,
                                               collective_algorithm::binomial_tree,
                                               collective_algorithm::direct,
                                               collective_algorithm::hierarchical};
constexpr collective_kind kinds[] = {collective_kind::all_reduce, collective_kind::reduce_scatter,
                                     collective_kind::all_gather, collective_kind::all_to_all,
                                     collective_kind::broadcast,  collective_kind::send_receive};

/// A way to cut ranks into dimensions and groups, where there is one.
collective_layout layout_of(int ranks) {
  collective_layout layout;
  const int group = ranks % 4 == 0 ? 4 : ranks % 3 == 0 ? 3 : 1;
  layout.group_size = group;
  layout.dimensions = {group, ranks / group};
  return layout;
}

struct traffic {
  std::vector<std::uint64_t> sent;
  std::vector<std::uint64_t> received;
};

traffic traffic_of(const collective_schedule& schedule) {
  traffic sums;
  sums.sent.assign(static_cast<std::size_t>(schedule.ranks), 0);
  sums.received = sums.sent;
  for (const lamina::collective_step& step : schedule.steps) {
    std::vector<rank_message> messages;
    messages_of(schedule, step, messages);
    for (const rank_message& m : messages) {
      sums.sent.at(static_cast<std::size_t>(m.from)) +=
          m.bytes * static_cast<std::uint64_t>(step.times);
      sums.received.at(static_cast<std::size_t>(m.to)) +=
          m.bytes * static_cast<std::uint64_t>(step.times);
    }
  }
  return sums;
}

/// What every rank must at least receive, whatever the algorithm.
std::uint64_t least_received(collective_kind kind, std::uint64_t bytes, int ranks, int rank) {
  const auto n = static_cast<std::uint64_t>(ranks);
  switch (kind) {
    case collective_kind::all_reduce:
      return 2 * bytes * (n - 1) / n / 2;  // at least (n - 1)/n of a buffer comes in reduced form
    case collective_kind::reduce_scatter:
      return bytes * (n - 1) / n / n;
    case collective_kind::all_gather:
    case collective_kind::all_to_all:
      return bytes * (n - 1);
    case collective_kind::broadcast:
      return rank == 0 ? 0 : bytes;
    case collective_kind::send_receive:
      return rank == 1 ? bytes : 0;
  }
  return 0;
}

TEST(collective, every_algorithm_moves_at_least_what_must_arrive) {
  for (int ranks = 1; ranks <= 40; ++ranks) {
    for (const collective_kind kind : kinds) {
      if (kind == collective_kind::send_receive && ranks < 2) continue;
      for (const collective_algorithm algorithm : algorithms) {
        if (!fits(kind, algorithm, ranks, layout_of(ranks))) continue;
        const std::uint64_t bytes = 100'000;
        const collective_schedule schedule =
            schedule_of(kind, algorithm, bytes, ranks, layout_of(ranks));
        const traffic sums = traffic_of(schedule);
        for (int rank = 0; rank < ranks && ranks > 1; ++rank) {
          EXPECT_GE(sums.received[static_cast<std::size_t>(rank)],
                    least_received(kind, bytes, ranks, rank))
              << name_of(kind) << " by " << name_of(algorithm) << ", rank " << rank << " of "
              << ranks;
        }
      }
    }
  }
}

TEST(collective, ring_all_reduce_sends_two_buffers_less_two_chunks) {
  const collective_schedule schedule = schedule_of(
      collective_kind::all_reduce, collective_algorithm::ring, 8000, 8, collective_layout{{8}, 1});
  EXPECT_EQ(traffic_of(schedule).sent[3], 2u * 7 * 1000);
}

TEST(collective, rabenseifner_halves_from_the_nearest_and_doubles_from_the_farthest) {
  const collective_schedule schedule =
      schedule_of(collective_kind::all_reduce, collective_algorithm::rabenseifner, 8000, 8,
                  collective_layout{{8}, 1});
  ASSERT_EQ(schedule.steps.size(), 6u);
  const int strides[] = {1, 2, 4, 4, 2, 1};
  const std::uint64_t bytes[] = {4000, 2000, 1000, 1000, 2000, 4000};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(schedule.steps[i].stride, strides[i]);
    EXPECT_EQ(schedule.steps[i].bytes, bytes[i]);
  }
}

/// Follows which ranks' shards each rank knows through an all-gather's messages, taking a message
/// to hold the shards that its bytes can hold: checks counts, not contents.
TEST(collective, doubling_ends_with_all_shards_off_powers_of_two) {
  for (int ranks = 2; ranks <= 33; ++ranks) {
    const collective_schedule schedule =
        schedule_of(collective_kind::all_gather, collective_algorithm::halving_doubling, 10, ranks,
                    collective_layout{{ranks}, 1});
    const traffic sums = traffic_of(schedule);
    for (int rank = 0; rank < ranks; ++rank) {
      EXPECT_GE(sums.received[static_cast<std::size_t>(rank)],
                10u * static_cast<unsigned>(ranks - 1));
    }
  }
}

TEST(collective, per_dimension_all_to_all_passes_messages_on_hop_by_hop) {
  const collective_schedule schedule =
      schedule_of(collective_kind::all_to_all, collective_algorithm::per_dimension, 64, 16,
                  collective_layout{{4, 4}, 1});
  ASSERT_EQ(schedule.steps.size(), 2u);
  EXPECT_EQ(schedule.steps[0].times, 6);
  EXPECT_EQ(schedule.steps[0].bytes, 64u * 4);
}

TEST(collective, steps_of_one_message_a_rank_have_no_rank_twice) {
  for (int ranks = 2; ranks <= 33; ++ranks) {
    const collective_schedule schedule =
        schedule_of(collective_kind::all_reduce, collective_algorithm::rabenseifner, 999, ranks,
                    collective_layout{{ranks}, 1});
    for (const lamina::collective_step& step : schedule.steps) {
      std::vector<rank_message> messages;
      messages_of(schedule, step, messages);
      std::set<int> senders, receivers;
      for (const rank_message& m : messages) {
        EXPECT_NE(m.from, m.to);
        EXPECT_TRUE(senders.insert(m.from).second);
        EXPECT_TRUE(receivers.insert(m.to).second);
      }
    }
  }
}

TEST(collective, what_does_not_fit_is_refused) {
  EXPECT_THROW(schedule_of(collective_kind::all_gather, collective_algorithm::rabenseifner, 1, 8,
                           collective_layout{{8}, 1}),
               std::invalid_argument);
  EXPECT_THROW(schedule_of(collective_kind::all_reduce, collective_algorithm::best, 1, 8,
                           collective_layout{{8}, 1}),
               std::invalid_argument);
}

TEST(collective, one_rank_or_no_bytes_need_no_steps) {
  EXPECT_TRUE(schedule_of(collective_kind::all_reduce, collective_algorithm::ring, 100, 1,
                          collective_layout{{1}, 1})
                  .steps.empty());
  EXPECT_TRUE(schedule_of(collective_kind::all_reduce, collective_algorithm::ring, 0, 8,
                          collective_layout{{8}, 1})
                  .steps.empty());
}

}  // namespace
