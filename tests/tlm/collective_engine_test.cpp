// SPDX-License-Identifier: Apache-2.0
// The rule of collective_step, rank by rank, with a network that the test plays itself.
#include "lamina/tlm/collective_engine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "packet_runs.h"

namespace lamina::sysc {
namespace {

struct sent_message {
  int from = 0;
  int to = 0;
  std::int64_t round = 0;
};

/// Keeps what the ranks send until the test delivers it.
struct played_network {
  std::vector<sent_message> sent;
  collective_engine engine;

  explicit played_network(const collective_schedule& schedule)
      : engine(schedule, [this](int from, int to, std::uint64_t, std::int64_t round) {
          sent.push_back({from, to, round});
        }) {
    engine.start(femtoseconds{0});
  }
  void arrive(const sent_message& message) {
    engine.arrived(message.to, message.round, femtoseconds{1});
  }
  void finish(const sent_message& message) { engine.sent(message.from, femtoseconds{1}); }
  int sent_by(int rank) const {
    int count = 0;
    for (const sent_message& message : sent) count += message.from == rank ? 1 : 0;
    return count;
  }
};

collective_schedule ring(int ranks, std::int64_t times) {
  collective_schedule schedule;
  schedule.ranks = ranks;
  collective_step step;
  step.how = collective_step::pattern::shift;
  step.length = ranks;
  step.bytes = 100;
  step.times = times;
  schedule.steps.push_back(step);
  return schedule;
}

TEST(collective_engine, goes_on_when_its_own_is_done_and_what_is_due_has_come) {
  played_network play(ring(3, 2));
  ASSERT_EQ(play.sent.size(), 3U);
  const std::vector<sent_message> first = play.sent;
  play.finish(first[0]);
  EXPECT_EQ(play.sent_by(0), 1) << "what rank 2 sends has not come";
  play.arrive(first[2]);
  EXPECT_EQ(play.sent_by(0), 2);
  EXPECT_EQ(play.sent_by(1), 1) << "ranks do not wait for each other beyond their messages";
  play.arrive(first[0]);
  EXPECT_EQ(play.sent_by(1), 1) << "its own message is not done";
  play.finish(first[1]);
  EXPECT_EQ(play.sent_by(1), 2);
}

TEST(collective_engine, keeps_what_comes_early_for_its_round) {
  // The root of a chain of messages never waits: the next rank gets all rounds at once.
  collective_schedule schedule;
  schedule.ranks = 2;
  schedule.listed = {{0, 1, 100}};
  collective_step step;
  step.count = 1;
  step.times = 20;
  schedule.steps.push_back(step);
  schedule.listed.push_back({1, 0, 100});
  step.first = 1;
  step.times = 1;
  schedule.steps.push_back(step);

  played_network play(schedule);
  for (std::size_t i = 0; i < 20; ++i) {
    ASSERT_EQ(play.sent.size(), i + 1);
    play.finish(play.sent[i]);
  }
  for (std::size_t i = 20; i-- > 1;) play.arrive(play.sent[i]);  // the last first
  EXPECT_EQ(play.sent_by(1), 0);
  play.arrive(play.sent[0]);
  ASSERT_EQ(play.sent_by(1), 1) << "all 20 were there";
  EXPECT_FALSE(play.engine.done());
  play.finish(play.sent[20]);
  play.arrive(play.sent[20]);
  EXPECT_TRUE(play.engine.done());
}

TEST(collective_engine, passes_ranks_without_messages_at_once) {
  collective_schedule schedule;
  schedule.ranks = 3;
  schedule.listed = {{0, 1, 8}, {2, 1, 8}};
  collective_step step;
  step.count = 1;
  schedule.steps.push_back(step);
  step.first = 1;
  schedule.steps.push_back(step);
  played_network play(schedule);
  ASSERT_EQ(play.sent.size(), 2U) << "rank 2 has nothing in the first step";
}

TEST(collective_engine, is_done_with_nothing_to_do) {
  collective_schedule schedule;
  schedule.ranks = 4;
  EXPECT_TRUE(played_network(schedule).engine.done());
}

network_workload one(collective_kind kind, collective_algorithm algorithm, std::uint64_t bytes) {
  network_workload workload;
  workload.collectives.push_back({kind, algorithm, bytes, {}});
  return workload;
}

TEST(collective_on_packets, takes_a_ring_its_steps) {
  const interconnect_spec spec = plain_network(network_shape::ring, {4});
  // A shard of 1500 B: 1024 and 524 ns, and 10 ns of latency.
  const std::int64_t step = (1024 + 524 + 10) * ns;
  EXPECT_EQ(answer_of(spec, one(collective_kind::all_gather, collective_algorithm::ring, 1500))
                .elapsed_fs,
            3 * step);
  EXPECT_EQ(answer_of(spec, one(collective_kind::all_reduce, collective_algorithm::ring, 6000))
                .elapsed_fs,
            6 * step);
}

TEST(collective_on_packets, waits_for_acknowledgements_between_steps) {
  interconnect_spec spec = plain_network(network_shape::ring, {4});
  spec.levels[0].packets.acknowledged = true;
  EXPECT_EQ(answer_of(spec, one(collective_kind::all_gather, collective_algorithm::ring, 1500))
                .elapsed_fs,
            3 * (1024 + 524 + 2 * 10) * ns);
}

TEST(collective_on_packets, shares_a_switch_in_an_all_to_all) {
  // Three messages out of each rank and three in; the first come in a packet behind.
  const interconnect_spec spec = plain_network(network_shape::switched, {4});
  const network_answer answer =
      answer_of(spec, one(collective_kind::all_to_all, collective_algorithm::direct, 1000));
  EXPECT_GE(answer.elapsed_fs, (4 * 1024 + 20) * ns);
  EXPECT_LE(answer.elapsed_fs, (6 * 1024 + 20) * ns) << "never worse than all through one link";
  EXPECT_EQ(answer.payload_bytes, 12'000U);
  EXPECT_EQ(answer.packets, 12);
  EXPECT_EQ(answer.packet_hops, 24);
}

TEST(collective_on_packets, makes_concurrent_groups_contend) {
  const interconnect_spec spec = plain_network(network_shape::chain, {4});
  network_workload apart;
  apart.collectives.push_back(
      {collective_kind::send_receive, collective_algorithm::direct, 50'000, {0, 1}});
  network_workload both = apart;
  both.collectives.push_back(
      {collective_kind::send_receive, collective_algorithm::direct, 50'000, {2, 3}});
  EXPECT_EQ(answer_of(spec, apart).elapsed_fs, answer_of(spec, both).elapsed_fs);
  apart.collectives[0].group = both.collectives[0].group = {0, 2};
  both.collectives[1].group = {1, 3};
  const auto alone = static_cast<double>(answer_of(spec, apart).elapsed_fs);
  const auto shared = static_cast<double>(answer_of(spec, both).elapsed_fs);
  EXPECT_GT(shared, 1.9 * alone) << "both cross the middle link";
  EXPECT_LT(shared, 2.1 * alone);
}

TEST(collective_on_packets, counts_energy_and_utilisation) {
  interconnect_spec spec = plain_network(network_shape::ring, {4});
  spec.levels[0].energy_j_per_bit = 1e-12;
  const network_answer answer =
      answer_of(spec, one(collective_kind::all_gather, collective_algorithm::ring, 1000));
  EXPECT_DOUBLE_EQ(answer.energy_j, 12 * 1024 * 8e-12);
  EXPECT_NEAR(answer.largest_utilisation, 1024.0 / 1034.0, 1e-9);
  EXPECT_EQ(answer.bound_by, network_limit::link);
}

TEST(collective_on_packets, refuses_what_does_not_hold_together) {
  interconnect_spec spec = plain_network(network_shape::ring, {4});
  spec.levels[0].bandwidth_bytes_per_s = 0;
  EXPECT_EQ(answer_of(spec, one(collective_kind::all_gather, collective_algorithm::ring, 1000))
                .elapsed_fs,
            -1);
}

TEST(collective_on_packets, refuses_what_takes_hours) {
  interconnect_spec spec = plain_network(network_shape::ring, {4});
  const auto work = one(collective_kind::all_gather, collective_algorithm::ring, 1'000'000'000);
  EXPECT_GT(answer_of(spec, work).elapsed_fs, 0);
  spec.levels[0].bandwidth_bytes_per_s = 100;
  EXPECT_EQ(answer_of(spec, work).elapsed_fs, -1);
  spec = plain_network(network_shape::ring, {4});
  spec.levels[0].latency = femtoseconds{std::int64_t{1} << 62};
  EXPECT_EQ(answer_of(spec, work).elapsed_fs, -1);
}

TEST(collective_on_packets, refuses_steps_of_too_many_messages) {
  const interconnect_spec spec = plain_network(network_shape::switched, {10'000});
  EXPECT_EQ(
      answer_of(spec, one(collective_kind::all_to_all, collective_algorithm::direct, 1)).elapsed_fs,
      -1);
  EXPECT_GT(answer_of(spec, one(collective_kind::broadcast, collective_algorithm::binomial_tree, 1))
                .elapsed_fs,
            0);
}

TEST(collective_on_packets, takes_no_time_with_nothing_to_do) {
  const interconnect_spec single = plain_network(network_shape::ring, {1});
  EXPECT_EQ(answer_of(single, one(collective_kind::all_reduce, collective_algorithm::ring, 1000))
                .elapsed_fs,
            0);
  network_workload self;
  self.transfers.push_back({2, 2, 1000});
  EXPECT_EQ(answer_of(plain_network(network_shape::ring, {4}), self).elapsed_fs, 0);
}

}  // namespace
}  // namespace lamina::sysc
