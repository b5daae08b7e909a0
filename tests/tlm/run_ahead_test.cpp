// SPDX-License-Identifier: Apache-2.0
// A controller that runs ahead of the kernel does what it does in step with it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::sysc {
namespace {

dram_stack_spec one_channel() { return tests::hbm2_stack(femtoseconds{312'500}); }

memory_workload random_stream(double rate_bytes_per_s) {
  access_stream stream;
  stream.pattern = access_pattern::random;
  stream.request_bytes = 64;
  stream.total_bytes = 4000 * 64;
  stream.range_bytes = 16 << 20;
  stream.read_fraction = 0.6;
  stream.rate_bytes_per_s = rate_bytes_per_s;
  return {{stream}, 5};
}

/// What tells one run from another, as numbers.
using account = std::vector<std::int64_t>;

account account_of(const dram_stack_spec& spec, const memory_workload& workload,
                   femtoseconds run_ahead) {
  account found;
  simulation_options options;
  options.run_ahead = run_ahead;
  options.on_command = [&](const dram_command_record& one) {
    found.insert(found.end(), {one.cycle, static_cast<std::int64_t>(one.command), one.place.row,
                               one.place.bank_group, one.place.bank, one.request_id});
  };
  const memory_result result = simulate(spec, workload, options);
  found.insert(found.end(), {result.elapsed.count(), from_seconds(result.latency.mean_s).count(),
                             from_seconds(result.latency.max_s).count()});
  return found;
}

/// The same in a child, because the kernel serves one simulation a process.
account account_in_child(const dram_stack_spec& spec, const memory_workload& workload,
                         femtoseconds run_ahead) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    const account found = account_of(spec, workload, run_ahead);
    std::size_t sent = 0;
    const std::size_t bytes = found.size() * sizeof found[0];
    while (sent < bytes) {
      const auto* rest = reinterpret_cast<const char*>(found.data()) + sent;
      const ssize_t count = write(ends[1], rest, bytes - sent);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    _exit(0);
  }
  close(ends[1]);
  std::vector<char> bytes;
  std::array<char, 4096> part{};
  for (ssize_t count; (count = read(ends[0], part.data(), part.size())) > 0;) {
    bytes.insert(bytes.end(), part.begin(), part.begin() + count);
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  account found(bytes.size() / sizeof(std::int64_t));
  std::copy_n(bytes.data(), found.size() * sizeof found[0], reinterpret_cast<char*>(found.data()));
  return found;
}

void expect_the_same(const dram_stack_spec& spec, const memory_workload& workload) {
  const account in_step = account_in_child(spec, workload, femtoseconds{0});
  const account ahead = account_of(spec, workload, from_nanoseconds(1000));
  ASSERT_GT(in_step.size(), 20000U);
  EXPECT_TRUE(in_step == ahead);
}

TEST(run_ahead, changes_nothing_under_saturating_traffic) {
  expect_the_same(one_channel(), random_stream(0));
}

/// Requests find the queue full, so that their entry follows a command.
TEST(run_ahead, changes_nothing_under_back_pressure) {
  dram_stack_spec spec = one_channel();
  spec.controller.read_queue_entries = 6;
  spec.controller.write_queue_entries = 6;
  spec.controller.write_high_watermark = 4;
  spec.controller.write_low_watermark = 1;
  expect_the_same(spec, random_stream(0));
}

/// The next request falls due between two commands.
TEST(run_ahead, changes_nothing_when_requests_come_at_a_rate) {
  expect_the_same(one_channel(), random_stream(2.3e9));
}

/// A response makes the generator wait for a time that was not known when the controller set out.
TEST(run_ahead, changes_nothing_when_a_response_sets_the_next_time) {
  memory_workload workload = random_stream(1.6e9);
  workload.streams[0].in_flight = 2;
  expect_the_same(one_channel(), workload);
}

}  // namespace
}  // namespace lamina::sysc
