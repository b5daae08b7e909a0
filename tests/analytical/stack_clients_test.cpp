// SPDX-License-Identifier: Apache-2.0
// What a stack takes for clients that ask it over ways and lanes, and use what they get.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/analytical/dram_stack.h"
#include "lamina/models/memory_client.h"

namespace {

using lamina::client_request;
using lamina::femtoseconds;
using lamina::finished_result;
using lamina::from_nanoseconds;
using lamina::analytical::dram_stack;

/// Reads on from `base`, or writes each `write_every`-th request, `requests` times.
class walker : public lamina::memory_client {
 public:
  walker(std::uint64_t base, std::uint32_t bytes, int in_flight, int requests)
      : next_(base), bytes_(bytes), in_flight_(in_flight), left_(requests) {}
  client_request next() override {
    client_request request;
    request.none = left_-- <= 0;
    if (request.none) return request;
    request.address = next_;
    request.bytes = bytes_;
    request.write = write_every > 0 && ++count_ % write_every == 0;
    if (pause_before > 0 && left_ + 1 == pause_before) {
      request.after_all = true;
      request.later = rest_before;
    }
    next_ = (next_ + bytes_) % (std::uint64_t{1} << 26);
    return request;
  }
  int in_flight() const override { return in_flight_; }
  bool posts_writes() const override { return true; }
  femtoseconds pause() const override { return rest; }
  femtoseconds back(int) const override { return far; }
  int unit() const override { return shared; }
  femtoseconds unit_time() const override { return busy; }
  int lane() const override { return node; }
  double lane_s_per_byte() const override { return s_per_byte; }
  double answer_bytes() const override { return answer; }
  int gates() const override { return 2; }
  double gate_s_per_byte() const override { return s_per_byte_at_gate; }
  lamina::request_part part_at(std::uint64_t address) const override {
    return {0, gate, address + bytes_};
  }

  femtoseconds rest{0};
  femtoseconds far{0};
  int shared = -1;
  femtoseconds busy{0};
  int node = -1;
  double s_per_byte = 0;
  int gate = 0;
  double s_per_byte_at_gate = 0;
  double answer = 0;
  int write_every = 0;
  int pause_before = 0;
  femtoseconds rest_before{0};

