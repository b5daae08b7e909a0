// SPDX-License-Identifier: Apache-2.0
// The stack as a TLM-2.0 target: phases, back pressure, payload attributes, exact time.
// One simulation fits in a process: run a test at a time, as ctest does.
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

#include "hbm2_stack.h"
#include "lamina/tlm/dram_stack.h"

namespace lamina::sysc {
namespace {

using sc_core::sc_time;
using sc_core::sc_time_stamp;
using bytes = std::vector<unsigned char>;

dram_stack_spec quiet_stack(femtoseconds clock = from_nanoseconds(1)) {
  dram_stack_spec spec = tests::hbm2_stack(clock);
  spec.controller.refresh = refresh_policy::none;
  return spec;
}

sc_time ns(double value) { return {value, sc_core::SC_NS}; }

/// A payload that counts its references.
struct counted_payload : tlm::tlm_generic_payload, tlm::tlm_mm_interface {
  counted_payload(tlm::tlm_command command, std::uint64_t address, bytes& data) {
    set_command(command);
    set_address(address);
    set_data_ptr(data.data());
    set_data_length(static_cast<unsigned>(data.size()));
    set_streaming_width(static_cast<unsigned>(data.size()));
    set_mm(this);
  }
  void free(tlm_generic_payload*) override { ++freed; }
  int freed = 0;
};

/// An initiator of the base protocol that notes what comes back, and when.
struct requester : sc_core::sc_module {
  struct note {
    tlm::tlm_generic_payload* payload;
    tlm::tlm_phase phase;
    sc_time time;
  };

  SC_HAS_PROCESS(requester);
  tlm_utils::simple_initiator_socket<requester> socket{"socket"};
  std::function<void()> body;
  std::function<void(const note&)> on_note;
  std::vector<note> notes;
  bool ends_responses = true;
  bool ended = false;

  explicit requester(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &requester::nb_transport_bw);
    SC_THREAD(run);
  }
  void run() {
    body();
    ended = true;
  }
  /// BEGIN_REQ now; the target's answer, and the phase that it may have moved to.
  tlm::tlm_sync_enum begin(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase) {
    phase = tlm::BEGIN_REQ;
    sc_time delay;
    return socket->nb_transport_fw(payload, phase, delay);
  }
  tlm::tlm_sync_enum begin(tlm::tlm_generic_payload& payload) {
    tlm::tlm_phase phase;
    return begin(payload, phase);
  }
  void end_response(tlm::tlm_generic_payload& payload) {
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_time delay;
    EXPECT_EQ(socket->nb_transport_fw(payload, phase, delay), tlm::TLM_COMPLETED);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_time& delay) {
    notes.push_back({&payload, phase, sc_time_stamp() + delay});
    const note last = notes.back();
    if (on_note) on_note(last);
    if (phase == tlm::BEGIN_RESP && ends_responses) {
      phase = tlm::END_RESP;
      return tlm::TLM_UPDATED;
    }
    return tlm::TLM_ACCEPTED;
  }
  /// Times at which a phase came back.
  std::vector<sc_time> times_of(const tlm::tlm_phase& phase) const {
    std::vector<sc_time> times;
    for (const note& one : notes)
      if (one.phase == phase) times.push_back(one.time);
    return times;
  }
  tlm::tlm_response_status block(tlm::tlm_generic_payload& payload) {
    sc_time delay;
    socket->b_transport(payload, delay);
    wait(delay);
    return payload.get_response_status();
  }
};

struct protocol : testing::Test {
  void run(const dram_stack_spec& spec, const std::function<void(requester&)>& body) {
    dram_stack_options options;
    options.on_command = [this](const dram_command_record& one) { commands.push_back(one); };
    dram_stack stack("stack", spec, options);
    requester host("host");
    host.body = [&] { body(host); };
    host.socket.bind(stack.socket);
    sc_core::sc_start();
    EXPECT_TRUE(host.ended);
  }
  std::size_t count(dram_command command) const {
    std::size_t found = 0;
    for (const dram_command_record& one : commands) found += one.command == command ? 1U : 0U;
    return found;
  }
  std::vector<dram_command_record> commands;
};

/// Command in the clock after the request, tRCDRD, RL and the burst of 2 clocks.
TEST_F(protocol, passes_through_four_phases_and_lets_go_of_the_payload) {
  run(quiet_stack(), [](requester& host) {
    bytes data(32);
    counted_payload payload(tlm::TLM_READ_COMMAND, 0, data);
    payload.acquire();
    host.ends_responses = false;
    tlm::tlm_phase phase;
    EXPECT_EQ(host.begin(payload, phase), tlm::TLM_UPDATED);
    EXPECT_EQ(phase, tlm::END_REQ);
    wait(ns(200));
    ASSERT_EQ(host.notes.size(), 1U);
    EXPECT_EQ(host.notes[0].phase, tlm::BEGIN_RESP);
    EXPECT_EQ(host.notes[0].payload, &payload);
    EXPECT_EQ(host.notes[0].time, ns(1 + 14 + 17 + 2));
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_OK_RESPONSE);
    host.end_response(payload);
    EXPECT_EQ(payload.freed, 0);
    payload.release();
    EXPECT_EQ(payload.freed, 1);
    wait(ns(200));
    EXPECT_EQ(host.notes.size(), 1U);
  });
}

