// SPDX-License-Identifier: Apache-2.0
// What a stack sustains for clients without end, and what those that end take.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/analytical/dram_stack.h"
#include "lamina/models/memory_client.h"

namespace {

using lamina::client_request;
using lamina::femtoseconds;
using lamina::sustained_result;
using lamina::analytical::dram_stack;

/// Reads on from `base`, or writes each `write_every`-th request.
class walker : public lamina::memory_client {
 public:
  walker(std::uint64_t base, std::uint32_t bytes, int in_flight)
      : next_(base), bytes_(bytes), in_flight_(in_flight) {}
  client_request next() override {
    client_request request;
    request.none = ends_after > 0 && asked_ == ends_after;
    if (request.none) return request;
    ++asked_;
    request.address = next_;
    request.bytes = bytes_;
    request.write = write_every > 0 && ++count_ % write_every == 0;
    next_ = (next_ + bytes_) % (std::uint64_t{1} << 26);
    return request;
  }
  int in_flight() const override { return in_flight_; }
  bool posts_writes() const override { return true; }
  femtoseconds pause() const override { return rest; }

  femtoseconds way() const override { return far; }

  femtoseconds rest{0};
  femtoseconds far{0};
  int ends_after = 0;
  int write_every = 0;

 private:
  std::uint64_t next_;
  std::uint32_t bytes_;
  int in_flight_;
  std::int64_t count_ = 0;
  int asked_ = 0;
};

sustained_result of(const lamina::dram_stack_spec& spec, std::vector<walker> clients) {
  std::vector<lamina::memory_client*> all;
  for (walker& client : clients) all.push_back(&client);
  return dram_stack(spec).sustain(all);
}

lamina::dram_stack_spec without_refresh(int channels = 1) {
  lamina::dram_stack_spec spec = lamina::tests::hbm2_stack();
  spec.geometry.channels = channels;
  spec.controller.refresh = lamina::refresh_policy::none;
  return spec;
}

TEST(sustained_stack, gives_a_lone_request_a_time_its_latency) {
  const sustained_result one = of(without_refresh(), {walker(0, 32, 1)});
  EXPECT_NEAR(one.bytes_per_s * one.latency_s, 32, 0.02 * 32);
}

TEST(sustained_stack, clients_that_end_take_their_latencies_ways_and_work) {
  const double latency = of(without_refresh(), {walker(0, 32, 1)}).latency_s;
  walker one(0, 32, 1);
  one.ends_after = 100;
  one.rest = lamina::from_nanoseconds(300);
  one.far = lamina::from_nanoseconds(50);
  const auto found = dram_stack(without_refresh()).finish({&one}, 1e9);
  EXPECT_EQ(found.counts.reads, 100);
  EXPECT_NEAR(found.elapsed_s, 100 * (latency + 350e-9), 0.01 * found.elapsed_s);
}

/// Full with one request, and so for as long as one is in it; with a hundred, for a hundredth.
TEST(sustained_stack, is_occupied_by_what_is_in_it) {
  for (const double full : {32.0, 3200.0}) {
    walker one(0, 32, 1);
    one.ends_after = 100;
    one.rest = lamina::from_nanoseconds(300);
    const auto found = dram_stack(without_refresh()).finish({&one}, full);
    const double expected = (found.elapsed_s - 100 * 300e-9) * 32 / full;
    EXPECT_NEAR(found.occupied_s, expected, 0.001 * expected);
  }
}

TEST(sustained_stack, waits_for_the_clients_own_work) {
  walker slow(0, 32, 1);
  slow.rest = lamina::from_nanoseconds(1000);
  const sustained_result with = of(without_refresh(), {slow});
  EXPECT_NEAR(with.bytes_per_s * (with.latency_s + 1000e-9), 32, 0.02 * 32);
}

TEST(sustained_stack, moves_as_much_as_a_stream_that_is_served) {
  const lamina::dram_stack_spec spec = without_refresh();
  lamina::access_stream stream;
  stream.request_bytes = 32;
  stream.in_flight = 64;
  stream.total_bytes = 1 << 22;
  const double served = dram_stack(spec).serve({{stream}, 1}).bandwidth_bytes_per_s();
  const sustained_result lasting = of(spec, {walker(0, 32, 64)});
  EXPECT_NEAR(lasting.bytes_per_s, served, 0.02 * served);
}

TEST(sustained_stack, loses_the_time_of_refreshes) {
  const lamina::dram_stack_spec with = lamina::tests::hbm2_stack();
  lamina::dram_stack_spec without = with;
  without.controller.refresh = lamina::refresh_policy::none;
  const double share =
      of(with, {walker(0, 32, 64)}).bytes_per_s / of(without, {walker(0, 32, 64)}).bytes_per_s;
  // 220 of 3900 clocks and the rows that must be closed and opened again.
  EXPECT_LT(share, 1 - 220.0 / 3900 + 0.01);
  EXPECT_GT(share, 1 - 320.0 / 3900);
}

TEST(sustained_stack, counts_for_each_byte_what_it_did_for_it) {
  walker mixed(0, 64, 16);
  mixed.write_every = 4;
  lamina::dram_stack_spec spec = lamina::tests::hbm2_stack();
  spec.energy.read_j = 3e-12;
  spec.energy.write_j = 5e-12;
  const sustained_result r = of(spec, {mixed});
  EXPECT_NEAR((r.counts.reads + r.counts.writes) * 32, 1, 0.01);
  EXPECT_NEAR(r.counts.writes / (r.counts.reads + r.counts.writes), 0.25, 0.01);
  EXPECT_NEAR(r.counts.row_hits + r.counts.activates, r.counts.reads + r.counts.writes,
              0.01 * r.counts.reads);
  EXPECT_NEAR(r.energy.total_j() * 32, 0.75 * 3e-12 + 0.25 * 5e-12, 0.02 * 3.5e-12);
}

TEST(sustained_stack, takes_ports_that_it_does_not_follow_to_be_like_the_others) {
  // 64 ports are followed of 64, and of 128.
  const auto rate = [](int channels) {
    const lamina::dram_stack_spec spec = without_refresh(channels);
    std::vector<walker> clients;
    for (int i = 0; i < 4 * channels; ++i) {
      clients.emplace_back(std::uint64_t{17408} * static_cast<unsigned>(i), 1024, 4);
    }
    return of(spec, clients).bytes_per_s;
  };
  const int whole = 64 / without_refresh().geometry.ports();
  EXPECT_NEAR(rate(2 * whole) / rate(whole), 2, 0.15);
}

}  // namespace
