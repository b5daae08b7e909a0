// SPDX-License-Identifier: Apache-2.0
// The buffer in TLM: exact times, conflicts, TLM-2.0 manners. One simulation fits in a process: run
// a test at a time, as ctest does.
#include "lamina/tlm/buffer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <unistd.h>

#include <functional>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "lamina/tlm/buffer_simulation.h"

namespace lamina::sysc {
namespace {

/// One clock is 1 ns, a word is 32 B.
buffer_spec plain() {
  buffer_spec spec;
  spec.read_latency_clocks = 5;
  spec.write_latency_clocks = 3;
  spec.in_flight = 1024;
  return spec;
}

buffer_workload blocks_of_words(int words, std::int64_t blocks, int requesters = 1) {
  buffer_workload work;
  work.block_bytes = static_cast<std::uint32_t>(32 * words);
  work.blocks = blocks;
  work.requesters = requesters;
  return work;
}

double clocks(const buffer_result& result) { return to_nanoseconds(result.elapsed); }

TEST(buffer_time, is_latency_and_one_clock_for_each_further_word) {
  EXPECT_EQ(clocks(simulate(plain(), blocks_of_words(64, 1))), 5 + 63);
}

TEST(buffer_time, repeats_the_whole_latency_without_double_buffering) {
  buffer_spec spec = plain();
  spec.depth = 1;
  EXPECT_EQ(clocks(simulate(spec, blocks_of_words(16, 10))), 10 * (15 + 5));
}

TEST(buffer_time, hides_the_latency_of_a_block_behind_the_next_when_double_buffered) {
  EXPECT_EQ(clocks(simulate(plain(), blocks_of_words(16, 10))), 160 + 4);
}

TEST(buffer_time, obeys_the_limit_of_words_in_flight) {
  buffer_spec spec = plain();
  spec.in_flight = 2;
  // Words 0, 1 at clocks 0, 1; 2, 3 at 5, 6; and so on: the last of ten at 21.
  EXPECT_EQ(clocks(simulate(spec, blocks_of_words(10, 1))), 21 + 5);
}

TEST(buffer_time, is_that_of_the_only_bank_with_one_conflict_for_each_word_but_the_first) {
  buffer_spec spec = plain();
  spec.banks = 1;
  spec.capacity_bytes = 1 << 20;
  const buffer_result result = simulate(spec, blocks_of_words(1, 4, 4));
  EXPECT_EQ(clocks(result), 5 + 3);
  EXPECT_EQ(result.counts.conflicts, 3);
  EXPECT_EQ(result.counts.conflict_clocks, 1 + 2 + 3);
}

TEST(buffer_time, lets_ports_work_side_by_side_on_other_banks) {
  buffer_spec spec = plain();
  // A lap of three periods of 16 banks: four requesters begin at banks 0, 12, 8 and 4.
  spec.capacity_bytes = spec.bank_period() * 4;
  const buffer_result result = simulate(spec, blocks_of_words(4, 4, 4));
  EXPECT_EQ(clocks(result), 3 + 5);
  EXPECT_EQ(result.counts.conflicts, 0);
}

TEST(buffer_simulation, conserves_bytes_and_energy) {
  buffer_spec spec = plain();
  spec.read_j_per_byte = 1e-12;
  spec.write_j_per_byte = 3e-12;
  buffer_workload work = blocks_of_words(5, 1000, 7);
  work.pattern = access_pattern::random;
  work.read_fraction = 0.3;
  const buffer_result result = simulate(spec, work);
  EXPECT_EQ(result.read_bytes + result.write_bytes, 160'000U);
  EXPECT_EQ(result.counts.reads + result.counts.writes, 5000);
  EXPECT_NEAR(result.energy.total_j(),
              static_cast<double>(result.read_bytes) * 1e-12 +
                  static_cast<double>(result.write_bytes) * 3e-12,
              1e-18);
}

/// Elapsed time of blocks that answers cause to come between clocks; in a child, since a process
/// has one simulation.
std::int64_t offered_between_clocks(bool run_ahead, std::uint64_t seed) {
  buffer_spec spec = plain();
  spec.read_latency_clocks = 17;
  spec.write_latency_clocks = 39;
  spec.in_flight = 20;
  spec.clock = femtoseconds{731'113};
  buffer_workload work = blocks_of_words(119, 60, 5);
  work.pattern = access_pattern::random;
  work.read_fraction = 0.37;
  work.rate_bytes_per_s = 31e9;
  work.seed = seed;
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    const std::int64_t elapsed = simulate(spec, work, {0, run_ahead}).elapsed.count();
    _exit(write(ends[1], &elapsed, sizeof elapsed) == sizeof elapsed ? 0 : 1);
  }
  std::int64_t elapsed = -1;
  close(ends[1]);
  if (read(ends[0], &elapsed, sizeof elapsed) != sizeof elapsed) elapsed = -1;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return elapsed;
}

TEST(buffer_simulation, answers_the_same_when_it_runs_ahead_of_the_kernel) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::int64_t in_step = offered_between_clocks(false, seed);
    EXPECT_GT(in_step, 0);
    EXPECT_EQ(offered_between_clocks(true, seed), in_step);
  }
}

TEST(buffer_simulation, throws_for_what_does_not_hold_together) {
  buffer_spec spec;
  spec.ports = 0;
  EXPECT_THROW(simulate(spec, buffer_workload{}), std::invalid_argument);
  buffer_workload work;
  work.requesters = 0;
  EXPECT_THROW(simulate(buffer_spec{}, work), std::invalid_argument);
}

/// Runs `body` in a thread of its own; answers and acceptances of nb_transport are kept.
struct host : sc_core::sc_module {
  SC_HAS_PROCESS(host);
  tlm_utils::simple_initiator_socket<host> socket{"socket"};
  std::function<void()> body;
  bool ended = false;
  std::vector<sc_core::sc_time> accepted, answered;
  sc_core::sc_event answer;

