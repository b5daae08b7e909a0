// SPDX-License-Identifier: Apache-2.0
// Messages and TLM-2.0 payloads over the flit network. One simulation fits in a process: run a test
// at a time, as ctest does.
#include "lamina/tlm/flit_network.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "flit_levels.h"
#include "lamina/tlm/flit_sockets.h"
#include "lamina/tlm/sim_time.h"

namespace lamina::sysc {
namespace {

using shape = network_shape;

struct arrivals : message_listener {
  std::map<std::int64_t, std::int64_t> clocks;  ///< by tag
  std::function<void(std::int64_t)> then;
  void on_arrival(std::int64_t tag, femtoseconds now) override {
    EXPECT_TRUE(clocks.emplace(tag, now.count() / 1'000'000).second);
    EXPECT_EQ(now, from_sc_time(sc_core::sc_time_stamp()));
    if (then) then(tag);
  }
  void on_sent(std::int64_t tag, femtoseconds) override { EXPECT_EQ(clocks.count(tag), 1u); }
};

/// Runs `body` in a thread of its own.
struct script : sc_core::sc_module {
  SC_HAS_PROCESS(script);
  std::function<void()> body;
  bool ended = false;
  explicit script(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }
  void run() {
    body();
    ended = true;
  }
};

TEST(flit_network, a_message_takes_the_clocks_of_its_flits) {
  arrivals heard;
  flit_network network("network", flit_level(shape::mesh, {4, 4}), heard);
  network.send(0, 5, 32, 1);
  sc_core::sc_start();
  EXPECT_EQ(heard.clocks, (std::map<std::int64_t, std::int64_t>{{1, 2 + 4 * 3}}));
  EXPECT_EQ(network.flit_hops(), 3);
}

TEST(flit_network, long_messages_are_cut_into_packets_and_arrive_with_the_last) {
  arrivals heard;
  network_level level = flit_level(shape::chain, {2});
  level.flits.packet_flits_most = 4;
  flit_network network("network", level, heard);
  network.send(0, 1, 32 * 10, 7);  // packets of 4, 4 and 2 flits
  sc_core::sc_start();
  EXPECT_EQ(heard.clocks.at(7), 2 + 4 * 2 + 9);
}

TEST(flit_network, what_is_sent_between_clocks_starts_at_the_next) {
  arrivals heard;
  flit_network network("network", flit_level(shape::switched, {3}), heard);
  script driver("driver");
  driver.body = [&] {
    sc_core::wait(sc_core::sc_time(1000.3, sc_core::SC_NS));
    network.send(0, 1, 1, 1);
  };
  sc_core::sc_start();
  EXPECT_EQ(heard.clocks.at(1), 1001 + 6);
}

TEST(flit_network, an_idle_network_has_no_events) {
  arrivals heard;
  flit_network network("network", flit_level(shape::switched, {3}), heard);
  script driver("driver");
  driver.body = [&] {
    for (int i = 0; i < 10; ++i) {
      network.send(0, 1, 1, i);
      sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
    }
  };
  sc_core::sc_start();
  EXPECT_EQ(heard.clocks.size(), 10u);
  EXPECT_EQ(network.clocks(), 10 * 7);
}

TEST(flit_network, listeners_may_send) {
  arrivals heard;
  flit_network network("network", flit_level(shape::ring, {4}), heard);
  heard.then = [&](std::int64_t tag) {
    if (tag < 3) network.send(static_cast<int>(tag), static_cast<int>(tag) + 1, 1, tag + 1);
  };
  network.send(0, 1, 1, 1);
  sc_core::sc_start();
  ASSERT_EQ(heard.clocks.size(), 3u);
  EXPECT_EQ(heard.clocks.at(1), 10);
  EXPECT_EQ(heard.clocks.at(2), 21);  // clock 10 is over when its arrivals are heard of
  EXPECT_EQ(heard.clocks.at(3), 32);
}

/// A word of memory that takes 5 ns.
struct memory : sc_core::sc_module {
  tlm_utils::simple_target_socket<memory> socket{"socket"};
  std::vector<unsigned char> bytes = std::vector<unsigned char>(256, 0);
  std::vector<std::uint64_t> addresses;
  explicit memory(const sc_core::sc_module_name& name) : sc_module(name) {
    socket.register_b_transport(this, &memory::serve);
    socket.register_transport_dbg(this, &memory::look);
  }
  void serve(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    addresses.push_back(payload.get_address());
    move(payload);
    delay += sc_core::sc_time(5, sc_core::SC_NS);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  unsigned int look(tlm::tlm_generic_payload& payload) {
    move(payload);
    return payload.get_data_length();
  }
  void move(tlm::tlm_generic_payload& payload) {
    unsigned char* here = bytes.data() + payload.get_address();
    if (payload.is_write()) std::memcpy(here, payload.get_data_ptr(), payload.get_data_length());
    if (payload.is_read()) std::memcpy(payload.get_data_ptr(), here, payload.get_data_length());
  }
};

struct client : script {
  tlm_utils::simple_initiator_socket<client> socket{"socket"};
  std::vector<sc_core::sc_time> responses;
  sc_core::sc_event answered;
  explicit client(const sc_core::sc_module_name& name) : script(name) {
    socket.register_nb_transport_bw(this, &client::hear);
  }
  tlm::tlm_sync_enum hear(tlm::tlm_generic_payload&, tlm::tlm_phase& phase, sc_core::sc_time&) {
    EXPECT_EQ(phase, tlm::BEGIN_RESP);
    responses.push_back(sc_core::sc_time_stamp());
    answered.notify(sc_core::SC_ZERO_TIME);
    return tlm::TLM_COMPLETED;
  }
  static void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command,
                   std::uint64_t address, unsigned char* data, unsigned int length) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  tlm::tlm_response_status ask(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
                               unsigned int length) {
    tlm::tlm_generic_payload payload;
    fill(payload, command, address, data, length);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    return payload.get_response_status();
  }
};

/// Two endpoints of a switch: a client at 0, memories at 0 and 1, a KiB of addresses each.
struct small_system {
  flit_sockets network{"network", flit_level(shape::switched, {2}), {1024, 8, 1}};
  client user{"user"};
  memory near{"near"};
  memory far{"far"};
  small_system() {
    user.socket.bind(network.target);
    network.initiator.bind(near.socket);
    network.initiator.bind(far.socket);
  }
};

TEST(flit_sockets, a_payload_crosses_is_served_and_comes_back) {
  small_system all;
  unsigned char data[64] = {1, 2, 3};
  all.user.body = [&] {
    EXPECT_EQ(all.user.ask(tlm::TLM_WRITE_COMMAND, 1024 + 16, data, 64), tlm::TLM_OK_RESPONSE);
    // 8 + 64 bytes are 3 flits there, 8 bytes one flit back; the answer finds its clock begun.
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(6 + 2 + 5 + 6, sc_core::SC_NS));
    unsigned char back[64] = {};
    EXPECT_EQ(all.user.ask(tlm::TLM_READ_COMMAND, 1024 + 16, back, 64), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(std::memcmp(back, data, 64), 0);
  };
  sc_core::sc_start();
  EXPECT_TRUE(all.user.ended);
  EXPECT_EQ(all.far.addresses, (std::vector<std::uint64_t>{16, 16}));
  EXPECT_TRUE(all.near.addresses.empty());
}

TEST(flit_sockets, requests_that_do_not_wait_overlap) {
  small_system all;
  unsigned char data[2][8] = {};
  tlm::tlm_generic_payload payloads[2];
  all.user.body = [&] {
    for (int i = 0; i < 2; ++i) {
      client::fill(payloads[i], tlm::TLM_READ_COMMAND, 1024, data[i], 8);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      EXPECT_EQ(all.user.socket->nb_transport_fw(payloads[i], phase, delay), tlm::TLM_UPDATED);
      EXPECT_EQ(phase, tlm::END_REQ);
    }
    while (all.user.responses.size() < 2) sc_core::wait(all.user.answered);
    EXPECT_EQ(all.user.responses[1] - all.user.responses[0], sc_core::sc_time(1, sc_core::SC_NS));
    EXPECT_EQ(payloads[1].get_response_status(), tlm::TLM_OK_RESPONSE);
  };
  sc_core::sc_start();
  EXPECT_TRUE(all.user.ended);
}

TEST(flit_sockets, nobodys_addresses_are_answered_with_an_error) {
  small_system all;
  unsigned char data[8] = {};
  all.user.body = [&] {
    EXPECT_EQ(all.user.ask(tlm::TLM_READ_COMMAND, 2048, data, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(all.user.ask(tlm::TLM_READ_COMMAND, 1020, data, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
  };
  sc_core::sc_start();
  EXPECT_TRUE(all.user.ended);
}

TEST(flit_sockets, debug_takes_no_time) {
  small_system all;
  all.user.body = [&] {
    unsigned char data[2] = {7, 9};
    tlm::tlm_generic_payload payload;
    client::fill(payload, tlm::TLM_WRITE_COMMAND, 1024 + 3, data, 2);
    EXPECT_EQ(all.user.socket->transport_dbg(payload), 2u);
    EXPECT_EQ(payload.get_address(), 1024u + 3);
  };
  sc_core::sc_start();
  EXPECT_EQ(all.far.bytes[4], 9);
  EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME);
}

}  // namespace
}  // namespace lamina::sysc