 private:
  std::uint64_t next_;
  std::uint32_t bytes_;
  int in_flight_;
  int left_;
  std::int64_t count_ = 0;
};

finished_result of(const lamina::dram_stack_spec& spec, std::vector<walker> clients,
                   double full = 1e9) {
  std::vector<lamina::memory_client*> all;
  for (walker& client : clients) all.push_back(&client);
  return dram_stack(spec).finish(all, full);
}

lamina::dram_stack_spec without_refresh(int channels = 1) {
  lamina::dram_stack_spec spec = lamina::tests::hbm2_stack();
  spec.geometry.channels = channels;
  spec.controller.refresh = lamina::refresh_policy::none;
  return spec;
}

double latency_s() { return of(without_refresh(), {walker(0, 32, 1, 100)}).elapsed_s / 100; }

TEST(stack_clients, take_their_latencies_ways_and_work) {
  walker one(0, 32, 1, 100);
  one.rest = from_nanoseconds(300);
  one.far = from_nanoseconds(50);
  const finished_result found = of(without_refresh(), {one});
  EXPECT_EQ(found.counts.reads, 100);
  EXPECT_NEAR(found.elapsed_s, 100 * (latency_s() + 350e-9), 0.01 * found.elapsed_s);
}

/// Full with one request, and so for as long as one is in it; with a hundred, for a hundredth.
TEST(stack_clients, occupy_it_by_what_is_in_it) {
  for (const double full : {32.0, 3200.0}) {
    walker one(0, 32, 1, 100);
    one.rest = from_nanoseconds(300);
    const finished_result found = of(without_refresh(), {one}, full);
    const double expected = (found.elapsed_s - 100 * 300e-9) * 32 / full;
    EXPECT_NEAR(found.occupied_s, expected, 0.001 * expected);
  }
}

TEST(stack_clients, move_as_much_as_a_stream_that_is_served) {
  const lamina::dram_stack_spec spec = without_refresh();
  lamina::access_stream stream;
  stream.request_bytes = 32;
  stream.in_flight = 64;
  stream.total_bytes = 1 << 22;
  const double served = dram_stack(spec).serve({{stream}, 1}).bandwidth_bytes_per_s();
  const double moved = (1 << 22) / of(spec, {walker(0, 32, 64, 1 << 17)}).elapsed_s;
  EXPECT_NEAR(moved, served, 0.02 * served);
}

TEST(stack_clients, lose_the_time_of_refreshes) {
  const lamina::dram_stack_spec with = lamina::tests::hbm2_stack();
  lamina::dram_stack_spec without = with;
  without.controller.refresh = lamina::refresh_policy::none;
  const walker one(0, 32, 64, 1 << 17);
  const double share = of(without, {one}).elapsed_s / of(with, {one}).elapsed_s;
  // 220 of 3900 clocks and the rows that must be closed and opened again.
  EXPECT_LT(share, 1 - 220.0 / 3900 + 0.01);
  EXPECT_GT(share, 1 - 320.0 / 3900);
}

TEST(stack_clients, are_counted) {
  walker mixed(0, 64, 16, 4000);
  mixed.write_every = 4;
  lamina::dram_stack_spec spec = lamina::tests::hbm2_stack();
  spec.energy.read_j = 3e-12;
  spec.energy.write_j = 5e-12;
  const finished_result r = of(spec, {mixed});
  EXPECT_EQ(r.counts.reads, 6000);
  EXPECT_EQ(r.counts.writes, 2000);
  EXPECT_EQ(r.counts.row_hits + r.counts.activates, 8000);
  EXPECT_DOUBLE_EQ(r.energy.read_j, 6000 * 3e-12);
  EXPECT_DOUBLE_EQ(r.energy.write_j, 2000 * 5e-12);
}

TEST(stack_clients, take_ports_that_are_not_followed_to_be_like_the_others) {
  // 64 ports are followed of 64, and of 128.
  const auto rate = [](int channels) {
    const lamina::dram_stack_spec spec = without_refresh(channels);
    std::vector<walker> clients;
    for (int i = 0; i < 4 * channels; ++i) {
      clients.emplace_back(std::uint64_t{17408} * static_cast<unsigned>(i), 1024, 4, 200);
    }
    return 4 * channels / of(spec, clients).elapsed_s;
  };
  const int whole = 64 / without_refresh().geometry.ports();
  EXPECT_NEAR(rate(2 * whole) / rate(whole), 2, 0.15);
}

/// Two that work for 300 ns on each answer, 200 of them with a unit that they share.
TEST(stack_clients, wait_for_the_unit_that_they_share) {
  walker one(0, 32, 4, 100), other(1 << 20, 32, 4, 100);
  for (walker* client : {&one, &other}) {
    client->rest = from_nanoseconds(300);
    client->busy = from_nanoseconds(200);
  }
  const double apart = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(apart, 100 * 300e-9, 0.02 * apart);
  one.shared = other.shared = 0;
  const double together = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(together, 200 * 200e-9, 0.02 * together);
}

/// What comes last of one must not keep the unit from another that could have it before.
TEST(stack_clients, have_a_unit_in_the_order_in_which_they_could_begin) {
  walker late(0, 32, 1, 1), early(1 << 20, 32, 1, 50);
  late.far = from_nanoseconds(100'000);
  early.rest = early.busy = late.rest = late.busy = from_nanoseconds(100);
  late.shared = early.shared = 0;
  const double both = of(without_refresh(), {late, early}).elapsed_s;
  EXPECT_LT(both, 100.3e-6);
}

/// Answers of 1000 bytes, 32 of them from here, on a lane of 1 byte/ns.
TEST(stack_clients, take_turns_on_their_lane) {
  walker one(0, 32, 4, 100), other(1 << 20, 32, 4, 100);
  for (walker* client : {&one, &other}) {
    client->answer = 1000;
    client->s_per_byte = 1e-9;
    client->node = 0;
    client->shared = client == &one ? 0 : 1;
  }
  const double together = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(together, 200 * 1000e-9, 0.02 * together);
  other.node = 1;
  const double apart = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(apart, 100 * 1000e-9, 0.02 * apart);
}

/// Answers of 32 bytes that a gate passes in 3.2 us, one after the other.
TEST(stack_clients, wait_at_their_own_gate) {
  walker one(0, 32, 4, 100), other(1 << 20, 32, 4, 100);
  for (walker* client : {&one, &other}) {
    client->answer = 32;
    client->s_per_byte_at_gate = 100e-9;
    client->node = client->shared = client == &one ? 0 : 1;
  }
  const double together = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(together, 200 * 3.2e-6, 0.02 * together);
  other.gate = 1;
  const double apart = of(without_refresh(), {one, other}).elapsed_s;
  EXPECT_NEAR(apart, 100 * 3.2e-6, 0.02 * apart);
}

/// Before its last request it waits for all answers, and works for another microsecond.
TEST(stack_clients, ask_after_all_else_and_later) {
  walker one(0, 32, 8, 9);
  one.shared = 0;
  one.pause_before = 1;
  const double at_once = of(without_refresh(), {one}).elapsed_s;
  one.rest_before = from_nanoseconds(1000);
  EXPECT_NEAR(of(without_refresh(), {one}).elapsed_s - at_once, 1e-6, 0.01e-6);
}

}  // namespace
