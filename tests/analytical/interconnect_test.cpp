// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/interconnect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace {

using lamina::collective;
using lamina::collective_algorithm;
using lamina::collective_kind;
using lamina::femtoseconds;
using lamina::from_nanoseconds;
using lamina::interconnect_spec;
using lamina::network_attachment;
using lamina::network_level;
using lamina::network_shape;
using lamina::network_workload;
using analytical_interconnect = lamina::analytical::interconnect;

network_level level(network_shape shape, std::vector<int> sizes) {
  network_level made;
  made.shape = shape;
  made.sizes = std::move(sizes);
  made.bandwidth_bytes_per_s = 32e9;
  made.latency = from_nanoseconds(32);
  made.packets.payload_bytes = 1000;
  made.packets.header_bytes = 48;
  made.packets.acknowledged = true;
  return made;
}

interconnect_spec network(std::vector<network_level> levels) {
  interconnect_spec spec;
  spec.levels = std::move(levels);
  return spec;
}

network_level graph_of_seven() {
  network_level made = level(network_shape::graph, {7});
  made.links = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {3, 4}, {4, 5}, {5, 6}, {6, 4}};
  return made;
}

std::vector<interconnect_spec> many_networks() {
  network_level outer = level(network_shape::switched, {4});
  outer.bandwidth_bytes_per_s = 8e9;
  network_level rails = outer;
  rails.attachment = network_attachment::endpoints;
  return {network({level(network_shape::chain, {6})}),
          network({level(network_shape::ring, {8})}),
          network({level(network_shape::ring, {7})}),
          network({level(network_shape::ring, {2})}),
          network({level(network_shape::mesh, {4, 4})}),
          network({level(network_shape::mesh, {3, 5})}),
          network({level(network_shape::torus, {4, 4})}),
          network({level(network_shape::torus, {8, 2})}),
          network({level(network_shape::torus, {4, 3, 2})}),
          network({level(network_shape::switched, {8})}),
          network({level(network_shape::fully_connected, {5})}),
          network({level(network_shape::fat_tree, {2, 3})}),
          network({level(network_shape::fat_tree, {4, 2})}),
          network({level(network_shape::fat_tree, {3, 2})}),
          network({graph_of_seven()}),
          network({level(network_shape::switched, {4}), outer}),
          network({level(network_shape::torus, {2, 2}), rails}),
          network({level(network_shape::switched, {1})})};
}

template <typename Each>
void for_each_collective(const lamina::network_graph& graph, Each&& each) {
  for (int kind = 0; kind <= static_cast<int>(collective_kind::broadcast); ++kind) {
    for (int how = static_cast<int>(collective_algorithm::ring);
         how <= static_cast<int>(collective_algorithm::hierarchical); ++how) {
      for (const std::uint64_t bytes : {1ULL, 512ULL, 5000ULL, 1ULL << 20}) {
        collective item;
        item.kind = static_cast<collective_kind>(kind);
        item.algorithm = static_cast<collective_algorithm>(how);
        item.bytes = bytes;
        if (fits(item.kind, item.algorithm, graph.endpoints(), graph.layout_of({}))) each(item);
      }
    }
  }
}

/// Whether any link serves several messages of one step, and other steps follow or go before.
bool may_drift(const lamina::network_graph& graph, const collective& item) {
  const lamina::collective_schedule schedule =
      schedule_of(item.kind, item.algorithm, item.bytes, graph.endpoints(), graph.layout_of({}));
  if (schedule.steps.size() < 2) return false;
  for (const lamina::collective_step& step : schedule.steps) {
    std::vector<lamina::rank_message> messages;
    messages_of(schedule, step, messages);
    std::vector<bool> used(graph.edges().size(), false);
    for (const lamina::rank_message& m : messages) {
      std::vector<int> path;
      graph.route(m.from, m.to, path);
      for (const int edge : path) {
        if (used[static_cast<std::size_t>(edge)]) return true;
        used[static_cast<std::size_t>(edge)] = true;
      }
    }
  }
  return false;
}