  explicit host(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &host::backward);
    SC_THREAD(run);
  }
  void run() {
    body();
    ended = true;
  }
  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay) {
    const sc_core::sc_time when = sc_core::sc_time_stamp() + delay;
    (phase == tlm::END_REQ ? accepted : answered).push_back(when);
    if (phase == tlm::END_REQ) return tlm::TLM_ACCEPTED;
    answer.notify(delay);
    return tlm::TLM_COMPLETED;
  }
  static void aim(tlm::tlm_generic_payload& payload, tlm::tlm_command command,
                  std::uint64_t address, std::vector<unsigned char>& data) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(static_cast<unsigned>(data.size()));
    payload.set_streaming_width(static_cast<unsigned>(data.size()));
  }
  tlm::tlm_response_status transport(tlm::tlm_command command, std::uint64_t address,
                                     std::vector<unsigned char>& data,
                                     sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    tlm::tlm_generic_payload payload;
    aim(payload, command, address, data);
    socket->b_transport(payload, delay);
    wait(delay);
    return payload.get_response_status();
  }
};

class buffer_target : public testing::Test {
 protected:
  buffer target{"target", plain()};
  host initiator{"initiator"};

  void run(const std::function<void()>& body) {
    initiator.body = body;
    initiator.socket.bind(target.socket);
    sc_core::sc_start();
    EXPECT_TRUE(initiator.ended);
  }
};

sc_core::sc_time ns(double time) { return {time, sc_core::SC_NS}; }