/// Of four entries the first is free again when the first column command issues, 1 + tRCDRD later.
TEST_F(protocol, withholds_end_req_while_the_queue_is_full) {
  dram_stack_spec spec = quiet_stack();
  spec.controller.read_queue_entries = 4;
  run(spec, [](requester& host) {
    bytes data(32);
    std::deque<counted_payload> payloads;
    for (int i = 0; i < 5; ++i) {
      payloads.emplace_back(tlm::TLM_READ_COMMAND, 32U * static_cast<unsigned>(i), data);
      payloads.back().acquire();
      EXPECT_EQ(host.begin(payloads.back()), i < 4 ? tlm::TLM_UPDATED : tlm::TLM_ACCEPTED) << i;
    }
    wait(ns(14.5));
    EXPECT_TRUE(host.notes.empty());
    wait(ns(500));
    const auto accepted = host.times_of(tlm::END_REQ);
    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_EQ(accepted[0], ns(1 + 14));
    EXPECT_EQ(host.notes.front().payload, &payloads.back());
    EXPECT_EQ(host.times_of(tlm::BEGIN_RESP).size(), 5U);
  });
}

/// The response exclusion rule: one response at a time, the next one after END_RESP.
TEST_F(protocol, waits_for_end_resp_before_the_next_response) {
  run(quiet_stack(), [](requester& host) {
    bytes data(32);
    counted_payload first(tlm::TLM_READ_COMMAND, 0, data), second(tlm::TLM_READ_COMMAND, 32, data);
    first.acquire(), second.acquire();
    host.ends_responses = false;
    host.begin(first), host.begin(second);
    wait(ns(500));
    ASSERT_EQ(host.notes.size(), 1U);
    EXPECT_EQ(host.notes[0].payload, &first);
    host.end_response(first);
    wait(ns(1));
    ASSERT_EQ(host.notes.size(), 2U);
    EXPECT_EQ(host.notes[1].payload, &second);
    EXPECT_EQ(host.notes[1].time, ns(500));
    host.end_response(second);
  });
}

