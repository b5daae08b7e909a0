// SPDX-License-Identifier: Apache-2.0
// Times of packets that follow by hand from the rules of packet_protocol. A full packet of the
// plain network takes 1024 ns a link, and 10 ns of latency.
#include "lamina/tlm/packet_network.h"

#include <gtest/gtest.h>

#include "packet_runs.h"

namespace lamina::sysc {
namespace {

using shape = network_shape;

std::int64_t arrival_of(const interconnect_spec& spec, int from, int to, std::uint64_t bytes) {
  return fates_of(spec, {{from, to, bytes}})[0].arrived_fs;
}

interconnect_spec cut_through(interconnect_spec spec) {
  spec.levels[0].packets.switching = packet_switching::cut_through;
  return spec;
}

/// Nodes in a row; the rate of each link in bytes/ns.
interconnect_spec row_of_links(const std::vector<double>& rates) {
  interconnect_spec spec = plain_network(shape::graph, {static_cast<int>(rates.size()) + 1});
  for (std::size_t i = 0; i < rates.size(); ++i) {
    network_link link;
    link.from = static_cast<int>(i);
    link.to = link.from + 1;
    link.bandwidth_bytes_per_s = rates[i] * 1e9;
    spec.levels[0].links.push_back(link);
  }
  return spec;
}

TEST(packet_network, stores_a_packet_at_each_node_before_it_forwards_it) {
  EXPECT_EQ(arrival_of(plain_network(shape::chain, {4}), 0, 3, 1000), 3 * (1024 + 10) * ns);
}

TEST(packet_network, cuts_through_behind_the_header) {
  const interconnect_spec spec = cut_through(plain_network(shape::chain, {4}));
  EXPECT_EQ(arrival_of(spec, 0, 3, 1000), (1024 + 2 * 24 + 3 * 10) * ns);
}

TEST(packet_network, cuts_through_at_once_without_a_header) {
  interconnect_spec spec = cut_through(plain_network(shape::chain, {4}));
  spec.levels[0].packets.header_bytes = 0;
  EXPECT_EQ(arrival_of(spec, 0, 3, 1000), (1000 + 3 * 10) * ns);
}

TEST(packet_network, streams_the_packets_of_a_message_through_the_nodes) {
  // Three full packets and 500 B: the last link carries all, the others delay by the first.
  EXPECT_EQ(arrival_of(plain_network(shape::chain, {3}), 0, 2, 3500),
            (1024 + 10 + 3 * 1024 + 524 + 10) * ns);
}

TEST(packet_network, keeps_a_quicker_link_from_running_dry) {
  // The second link takes 256 ns, and ends when the last byte is there.
  EXPECT_EQ(arrival_of(cut_through(row_of_links({1, 4})), 0, 2, 1000), (1024 + 2 * 10) * ns);
  EXPECT_EQ(arrival_of(row_of_links({1, 4}), 0, 2, 1000), (1024 + 256 + 2 * 10) * ns);
}

TEST(packet_network, is_paced_by_a_slower_link_behind) {
  EXPECT_EQ(arrival_of(row_of_links({4, 1}), 0, 2, 3000), (256 + 3 * 1024 + 2 * 10) * ns);
  EXPECT_EQ(arrival_of(row_of_links({1, 4}), 0, 2, 3000), (3 * 1024 + 256 + 2 * 10) * ns);
}

TEST(packet_network, serves_a_shared_link_in_order_of_arrival) {
  const auto fates = fates_of(plain_network(shape::switched, {3}), {{0, 2, 400}, {1, 2, 1000}});
  EXPECT_EQ(fates[0].arrived_fs, (2 * 424 + 20) * ns);
  EXPECT_EQ(fates[1].arrived_fs, (2 * 1024 + 20) * ns);  // no wait: the short one has gone
  const auto equal = fates_of(plain_network(shape::switched, {3}), {{0, 2, 1000}, {1, 2, 1000}});
  EXPECT_EQ(equal[0].arrived_fs, (2 * 1024 + 20) * ns);
  EXPECT_EQ(equal[1].arrived_fs, (3 * 1024 + 20) * ns);
}

TEST(packet_network, takes_turns_between_the_messages_of_a_sender) {
  const auto fates = fates_of(plain_network(shape::switched, {3}), {{0, 1, 4000}, {0, 2, 1000}});
  // The uplink carries 1, 2, 1, 1, 1.
  EXPECT_EQ(fates[1].arrived_fs, (2 * 1024 + 1024 + 20) * ns);
  EXPECT_EQ(fates[0].arrived_fs, (5 * 1024 + 1024 + 20) * ns);
}

TEST(packet_network, lets_what_passes_have_its_turn_before_the_node_sends_again) {
  const auto fates = fates_of(plain_network(shape::chain, {3}), {{1, 2, 5000}, {0, 2, 1000}});
  // The passing packet comes at 1034 ns and waits for the second of node 1 only.
  EXPECT_EQ(fates[1].arrived_fs, (2 * 1024 + 1024 + 10) * ns);
  EXPECT_EQ(fates[0].arrived_fs, (6 * 1024 + 10) * ns);
}

TEST(packet_network, carries_both_directions_at_once) {
  const auto fates = fates_of(plain_network(shape::chain, {2}), {{0, 1, 1000}, {1, 0, 1000}});
  EXPECT_EQ(fates[0].arrived_fs, 1034 * ns);
  EXPECT_EQ(fates[1].arrived_fs, 1034 * ns);
}

TEST(packet_network, acknowledges_after_the_latencies_of_the_way_back) {
  interconnect_spec spec = plain_network(shape::chain, {4});
  EXPECT_EQ(fates_of(spec, {{0, 3, 1000}})[0].sent_fs, 3 * 1034 * ns);
  spec.levels[0].packets.acknowledged = true;
  const transfer_fate fate = fates_of(spec, {{0, 3, 1000}})[0];
  EXPECT_EQ(fate.arrived_fs, 3 * 1034 * ns);
  EXPECT_EQ(fate.sent_fs, (3 * 1034 + 3 * 10) * ns);
}

TEST(packet_network, puts_the_overheads_of_a_sender_in_sequence) {
  interconnect_spec spec = plain_network(shape::fully_connected, {3});
  spec.levels[0].packets.message_overhead = from_nanoseconds(300);
  const auto fates = fates_of(spec, {{0, 1, 1000}, {0, 2, 1000}, {1, 2, 1000}});
  EXPECT_EQ(fates[0].arrived_fs, (300 + 1034) * ns);
  EXPECT_EQ(fates[1].arrived_fs, (600 + 1034) * ns);
  EXPECT_EQ(fates[2].arrived_fs, (300 + 1034) * ns);
}

TEST(packet_network, rounds_a_packets_time_to_its_grid) {
  interconnect_spec spec = plain_network(shape::chain, {2});
  spec.levels[0].packets.header_bytes = 48;
  spec.levels[0].bandwidth_bytes_per_s = 32e9;
  EXPECT_EQ(arrival_of(spec, 0, 1, 1000), 42'750'000);  // 32.75 ns and the latency
  spec.levels[0].packets.time_grid = from_nanoseconds(1);
  EXPECT_EQ(arrival_of(spec, 0, 1, 1000), 43 * ns);
  EXPECT_EQ(arrival_of(spec, 0, 1, 4000), (4 * 33 + 10) * ns);
  spec.levels[0].bandwidth_bytes_per_s = 1e12;
  EXPECT_EQ(arrival_of(spec, 0, 1, 1), 11 * ns) << "at least one step of the grid";
}

TEST(packet_network, gives_packets_their_share_of_the_link_rate) {
  interconnect_spec spec = plain_network(shape::chain, {2});
  spec.levels[0].packets.efficiency = 0.5;
  EXPECT_EQ(arrival_of(spec, 0, 1, 1000), (2 * 1024 + 10) * ns);
}

TEST(packet_network, passes_levels_of_their_own_rates_and_one_protocol) {
  interconnect_spec spec = plain_network(shape::switched, {2});
  network_level outer = spec.levels[0];
  outer.bandwidth_bytes_per_s = 0.5e9;
  outer.latency = from_nanoseconds(100);
  outer.packets.payload_bytes = 476;  // 500 B with the header
  spec.levels.push_back(outer);
  spec.levels[1].attachment = network_attachment::group;
  // Up 10 ns and 0.5 us, up and down 100 ns and 1 us each, down as up.
  EXPECT_EQ(arrival_of(spec, 0, 2, 476), (500 + 1000 + 1000 + 500 + 220) * ns);
  EXPECT_EQ(arrival_of(spec, 0, 1, 476), (2 * 500 + 20) * ns);
}

TEST(packet_network, sees_flits_inside_as_links_with_routers) {
  interconnect_spec spec = plain_network(shape::mesh, {3});
  spec.levels[0].transport = network_transport::flits;
  spec.levels[0].latency = femtoseconds{0};
  spec.levels[0].packets.header_bytes = 0;
  spec.levels[0].packets.switching = packet_switching::cut_through;
  spec.levels[0].flits.clock = from_nanoseconds(2);
  spec.levels[0].flits.router_clocks = 3;
  spec.levels[0].flits.link_clocks = 1;
  // Two hops of four clocks, and 2 B a flit.
  EXPECT_EQ(arrival_of(spec, 0, 2, 100), (2 * 4 * 2 + 50 * 2) * ns);
}

}  // namespace
}  // namespace lamina::sysc