TEST_F(buffer_target, reads_back_unaligned_data_in_blocking_transport) {
  run([this] {
    std::vector<unsigned char> written(1000);
    std::iota(written.begin(), written.end(), static_cast<unsigned char>(3));
    std::vector<unsigned char> found(written.size());
    EXPECT_EQ(initiator.transport(tlm::TLM_WRITE_COMMAND, 777, written), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(initiator.transport(tlm::TLM_READ_COMMAND, 777, found), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(found, written);
  });
}

TEST_F(buffer_target, takes_the_time_of_its_words_from_the_first_clock_after_now_and_delay) {
  run([this] {
    std::vector<unsigned char> data(32);
    initiator.transport(tlm::TLM_READ_COMMAND, 16, data, ns(6.5));  // two words, from clock 7
    EXPECT_EQ(sc_core::sc_time_stamp(), ns(7 + 1 + 5));
  });
}

TEST_F(buffer_target, answers_a_non_blocking_request_when_its_last_word_is_there_and_not_before) {
  run([this] {
    std::vector<unsigned char> data(96);
    tlm::tlm_generic_payload payload;  // without a memory manager
    host::aim(payload, tlm::TLM_WRITE_COMMAND, 0, data);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    EXPECT_EQ(initiator.socket->nb_transport_fw(payload, phase, delay), tlm::TLM_UPDATED);
    EXPECT_EQ(phase, tlm::END_REQ);
    sc_core::wait(ns(4));
    EXPECT_TRUE(initiator.answered.empty());
    sc_core::wait(initiator.answer);
    EXPECT_EQ(initiator.answered.front(), ns(2 + 3));
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
  });
}

TEST_F(buffer_target, holds_back_the_block_beyond_its_depth_until_one_is_complete) {
  run([this] {
    std::vector<unsigned char> data(32);
    tlm::tlm_generic_payload payloads[3];
    for (tlm::tlm_generic_payload& payload : payloads) {
      host::aim(payload, tlm::TLM_READ_COMMAND, 0, data);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay;
      initiator.socket->nb_transport_fw(payload, phase, delay);
    }
    while (initiator.answered.size() < 3) sc_core::wait(initiator.answer);
    // Depth 2: words at clocks 0 and 1; the third is accepted and issued when the first is back.
    EXPECT_EQ(initiator.accepted, std::vector<sc_core::sc_time>{ns(5)});
    EXPECT_EQ(initiator.answered, (std::vector<sc_core::sc_time>{ns(5), ns(6), ns(10)}));
  });
}

TEST_F(buffer_target, reads_by_debug_without_time_what_was_written) {
  run([this] {
    std::vector<unsigned char> data{1, 2, 3, 4};
    initiator.transport(tlm::TLM_WRITE_COMMAND, 62, data);
    const sc_core::sc_time before = sc_core::sc_time_stamp();
    std::vector<unsigned char> found(4);
    tlm::tlm_generic_payload payload;
    host::aim(payload, tlm::TLM_READ_COMMAND, 62, found);
    EXPECT_EQ(initiator.socket->transport_dbg(payload), 4U);
    EXPECT_EQ(found, data);
    EXPECT_EQ(sc_core::sc_time_stamp(), before);
  });
}

TEST_F(buffer_target, writes_enabled_bytes_only_and_streams_over_its_width) {
  run([this] {
    std::vector<unsigned char> data{1, 2, 3, 4};
    std::vector<unsigned char> enables{0xff, 0};
    tlm::tlm_generic_payload payload;
    host::aim(payload, tlm::TLM_WRITE_COMMAND, 0, data);
    payload.set_byte_enable_ptr(enables.data());
    payload.set_byte_enable_length(2);
    payload.set_streaming_width(2);
    sc_core::sc_time delay;
    initiator.socket->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
    std::vector<unsigned char> found(4);
    initiator.transport(tlm::TLM_READ_COMMAND, 0, found);
    EXPECT_EQ(found, (std::vector<unsigned char>{3, 0, 0, 0}));
  });
}

TEST_F(buffer_target, answers_bad_requests_with_a_status) {
  run([this] {
    std::vector<unsigned char> data(8);
    const auto end = static_cast<std::uint64_t>(target.spec().capacity_bytes);
    EXPECT_EQ(initiator.transport(tlm::TLM_READ_COMMAND, end - 4, data),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
    std::vector<unsigned char> nothing;
    EXPECT_EQ(initiator.transport(tlm::TLM_READ_COMMAND, 0, nothing),
              tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(initiator.transport(tlm::TLM_IGNORE_COMMAND, 0, data), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  });
}

TEST_F(buffer_target, refuses_direct_memory) {
  run([this] {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    payload.set_read();
    EXPECT_FALSE(initiator.socket->get_direct_mem_ptr(payload, dmi));
    EXPECT_EQ(dmi.get_end_address(), static_cast<std::uint64_t>(target.spec().capacity_bytes) - 1);
  });
}

}  // namespace
}  // namespace lamina::sysc