TEST_F(protocol, answers_bad_requests_at_once_with_their_status) {
  const dram_stack_spec spec = quiet_stack();
  const auto end = static_cast<std::uint64_t>(spec.geometry.capacity_bytes());
  run(spec, [&](requester& host) {
    bytes data(8);
    unsigned char enable = 0xff;
    const auto status = [&](std::uint64_t address, unsigned length, unsigned width,
                            bool empty_enables) {
      counted_payload payload(tlm::TLM_READ_COMMAND, address, data);
      payload.acquire();
      payload.set_data_length(length);
      payload.set_streaming_width(width);
      if (empty_enables) payload.set_byte_enable_ptr(&enable);
      EXPECT_EQ(host.begin(payload), tlm::TLM_COMPLETED);
      const tlm::tlm_response_status nonblocking = payload.get_response_status();
      payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
      EXPECT_EQ(host.block(payload), nonblocking);
      return nonblocking;
    };
    EXPECT_EQ(status(end, 8, 8, false), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(status(end - 7, 8, 8, false), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(status(~std::uint64_t{0} - 3, 8, 8, false), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(status(0, 0, 8, false), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(status(0, 8, 0, false), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(status(0, 8, 8, true), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    EXPECT_EQ(sc_time_stamp(), sc_core::SC_ZERO_TIME);
    counted_payload last(tlm::TLM_READ_COMMAND, end - 8, data);
    last.acquire();
    EXPECT_EQ(host.block(last), tlm::TLM_OK_RESPONSE);
  });
}

/// A streaming width visits its range again and again: the last write stays.
TEST_F(protocol, streams_over_its_width) {
  run(quiet_stack(), [](requester& host) {
    bytes data{1, 2, 3, 4, 5, 6, 7, 8};
    counted_payload write(tlm::TLM_WRITE_COMMAND, 100, data);
    write.acquire();
    write.set_streaming_width(4);
    EXPECT_EQ(host.block(write), tlm::TLM_OK_RESPONSE);
    bytes found(8);
    counted_payload read(tlm::TLM_READ_COMMAND, 100, found);
    read.acquire();
    EXPECT_EQ(host.block(read), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(found, (bytes{5, 6, 7, 8, 0, 0, 0, 0}));
    read.set_streaming_width(4);
    EXPECT_EQ(host.block(read), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(found, (bytes{5, 6, 7, 8, 5, 6, 7, 8}));
  });
  EXPECT_EQ(count(dram_command::write), 2U);
}

TEST_F(protocol, reads_enabled_bytes_only) {
  run(quiet_stack(), [](requester& host) {
    bytes data{1, 2, 3, 4};
    counted_payload write(tlm::TLM_WRITE_COMMAND, 30, data);
    write.acquire();
    EXPECT_EQ(host.block(write), tlm::TLM_OK_RESPONSE);
    bytes found(4, 9), enables{0, 0xff};
    counted_payload read(tlm::TLM_READ_COMMAND, 30, found);
    read.acquire();
    read.set_byte_enable_ptr(enables.data());
    read.set_byte_enable_length(2);
    EXPECT_EQ(host.block(read), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(found, (bytes{9, 2, 9, 4}));
  });
}

/// One column command for each burst that the bytes touch, whole or in part.
TEST_F(protocol, moves_the_bursts_that_a_request_touches) {
  struct sized {
    std::uint64_t address;
    std::size_t length;
    std::size_t bursts;
  };
  run(quiet_stack(), [this](requester& host) {
    for (const sized& one : {sized{0, 1, 1}, sized{0, 32, 1}, sized{0, 33, 2}, sized{31, 2, 2},
                             sized{30, 36, 3}, sized{64, 4096, 128}}) {
      bytes data(one.length);
      counted_payload payload(tlm::TLM_READ_COMMAND, one.address, data);
      payload.acquire();
      const std::size_t before = count(dram_command::read);
      EXPECT_EQ(host.block(payload), tlm::TLM_OK_RESPONSE);
      EXPECT_EQ(count(dram_command::read) - before, one.bursts) << one.address << ' ' << one.length;
    }
  });
}

/// Half-picosecond edges at a resolution of one: every response stands within a picosecond after
/// its own edge, the last one of 20 000 like the first, and the time between is that of the ports.
TEST_F(protocol, keeps_a_clock_of_312_5_ps_without_drift) {
  constexpr int requests = 20'000;
  const femtoseconds clock{312'500};
  const int burst = resolve(quiet_stack(clock).geometry, quiet_stack(clock).timings).burst;
  std::vector<sc_time> responses;
  run(quiet_stack(clock), [&](requester& host) {
    bytes data(32);
    std::deque<counted_payload> payloads;
    sc_core::sc_event accepted;
    host.on_note = [&](const requester::note& one) {
      if (one.phase == tlm::END_REQ) accepted.notify();
    };
    for (int i = 0; i < requests; ++i) {
      payloads.emplace_back(tlm::TLM_READ_COMMAND, 32U * static_cast<unsigned>(i), data);
      payloads.back().acquire();
      if (host.begin(payloads.back()) == tlm::TLM_ACCEPTED) wait(accepted);
    }
    wait(ns(1000));
    responses = host.times_of(tlm::BEGIN_RESP);
  });
  ASSERT_EQ(sc_core::sc_get_time_resolution(), sc_time(1, sc_core::SC_PS));
  ASSERT_EQ(responses.size(), static_cast<std::size_t>(requests));
  std::vector<std::int64_t> reads;
  for (const dram_command_record& one : commands)
    if (one.command == dram_command::read) reads.push_back(one.cycle);
  std::sort(reads.begin(), reads.end());
  ASSERT_EQ(reads.size(), responses.size());
  bool between_edges = false;
  for (std::size_t i = 0; i < reads.size(); ++i) {
    const femtoseconds edge = (reads[i] + 17 + burst) * clock;
    const std::int64_t late = from_sc_time(responses[i]).count() - edge.count();
    EXPECT_GE(late, 0) << i;
    EXPECT_LT(late, 1000) << i;
    between_edges = between_edges || late == 500;
  }
  EXPECT_TRUE(between_edges);
}

}  // namespace
}  // namespace lamina::sysc
