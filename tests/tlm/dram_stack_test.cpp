// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 manners of the stack. One simulation fits in a process: run a test at a time, as ctest
// does.
#include "lamina/tlm/dram_stack.h"

#include <gtest/gtest.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <vector>

#include "hbm2_stack.h"

namespace lamina::sysc {
namespace {

dram_stack_spec small_stack() {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.controller.refresh = refresh_policy::none;
  return spec;
}

/// Runs `body` in a thread of its own.
struct host : sc_core::sc_module {
  SC_HAS_PROCESS(host);
  tlm_utils::simple_initiator_socket<host> socket{"socket"};
  std::function<void()> body;
  bool ended = false;

  explicit host(const sc_core::sc_module_name& name) : sc_module(name) { SC_THREAD(run); }
  void run() {
    body();
    ended = true;
  }
  tlm::tlm_response_status transport(tlm::tlm_command command, std::uint64_t address,
                                     std::vector<unsigned char>& data,
                                     std::vector<unsigned char> enables = {}) {
    tlm::tlm_generic_payload payload;
    const auto length = static_cast<unsigned>(data.size());
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data.data());
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    if (!enables.empty()) {
      payload.set_byte_enable_ptr(enables.data());
      payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    wait(delay);
    return payload.get_response_status();
  }
};

class dram_stack_target : public testing::Test {
 protected:
  dram_stack stack{"stack", small_stack()};
  host initiator{"initiator"};

  void run(const std::function<void()>& body) {
    initiator.body = body;
    initiator.socket.bind(stack.socket);
    sc_core::sc_start();
    EXPECT_TRUE(initiator.ended);
  }
};

TEST_F(dram_stack_target, reads_back_unaligned_data_across_rows) {
  run([this] {
    std::vector<unsigned char> written(3000);
    for (std::size_t i = 0; i < written.size(); ++i) written[i] = static_cast<unsigned char>(i * 7);
    std::vector<unsigned char> found(written.size());
    EXPECT_EQ(initiator.transport(tlm::TLM_WRITE_COMMAND, 4093, written), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(initiator.transport(tlm::TLM_READ_COMMAND, 4093, found), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(found, written);
  });
}

TEST_F(dram_stack_target, writes_enabled_bytes_only) {
  run([this] {
    std::vector<unsigned char> old(8, 1);
    std::vector<unsigned char> fresh(8, 2);
    initiator.transport(tlm::TLM_WRITE_COMMAND, 64, old);
    initiator.transport(tlm::TLM_WRITE_COMMAND, 64, fresh, {0xff, 0});
    initiator.transport(tlm::TLM_READ_COMMAND, 64, old);
    EXPECT_EQ(old, (std::vector<unsigned char>{2, 1, 2, 1, 2, 1, 2, 1}));
  });
}

TEST_F(dram_stack_target, answers_an_address_beyond_the_capacity_with_an_address_error) {
  run([this] {
    std::vector<unsigned char> data(8);
    const auto end = static_cast<std::uint64_t>(stack.spec().geometry.capacity_bytes());
    EXPECT_EQ(initiator.transport(tlm::TLM_READ_COMMAND, end - 4, data),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_F(dram_stack_target, reads_by_debug_without_time_what_was_written) {
  run([this] {
    std::vector<unsigned char> data{1, 2, 3, 4};
    initiator.transport(tlm::TLM_WRITE_COMMAND, 62, data);
    const sc_core::sc_time before = sc_core::sc_time_stamp();
    std::vector<unsigned char> found(4);
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_address(62);
    payload.set_data_ptr(found.data());
    payload.set_data_length(4);
    EXPECT_EQ(initiator.socket->transport_dbg(payload), 4U);
    EXPECT_EQ(found, data);
    EXPECT_EQ(sc_core::sc_time_stamp(), before);
  });
}

TEST_F(dram_stack_target, refuses_direct_memory) {
  run([this] {
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi dmi;
    payload.set_read();
    EXPECT_FALSE(initiator.socket->get_direct_mem_ptr(payload, dmi));
  });
}

/// The command one clock after the request, then tRCDRD, RL, the burst of 2 clocks, one hop of 0.
TEST_F(dram_stack_target, takes_the_time_of_the_rules_for_one_read) {
  run([this] {
    std::vector<unsigned char> data(32);
    initiator.transport(tlm::TLM_READ_COMMAND, 0, data);
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(1 + 14 + 17 + 2, sc_core::SC_NS));
  });
}

}  // namespace
}  // namespace lamina::sysc

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

// libsystemc asks for it; the simulations are started without.
extern "C" int sc_main(int, char**) { return 0; }