TEST(interconnect, time_from_remembered_shapes_is_that_from_routing_everything) {
  int compared = 0;
  for (const interconnect_spec& spec : many_networks()) {
    analytical_interconnect net(spec);
    for_each_collective(net.graph(), [&](const collective& item) {
      if (may_drift(net.graph(), item)) return;
      ++compared;
      // Beside a collective without bytes, nothing is remembered.
      const collective nothing{item.kind, item.algorithm, 0, {}};
      const femtoseconds routed = net.carry({{item, nothing}, {}}).elapsed;
      for (int again = 0; again < 2; ++again) {
        EXPECT_NEAR(static_cast<double>(net.time_of(item).count()),
                    static_cast<double>(routed.count()), 1e-9 * static_cast<double>(routed.count()))
            << name_of(item.kind) << " by " << name_of(item.algorithm) << " of " << item.bytes
            << " B on " << name_of(spec.levels[0].shape) << " of " << net.graph().endpoints();
      }
    });
  }
  EXPECT_GT(compared, 500);
}

/// Groups of eight behind one uplink each, as in the ns-3 reference.
interconnect_spec shared_uplinks() {
  network_level inner = level(network_shape::switched, {8});
  inner.bandwidth_bytes_per_s = 256e9;
  inner.latency = from_nanoseconds(128);
  network_level outer = level(network_shape::switched, {8});
  outer.latency = from_nanoseconds(512);
  return network({inner, outer});
}

TEST(interconnect, ranks_that_share_an_uplink_drift_apart_and_hide_latency) {
  analytical_interconnect net(shared_uplinks());
  const lamina::network_result result = net.carry(
      {{{collective_kind::all_reduce, collective_algorithm::rabenseifner, 256 << 10, {}}}, {}});
  double in_sequence = 0;
  for (const double part : {result.limits_s[0], result.limits_s[1], result.limits_s[2]}) {
    in_sequence += part;
  }
  EXPECT_LT(lamina::to_seconds(result.elapsed), 0.95 * in_sequence);
  EXPECT_GT(lamina::to_seconds(result.elapsed), result.limits_s[1] + result.limits_s[2]);
}

TEST(interconnect, ring_steps_wait_for_their_acknowledgements) {
  analytical_interconnect net(network({level(network_shape::ring, {8})}));
  collective item{collective_kind::all_gather, collective_algorithm::ring, 952, {}};
  // 1000 B with header over 32 GB/s, and 32 ns each way, seven times.
  EXPECT_EQ(net.time_of(item), 7 * from_nanoseconds(31.25 + 64));
}

TEST(interconnect, a_switch_stores_and_forwards_one_packet) {
  network_level one = level(network_shape::switched, {4});
  one.packets.header_bytes = 0;
  one.packets.acknowledged = false;
  one.bandwidth_bytes_per_s = 1e9;
  analytical_interconnect net(network({one}));
  network_workload work;
  work.transfers = {{0, 1, 3000}};
  EXPECT_EQ(net.carry(work).elapsed, from_nanoseconds(3000 + 1000 + 64));
  one.packets.switching = lamina::packet_switching::cut_through;
  analytical_interconnect direct(network({one}));
  EXPECT_EQ(direct.carry(work).elapsed, from_nanoseconds(3000 + 64));
}

TEST(interconnect, two_messages_to_one_receiver_share_its_link) {
  network_level one = level(network_shape::switched, {4});
  one.packets.header_bytes = 0;
  one.packets.acknowledged = false;
  one.bandwidth_bytes_per_s = 1e9;
  analytical_interconnect net(network({one}));
  network_workload work;
  work.transfers = {{0, 1, 3000}, {2, 1, 3000}};
  const lamina::network_result result = net.carry(work);
  EXPECT_EQ(result.elapsed, from_nanoseconds(6000 + 1000 + 64));
  EXPECT_EQ(result.payload_bytes, 6000u);
  EXPECT_EQ(net.graph().edges()[static_cast<std::size_t>(result.busiest)].to, 1);
}

