// SPDX-License-Identifier: Apache-2.0
// Trains change answers little, and whatever is sent arrives once, on every shape.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lamina/models/interconnect_check.h"
#include "lamina/models/network_graph.h"
#include "packet_runs.h"

namespace lamina::sysc {
namespace {

using shape = network_shape;

double change_by_trains(const interconnect_spec& spec, const network_workload& workload,
                        std::int64_t train_hops) {
  const auto exact = answer_of(spec, workload, std::int64_t{1} << 60);
  const auto trains = answer_of(spec, workload, train_hops);
  EXPECT_GT(exact.elapsed_fs, 0);
  EXPECT_EQ(exact.packet_hops, trains.packet_hops);
  return static_cast<double>(trains.elapsed_fs) / static_cast<double>(exact.elapsed_fs) - 1;
}

network_workload one(collective_kind kind, collective_algorithm algorithm, std::uint64_t bytes) {
  network_workload workload;
  workload.collectives.push_back({kind, algorithm, bytes, {}});
  return workload;
}

TEST(packet_trains, leave_an_uncontended_message_as_it_is) {
  interconnect_spec spec = plain_network(shape::chain, {5});
  for (const auto switching :
       {packet_switching::store_and_forward, packet_switching::cut_through}) {
    spec.levels[0].packets.switching = switching;
    const std::int64_t exact = fates_of(spec, {{0, 4, 1'000'400}})[0].arrived_fs;
    for (const std::int64_t length : {2, 7, 64, 5000}) {
      EXPECT_EQ(fates_of(spec, {{0, 4, 1'000'400}}, length)[0].arrived_fs, exact) << length;
    }
  }
}

TEST(packet_trains, leave_links_of_several_rates_as_they_are) {
  interconnect_spec spec = plain_network(shape::switched, {4});
  spec.levels.push_back(spec.levels[0]);
  spec.levels[1].attachment = network_attachment::group;
  for (const double rate : {0.3e9, 4e9}) {
    spec.levels[1].bandwidth_bytes_per_s = rate;
    const auto exact = static_cast<double>(fates_of(spec, {{0, 5, 2'000'000}})[0].arrived_fs);
    const auto trains = static_cast<double>(fates_of(spec, {{0, 5, 2'000'000}}, 20)[0].arrived_fs);
    EXPECT_NEAR(trains / exact, 1, 0.001) << rate;
  }
}

TEST(packet_trains, change_contended_work_by_less_than_a_percent) {
  // Two levels with a narrow uplink for each group; trains of some 30 packets.
  interconnect_spec spec = plain_network(shape::switched, {4});
  spec.levels.push_back(spec.levels[0]);
  spec.levels[1].attachment = network_attachment::group;
  spec.levels[1].bandwidth_bytes_per_s = 0.5e9;
  using kind = collective_kind;
  using algorithm = collective_algorithm;
  EXPECT_LT(std::abs(change_by_trains(
                spec, one(kind::all_reduce, algorithm::rabenseifner, 16'000'000), 80'000)),
            0.01);
  EXPECT_LT(
      std::abs(change_by_trains(spec, one(kind::all_to_all, algorithm::direct, 2'000'000), 8'000)),
      0.01);
  EXPECT_LT(std::abs(change_by_trains(plain_network(shape::torus, {4, 4}),
                                      one(kind::all_to_all, algorithm::direct, 500'000), 25'000)),
            0.01);
}

TEST(packet_trains, change_pipelined_trees_by_less_than_a_percent) {
  EXPECT_LT(std::abs(change_by_trains(plain_network(shape::torus, {4, 4}),
                                      one(collective_kind::all_reduce,
                                          collective_algorithm::double_binary_tree, 8'000'000),
                                      100'000)),
            0.01);
}

TEST(packet_trains, leave_a_short_message_its_turns_beside_a_long_one) {
  // All rounds of a ring share links with a long transfer.
  const interconnect_spec spec = plain_network(shape::ring, {8});
  network_workload workload = one(collective_kind::all_gather, collective_algorithm::ring, 400'000);
  workload.transfers.push_back({0, 3, 3'000'000});
  EXPECT_LT(std::abs(change_by_trains(spec, workload, 2'000)), 0.02);
}

interconnect_spec random_network(std::mt19937_64& draw) {
  const auto up_to = [&](int most) { return static_cast<int>(draw() % unsigned(most)) + 1; };
  const auto level = [&](bool inner) {
    interconnect_spec made = plain_network(shape::ring, {up_to(6)});
    network_level& is = made.levels[0];
    switch (draw() % 8) {
      case 0:
        is.shape = shape::chain;
        break;
      case 1:
        is.shape = shape::mesh, is.sizes = {up_to(3), up_to(3)};
        break;
      case 2:
        is.shape = shape::torus, is.sizes = {up_to(4), up_to(3), up_to(2)};
        break;
      case 3:
        is.shape = shape::switched;
        break;
      case 4:
        is.shape = shape::fully_connected;
        break;
      case 5:
        is.shape = shape::fat_tree, is.sizes = {2, up_to(3)};
        break;
      case 6:
        is.shape = shape::graph;
        for (int i = 0; i + 1 < is.sizes[0]; ++i) is.links.push_back({i, i + 1, 0, {}, true});
        break;
      default:
        break;
    }
    is.bandwidth_bytes_per_s = 1e8 * up_to(100);
    is.latency = from_nanoseconds(up_to(1000));
    is.packets.payload_bytes = 64 * up_to(40);
    is.packets.header_bytes = static_cast<int>(draw() % 64);
    is.packets.acknowledged = draw() % 2 == 0;
    is.packets.time_grid = from_nanoseconds(static_cast<double>(draw() % 2));
    is.packets.message_overhead = from_nanoseconds(static_cast<double>(draw() % 500));
    if (draw() % 2 == 0) is.packets.switching = packet_switching::cut_through;
    if (!inner && draw() % 2 == 0) is.attachment = network_attachment::endpoints;
    return is;
  };
  interconnect_spec spec;
  const int levels = up_to(3);
  for (int i = 0; i < levels; ++i) spec.levels.push_back(level(i == 0));
  return spec;
}

TEST(packet_soak, delivers_everything_once_on_all_shapes) {
  std::mt19937_64 draw(20260401);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const interconnect_spec spec = random_network(draw);
    ASSERT_TRUE(check(spec).empty()) << check(spec)[0].path << ": " << check(spec)[0].message;
    const auto endpoints = static_cast<unsigned>(endpoints_of(spec));
    if (endpoints < 2) continue;
    std::vector<network_transfer> transfers;
    for (int i = 0; i < 200; ++i) {
      const int from = static_cast<int>(draw() % endpoints);
      const int to = static_cast<int>(draw() % endpoints);
      if (from != to)
        transfers.push_back({from, to, draw() % (draw() % 2 == 0 ? 100 : 50'000) + 1});
    }
    const auto fates = fates_of(spec, transfers, static_cast<std::int64_t>(draw() % 5) + 1);
    for (const transfer_fate& fate : fates) {
      ASSERT_EQ(fate.arrivals, 1);
      ASSERT_EQ(fate.sent, 1);
      ASSERT_GT(fate.arrived_fs, 0);
      ASSERT_GE(fate.sent_fs, fate.arrived_fs);
    }
  }
}

TEST(packet_soak, ends_every_collective_that_fits) {
  std::mt19937_64 draw(7);
  using kind = collective_kind;
  using algorithm = collective_algorithm;
  int ended = 0;
  for (int round = 0; round < 40; ++round) {
    const interconnect_spec spec = random_network(draw);
    const collective_layout layout = network_graph(spec).layout_of({});
    const int ranks = static_cast<int>(endpoints_of(spec));
    network_workload workload;
    for (const kind what : {kind::all_reduce, kind::reduce_scatter, kind::all_gather,
                            kind::all_to_all, kind::broadcast}) {
      for (const algorithm how :
           {algorithm::ring, algorithm::per_dimension, algorithm::halving_doubling,
            algorithm::rabenseifner, algorithm::double_binary_tree, algorithm::binomial_tree,
            algorithm::direct, algorithm::hierarchical}) {
        const collective item{what, how, draw() % 5000 + 1, {}};
        if (fits(what, how, ranks, layout)) workload.collectives.push_back(item);
      }
    }
    if (ranks < 2 || ranks > 64) continue;
    ASSERT_GT(answer_of(spec, workload).elapsed_fs, 0) << round;
    ended += static_cast<int>(workload.collectives.size());
  }
  EXPECT_GT(ended, 200);
}

}  // namespace
}  // namespace lamina::sysc
