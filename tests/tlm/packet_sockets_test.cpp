// SPDX-License-Identifier: Apache-2.0
// The network between initiators and targets. One simulation fits in a process: run a test at a
// time, as ctest does. A message of n bytes takes n + 24 ns over a link, and 10 ns of latency.
#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <stdexcept>

#include "lamina/tlm/interconnect.h"
#include "packet_runs.h"

namespace lamina::sysc {
namespace {

/// 4 KiB that answer after 100 ns; accepts a request after 30 ns.
struct memory : sc_core::sc_module {
  SC_HAS_PROCESS(memory);
  tlm_utils::simple_target_socket<memory> socket{"socket"};
  std::vector<unsigned char> bytes = std::vector<unsigned char>(4096);
  std::vector<std::uint64_t> addresses;
  std::deque<tlm::tlm_generic_payload*> waiting;
  sc_core::sc_event accept, respond;

  explicit memory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &memory::b_transport);
    socket.register_nb_transport_fw(this, &memory::nb_transport_fw);
    socket.register_transport_dbg(this, &memory::transport_dbg);
    SC_METHOD(send_accept);
    sensitive << accept;
    dont_initialize();
    SC_METHOD(send_response);
    sensitive << respond;
    dont_initialize();
  }
  void move(tlm::tlm_generic_payload& p) {
    addresses.push_back(p.get_address());
    unsigned char* at = bytes.data() + p.get_address();
    if (p.is_write()) std::memcpy(at, p.get_data_ptr(), p.get_data_length());
    if (p.is_read()) std::memcpy(p.get_data_ptr(), at, p.get_data_length());
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  void b_transport(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    move(p);
    p.set_dmi_allowed(true);
    delay += sc_core::sc_time(100, sc_core::SC_NS);
  }
  unsigned int transport_dbg(tlm::tlm_generic_payload& p) {
    move(p);
    return p.get_data_length();
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
    EXPECT_TRUE(waiting.empty() || accepted) << "one request at a time";
    accepted = false;
    waiting.push_back(&p);
    accept.notify(30, sc_core::SC_NS);
    respond.notify(100, sc_core::SC_NS);
    return tlm::TLM_ACCEPTED;
  }
  void send_accept() {
    accepted = true;
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay;
    socket->nb_transport_bw(*waiting.back(), phase, delay);
  }
  void send_response() {
    tlm::tlm_generic_payload& p = *waiting.front();
    waiting.pop_front();
    move(p);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay;
    socket->nb_transport_bw(p, phase, delay);
  }
  bool accepted = true;
};

struct host : sc_core::sc_module {
  SC_HAS_PROCESS(host);
  tlm_utils::simple_initiator_socket<host> socket{"socket"};
  std::function<void()> body;
  std::vector<std::pair<tlm::tlm_generic_payload*, double>> responses;  ///< ns
  bool ended = false;

  explicit host(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_nb_transport_bw(this, &host::nb_transport_bw);
    SC_THREAD(run);
  }
  void run() {
    if (body) body();
    ended = true;
  }
  static void fill(tlm::tlm_generic_payload& p, tlm::tlm_command command, std::uint64_t address,
                   std::vector<unsigned char>& data) {
    p.set_command(command);
    p.set_address(address);
    p.set_data_ptr(data.data());
    p.set_data_length(static_cast<unsigned>(data.size()));
    p.set_streaming_width(static_cast<unsigned>(data.size()));
  }
  tlm::tlm_response_status transport(tlm::tlm_command command, std::uint64_t address,
                                     std::vector<unsigned char>& data) {
    tlm::tlm_generic_payload p;
    fill(p, command, address, data);
    p.set_dmi_allowed(true);
    sc_core::sc_time delay;
    socket->b_transport(p, delay);
    wait(delay);
    EXPECT_FALSE(p.is_dmi_allowed());
    EXPECT_EQ(p.get_address(), address);
    return p.get_response_status();
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) {
    EXPECT_EQ(phase, tlm::BEGIN_RESP);
    responses.emplace_back(&p, sc_core::sc_time_stamp().to_seconds() * 1e9);
    return tlm::TLM_COMPLETED;
  }
};

struct packet_sockets : testing::Test {
  static interconnect_sockets map() {
    interconnect_sockets sockets;
    sockets.windows = {{0x10000, 0x1000, 3, 0}, {0x20000, 0x100, 0, 0x800}, {0x30000, 8, 1, 0}};
    return sockets;
  }
  packet_sockets()
      : network("network", plain_network(network_shape::chain, {4}), map()),
        first("first"),
        second("second"),
        far("far"),
        near("near") {
    first.socket.bind(network.from_initiators(0));
    second.socket.bind(network.from_initiators(0));
    network.to_target(3).bind(far.socket);
    network.to_target(0).bind(near.socket);
  }
  void run() {
    sc_core::sc_start(100, sc_core::SC_US);
    EXPECT_TRUE(first.ended);
  }
  static double now_ns() { return sc_core::sc_time_stamp().to_seconds() * 1e9; }

  // What three links take for a message of so many bytes.
  static double way(double bytes) { return 3 * (bytes + 24 + 10); }