TEST(interconnect, never_beats_the_bandwidth_of_the_busiest_link) {
  std::mt19937 engine(20261123);
  for (int trial = 0; trial < 300; ++trial) {
    const std::vector<interconnect_spec> specs = many_networks();
    interconnect_spec spec = specs[engine() % specs.size()];
    for (network_level& l : spec.levels) {
      l.bandwidth_bytes_per_s = std::exp2(30.0 + static_cast<double>(engine() % 1000) / 100);
      l.packets.payload_bytes = 1 + static_cast<int>(engine() % 9000);
      l.packets.acknowledged = engine() % 2 == 0;
      l.packets.switching = static_cast<lamina::packet_switching>(engine() % 2);
    }
    analytical_interconnect net(spec);
    network_workload work;
    const int endpoints = net.graph().endpoints();
    for (unsigned i = 0; i < 1 + engine() % 40; ++i) {
      work.transfers.push_back({static_cast<int>(engine() % static_cast<unsigned>(endpoints)),
                                static_cast<int>(engine() % static_cast<unsigned>(endpoints)),
                                engine() % (1U << 20)});
    }
    std::vector<double> payload(net.graph().edges().size(), 0);
    for (const lamina::network_transfer& t : work.transfers) {
      std::vector<int> path;
      net.graph().route(t.source, t.destination, path);
      for (const int edge : path)
        payload[static_cast<std::size_t>(edge)] += static_cast<double>(t.bytes);
    }
    double bound = 0;
    for (std::size_t e = 0; e < payload.size(); ++e) {
      bound = std::max(bound, payload[e] / net.graph().edges()[e].bytes_per_s);
    }
    EXPECT_GE(lamina::to_seconds(net.carry(work).elapsed), bound * (1 - 1e-9)) << trial;
  }
}

TEST(interconnect, no_link_of_a_collective_is_busier_than_always) {
  for (const interconnect_spec& spec : many_networks()) {
    analytical_interconnect net(spec);
    for_each_collective(net.graph(), [&](const collective& item) {
      const lamina::network_result result = net.carry({{item}, {}});
      for (const double share : result.utilisation) EXPECT_LE(share, 1 + 1e-9);
      EXPECT_LE(result.limits_s[0], lamina::to_seconds(result.elapsed) * (1 + 1e-9));
    });
  }
}

TEST(interconnect, equal_groups_that_share_links_take_their_turns) {
  network_level one = level(network_shape::ring, {8});
  one.packets.acknowledged = false;
  analytical_interconnect net(network({one}));
  collective a{collective_kind::send_receive, collective_algorithm::direct, 10'000'000, {0, 2}};
  collective b{collective_kind::send_receive, collective_algorithm::direct, 10'000'000, {1, 3}};
  const double alone = static_cast<double>(net.carry({{a}, {}}).elapsed.count());
  const double both = static_cast<double>(net.carry({{a, b}, {}}).elapsed.count());
  EXPECT_NEAR(both / alone, 2, 0.01);
}

TEST(interconnect, unequal_work_ends_no_earlier_than_alone_and_no_later_than_in_sequence) {
  analytical_interconnect net(network({level(network_shape::torus, {4, 4})}));
  const collective a{collective_kind::all_reduce, collective_algorithm::ring, 1 << 20, {}};
  const collective b{collective_kind::all_to_all, collective_algorithm::direct, 1 << 14, {}};
  const femtoseconds together = net.carry({{a, b}, {}}).elapsed;
  EXPECT_GE(together, std::max(net.time_of(a), net.time_of(b)));
  EXPECT_LE(together, net.time_of(a) + net.time_of(b));
}

TEST(interconnect, best_is_no_slower_than_any_named_algorithm) {
  for (const interconnect_spec& spec : many_networks()) {
    analytical_interconnect net(spec);
    for_each_collective(net.graph(), [&](collective item) {
      const femtoseconds named = net.time_of(item);
      item.algorithm = collective_algorithm::best;
      EXPECT_LE(net.time_of(item), named);
    });
  }
}

}  // namespace
