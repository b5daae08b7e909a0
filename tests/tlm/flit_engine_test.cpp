// SPDX-License-Identifier: Apache-2.0
// Exact times of packets alone and in pairs.
#include "flit_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "flit_levels.h"

namespace lamina::sysc {
namespace {

using shape = network_shape;

flit_delivery alone(flit_engine& engine, int source, int destination, int flits) {
  engine.send(source, destination, flits);
  while (!engine.idle()) engine.step();
  EXPECT_EQ(engine.delivered().size(), 1u);
  return engine.delivered().at(0);
}

std::vector<flit_delivery> run(flit_engine& engine) {
  std::vector<flit_delivery> all;
  while (!engine.idle()) {
    engine.step();
    all.insert(all.end(), engine.delivered().begin(), engine.delivered().end());
  }
  return all;
}

TEST(flit_engine, a_lone_packet_takes_2_and_4_a_router_and_a_clock_for_each_further_flit) {
  for (const network_level& level : every_flit_shape()) {
    flit_engine engine(level, 1);
    const int endpoints = engine.topology().endpoints();
    for (int source = 0; source < endpoints; ++source) {
      for (int destination = 0; destination < endpoints; ++destination) {
        for (const int flits : {1, 5, 20}) {
          const flit_delivery one = alone(engine, source, destination, flits);
          EXPECT_EQ(one.delivered - one.created, 2 + 4 * one.hops + flits - 1)
              << level.name << " " << source << " -> " << destination;
        }
      }
    }
  }
}

TEST(flit_engine, a_lone_packet_takes_the_clocks_of_the_protocol) {
  for (network_level level : every_flit_shape()) {
    level.flits.router_clocks = 5;
    level.flits.link_clocks = 4;
    level.flits.injection_clocks = 2;
    level.flits.credit_clocks = 0;
    level.flits.buffer_flits = 16;
    flit_engine engine(level, 1);
    const int last = engine.topology().endpoints() - 1;
    const flit_delivery one = alone(engine, 0, last, 3);
    EXPECT_EQ(one.delivered - one.created, 1 + 2 * 2 + 5 * one.hops + 4 * (one.hops - 1) + 3 - 1)
        << level.name;
  }
}

TEST(flit_engine, routers_on_the_way_are_as_many_as_the_shape_says) {
  const auto hops = [](const network_level& level, int source, int destination) {
    flit_engine engine(level, 1);
    return alone(engine, source, destination, 1).hops;
  };
  EXPECT_EQ(hops(flit_level(shape::chain, {8}), 7, 0), 8);
  EXPECT_EQ(hops(flit_level(shape::ring, {8}), 7, 0), 2);
  EXPECT_EQ(hops(flit_level(shape::ring, {8}), 1, 5), 5);
  EXPECT_EQ(hops(flit_level(shape::ring, {8}, 1), 7, 0), 8);  // no way round with one channel
  EXPECT_EQ(hops(flit_level(shape::mesh, {8, 8}), 0, 63), 15);
  EXPECT_EQ(hops(flit_level(shape::torus, {8, 8}), 0, 63), 3);
  EXPECT_EQ(hops(flit_level(shape::switched, {8}), 0, 7), 1);
  EXPECT_EQ(hops(flit_level(shape::fully_connected, {8}), 0, 7), 2);
  EXPECT_EQ(hops(flit_level(shape::fully_connected, {8}), 3, 3), 1);
  EXPECT_EQ(hops(flit_level(shape::fat_tree, {4, 3}), 0, 3), 1);
  EXPECT_EQ(hops(flit_level(shape::fat_tree, {4, 3}), 0, 15), 3);
  EXPECT_EQ(hops(flit_level(shape::fat_tree, {4, 3}), 0, 63), 5);
}

TEST(flit_engine, two_packets_for_one_endpoint_take_turns_by_the_flit) {
  flit_engine engine(flit_level(shape::switched, {4}), 1);
  engine.send(0, 3, 5);
  engine.send(1, 3, 5);
  const std::vector<flit_delivery> both = run(engine);
  ASSERT_EQ(both.size(), 2u);
  // Ten flits leave in ten clocks: the first at 6, the last at 15, the other tail just before.
  EXPECT_EQ(both[0].delivered, 14);
  EXPECT_EQ(both[1].delivered, 15);
}

TEST(flit_engine, with_one_channel_the_second_packet_waits_for_the_tail_and_a_clock_more) {
  flit_engine engine(flit_level(shape::switched, {4}, 1), 1);
  engine.send(0, 3, 5);
  engine.send(1, 3, 5);
  const std::vector<flit_delivery> both = run(engine);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].delivered, 10);
  EXPECT_EQ(both[1].delivered, 16);
}

TEST(flit_engine, a_source_injects_a_flit_a_clock) {
  flit_engine engine(flit_level(shape::fully_connected, {4}), 1);
  for (int i = 0; i < 3; ++i) engine.send(0, 1 + i, 4);
  std::vector<std::int64_t> ends;
  for (const flit_delivery& one : run(engine)) ends.push_back(one.delivered);
  EXPECT_EQ(ends, (std::vector<std::int64_t>{13, 17, 21}));
}

TEST(flit_engine, credits_bound_the_flits_under_way_on_a_channel) {
  // A later flit that is given the switch at s arrives at s + 3, goes on at once, and its credit
  // is back at s + 6: with B flits of room, B flits in 6 clocks.
  network_level level = flit_level(shape::chain, {2}, 1);
  const int flits = 2100;
  for (const int room : {1, 2, 3, 7}) {
    level.flits.buffer_flits = room;
    flit_engine engine(level, 1);
    const flit_delivery one = alone(engine, 0, 1, flits);
    const double each = static_cast<double>(one.delivered) / flits;
    EXPECT_NEAR(each, std::max(1.0, 6.0 / room), 0.1) << room;
  }
}

TEST(flit_engine, empty_clocks_pass_without_work_and_change_nothing) {
  flit_engine engine(flit_level(shape::mesh, {3, 3}), 1);
  alone(engine, 0, 8, 3);
  const std::int64_t hops = engine.flit_hops();
  engine.jump_to(1'000'000'000'000);
  EXPECT_EQ(engine.now(), 1'000'000'000'000);
  EXPECT_EQ(engine.flit_hops(), hops);
  const flit_delivery one = alone(engine, 0, 8, 3);
  EXPECT_EQ(one.created, 1'000'000'000'000);
  EXPECT_EQ(one.delivered - one.created, 2 + 4 * 5 + 2);
}

TEST(flit_engine, says_what_it_cannot_simulate) {
  const auto refused = [](const network_level& level) {
    try {
      flit_engine(level, 1);
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  EXPECT_TRUE(refused(flit_level(shape::mesh, {0, 3})));
  EXPECT_TRUE(refused(flit_level(shape::ring, {})));
  EXPECT_TRUE(refused(flit_level(shape::ring, {4}, 65)));
  EXPECT_TRUE(refused(flit_level(shape::ring, {4}, 0)));
  network_level apart = flit_graph();
  apart.links.resize(1);
  EXPECT_TRUE(refused(apart));
  apart.links[0].to = 99;
  EXPECT_TRUE(refused(apart));
  flit_engine engine(flit_level(shape::ring, {4}), 1);
  EXPECT_THROW(engine.send(0, 4, 1), std::invalid_argument);
  EXPECT_THROW(engine.send(-1, 0, 1), std::invalid_argument);
  EXPECT_THROW(engine.send(0, 0, 0), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::sysc