  interconnect network;
  host first, second;
  memory far, near;
};

TEST_F(packet_sockets, carry_requests_there_and_responses_back) {
  first.body = [&] {
    std::vector<unsigned char> data(64, 7);
    EXPECT_EQ(first.transport(tlm::TLM_WRITE_COMMAND, 0x10040, data), tlm::TLM_OK_RESPONSE);
    EXPECT_NEAR(now_ns(), way(16 + 64) + 100 + way(16), 1e-3);
    const double begin = now_ns();
    std::vector<unsigned char> back(64, 0);
    EXPECT_EQ(first.transport(tlm::TLM_READ_COMMAND, 0x10040, back), tlm::TLM_OK_RESPONSE);
    EXPECT_NEAR(now_ns() - begin, way(16) + 100 + way(16 + 64), 1e-3);
    EXPECT_EQ(back, data);
    EXPECT_EQ(far.addresses, (std::vector<std::uint64_t>{0x40, 0x40}));
  };
  run();
}

TEST_F(packet_sockets, pass_what_stays_at_its_endpoint_at_once) {
  first.body = [&] {
    std::vector<unsigned char> data(16, 1);
    EXPECT_EQ(first.transport(tlm::TLM_WRITE_COMMAND, 0x20010, data), tlm::TLM_OK_RESPONSE);
    EXPECT_NEAR(now_ns(), 100, 1e-3);
    EXPECT_EQ(near.addresses, std::vector<std::uint64_t>{0x810});
  };
  run();
}

TEST_F(packet_sockets, answer_addresses_that_nobody_serves_with_an_error) {
  first.body = [&] {
    std::vector<unsigned char> data(16, 1);
    for (const std::uint64_t address : {0x0ULL, 0x11000ULL, 0x10ff8ULL, 0x30000ULL, ~0ULL}) {
      EXPECT_EQ(first.transport(tlm::TLM_READ_COMMAND, address, data),
                tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    EXPECT_EQ(now_ns(), 0);
  };
  run();
  EXPECT_TRUE(far.addresses.empty());
}

TEST_F(packet_sockets, serve_debug_accesses_without_time) {
  first.body = [&] {
    std::vector<unsigned char> data(16, 9), back(16, 0);
    tlm::tlm_generic_payload p;
    host::fill(p, tlm::TLM_WRITE_COMMAND, 0x10ff8, data);
    EXPECT_EQ(first.socket->transport_dbg(p), 8U) << "up to the end of the window";
    EXPECT_EQ(p.get_data_length(), 16U);
    EXPECT_EQ(p.get_address(), 0x10ff8U);
    host::fill(p, tlm::TLM_READ_COMMAND, 0x50000, back);
    EXPECT_EQ(first.socket->transport_dbg(p), 0U);
    EXPECT_EQ(now_ns(), 0);
  };
  run();
  EXPECT_EQ(far.bytes[0xfff], 9);
}

TEST_F(packet_sockets, give_no_direct_memory) {
  first.body = [&] {
    std::vector<unsigned char> data(16);
    tlm::tlm_generic_payload p;
    host::fill(p, tlm::TLM_READ_COMMAND, 0x10000, data);
    tlm::tlm_dmi dmi;
    EXPECT_FALSE(first.socket->get_direct_mem_ptr(p, dmi));
  };
  run();
}

TEST_F(packet_sockets, keep_many_transactions_in_flight_without_blocking) {
  std::vector<unsigned char> data(84, 3);
  std::vector<tlm::tlm_generic_payload> payloads(3);
  first.body = [&] {
    for (tlm::tlm_generic_payload& p : payloads) {
      host::fill(p, tlm::TLM_WRITE_COMMAND, 0x10000, data);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay;
      EXPECT_EQ(first.socket->nb_transport_fw(p, phase, delay), tlm::TLM_UPDATED);
      EXPECT_EQ(phase, tlm::END_REQ);
    }
  };
  run();
  ASSERT_EQ(first.responses.size(), 3U);
  EXPECT_TRUE(second.responses.empty());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first.responses[i].first, &payloads[i]);
    EXPECT_EQ(payloads[i].get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(payloads[i].get_address(), 0x10000U);
    // 124 ns after each other over every link.
    EXPECT_NEAR(first.responses[i].second,
                way(100) + 124.0 * static_cast<double>(i) + 100 + way(16), 1e-3);
  }
}

TEST_F(packet_sockets, refuse_unknown_addresses_without_blocking) {
  std::vector<unsigned char> data(8);
  tlm::tlm_generic_payload p;
  first.body = [&] {
    host::fill(p, tlm::TLM_READ_COMMAND, 0x0, data);
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay;
    EXPECT_EQ(first.socket->nb_transport_fw(p, phase, delay), tlm::TLM_COMPLETED);
  };
  run();
  EXPECT_EQ(p.get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST(packet_socket_windows, are_checked) {
  const interconnect_spec spec = plain_network(network_shape::chain, {2});
  const auto with = [&](std::vector<address_window> windows) {
    interconnect_sockets sockets;
    sockets.windows = std::move(windows);
    interconnect made(sc_core::sc_gen_unique_name("made"), spec, sockets);
  };
  EXPECT_THROW(with({{0, 0, 0, 0}}), std::invalid_argument);
  EXPECT_THROW(with({{0, 16, 2, 0}}), std::invalid_argument);
  EXPECT_THROW(with({{0, 16, 0, 0}, {15, 16, 1, 0}}), std::invalid_argument);
  EXPECT_THROW(with({{~0ULL - 3, 16, 0, 0}}), std::invalid_argument);
  EXPECT_NO_THROW(with({{16, 16, 0, 0}, {0, 16, 1, 0}}));
}

}  // namespace
}  // namespace lamina::sysc
