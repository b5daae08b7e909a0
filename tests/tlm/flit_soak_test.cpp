// SPDX-License-Identifier: Apache-2.0
// Random networks loaded past saturation lose nothing, double nothing and never stop.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "flit_engine.h"
#include "flit_levels.h"

namespace lamina::sysc {
namespace {

struct sent_packet {
  int source = 0;
  int destination = 0;
  int flits = 0;
  int arrivals = 0;
};

/// Ways that never change carry a sender's packets in line when there is one channel to be in.
bool keeps_order(const network_level& level) {
  return level.flits.virtual_channels == 1 && level.shape != network_shape::fat_tree;
}

class soak {
 public:
  soak(const network_level& level, std::uint64_t seed)
      : level_(level), engine_(level, seed), random_(seed + 17) {}

  /// `hot`: half of the traffic goes to two endpoints, so that full buffers reach far back. Else
  /// all of it goes nearly half way round each dimension, which closes circles where there are any.
  void run(int clocks, double load, int most_flits, bool hot) {
    const auto endpoints = static_cast<std::uint32_t>(engine_.topology().endpoints());
    for (int clock = 0; clock < clocks; ++clock) {
      for (std::uint32_t source = 0; source < endpoints; ++source) {
        if (random_.share() > load) continue;
        const auto flits =
            1 + static_cast<int>(random_.below(static_cast<std::uint32_t>(most_flits)));
        const int to = hot ? anywhere_or_hot(endpoints) : half_way(static_cast<int>(source));
        engine_.send(static_cast<int>(source), to, flits, sent_.size());
        sent_.push_back({static_cast<int>(source), to, flits, 0});
      }
      step();
    }
    std::int64_t silent = 0;
    while (!engine_.idle() && silent < 20'000) {
      const std::int64_t before = engine_.flits_delivered();
      step();
      silent = engine_.flits_delivered() == before ? silent + 1 : 0;
    }
  }
  void expect_all_delivered() const {
    ASSERT_TRUE(engine_.idle()) << engine_.packets_in_flight() << " packets are stuck";
    EXPECT_EQ(engine_.flits_in_flight(), 0);
    for (const sent_packet& packet : sent_) ASSERT_EQ(packet.arrivals, 1);
    EXPECT_TRUE(in_order_ || !keeps_order(level_));
  }
  /// As on the first day: no credit and no channel was lost.
  void expect_as_new() {
    const int last = engine_.topology().endpoints() - 1;
    engine_.jump_to(engine_.now() + 1000);
    engine_.send(0, last, 9);
    while (!engine_.idle()) engine_.step();
    const flit_delivery& one = engine_.delivered().at(0);
    EXPECT_EQ(one.delivered - one.created, 2 + 4 * one.hops + 9 - 1);
  }

 private:
  int anywhere_or_hot(std::uint32_t endpoints) {
    const std::uint32_t spot = random_.below(2) * (endpoints - 1);
    return static_cast<int>(random_.below(2) != 0 ? spot : random_.below(endpoints));
  }
  int half_way(int source) {
    return engine_.topology().destination(injection_pattern::tornado, source, random_);
  }
  void step() {
    engine_.step();
    for (const flit_delivery& one : engine_.delivered()) {
      sent_packet& packet = sent_.at(one.tag);
      ++packet.arrivals;
      EXPECT_EQ(packet.source, one.source);
      EXPECT_EQ(packet.destination, one.destination);
      EXPECT_EQ(packet.flits, one.flits);
      auto [last, first_time] = last_.try_emplace({one.source, one.destination}, one.tag);
      if (!first_time && one.tag < last->second) in_order_ = false;
      last->second = one.tag;
    }
  }

  network_level level_;
  flit_engine engine_;
  flit_random random_;
  std::vector<sent_packet> sent_;
  std::map<std::pair<int, int>, std::uint64_t> last_;
  bool in_order_ = true;
};

TEST(flit_soak, every_packet_arrives_once_at_any_load_and_depth) {
  flit_random random(20261123);
  for (int round = 0; round < 6; ++round) {
    for (const int channels : {1, 2, 3, 4, 8}) {
      for (network_level level : every_flit_shape(channels)) {
        level.flits.buffer_flits = 1 + static_cast<int>(random.below(10));
        level.flits.credit_clocks = static_cast<int>(random.below(3));
        level.flits.router_clocks = 1 + static_cast<int>(random.below(4));
        level.flits.link_clocks = 1 + static_cast<int>(random.below(3));
        const std::uint64_t seed = random.next();
        SCOPED_TRACE(level.name + ", " + std::to_string(channels) + " channels of " +
                     std::to_string(level.flits.buffer_flits) + ", seed " + std::to_string(seed));
        soak one(level, seed);
        one.run(200, random.share(), 1 + static_cast<int>(random.below(12)), round % 2 == 0);
        one.expect_all_delivered();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(flit_soak, long_packets_in_small_buffers_go_round_rings_without_a_circle) {
  using shape = network_shape;
  for (const int channels : {1, 2, 3, 4}) {
    for (network_level level :
         {flit_level(shape::ring, {8}, channels), flit_level(shape::ring, {5}, channels),
          flit_level(shape::torus, {6, 6}, channels), flit_level(shape::torus, {5, 4, 3}, channels),
          flit_graph(channels)}) {
      level.flits.buffer_flits = 2;
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(level.name + ", " + std::to_string(channels) + " channels");
        soak one(level, seed);
        one.run(200, 1, 20, false);
        one.expect_all_delivered();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(flit_soak, a_network_is_as_new_after_the_flood) {
  for (const network_level& level : every_flit_shape()) {
    SCOPED_TRACE(level.name);
    soak one(level, 3);
    one.run(500, 1, 6, true);
    one.expect_all_delivered();
    one.expect_as_new();
  }
}

}  // namespace
}  // namespace lamina::sysc
