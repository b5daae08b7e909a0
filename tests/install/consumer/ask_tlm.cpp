// SPDX-License-Identifier: Apache-2.0
#include <lamina/tlm/dram_stack.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdio>
#include <systemc>
#include <tlm>

#include "small_stack.h"

namespace {

class initiator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(initiator);
  tlm_utils::simple_initiator_socket<initiator> socket;
  bool read_what_was_written = false;
  sc_core::sc_time took;

  explicit initiator(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    SC_THREAD(work);
  }

 private:
  void work() {
    unsigned int written = 0x600DF00D;
    unsigned int read = 0;
    access(tlm::TLM_WRITE_COMMAND, written);
    access(tlm::TLM_READ_COMMAND, read);
    read_what_was_written = read == written;
    took = sc_core::sc_time_stamp();
  }
  void access(tlm::tlm_command command, unsigned int& data) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(4096);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&data));
    payload.set_data_length(sizeof data);
    payload.set_streaming_width(sizeof data);
    sc_core::sc_time delay;
    socket->b_transport(payload, delay);
    wait(delay);
  }
};

}  // namespace

int sc_main(int, char**) {
  initiator cpu("cpu");
  lamina::sysc::dram_stack stack("stack", small_stack());
  cpu.socket.bind(stack.socket);
  sc_core::sc_start();
  std::printf("%s\n", cpu.took.to_string().c_str());
  // An activation and two column commands can take neither no time nor a microsecond.
  const bool plausible = cpu.took > sc_core::sc_time(20, sc_core::SC_NS) &&
                         cpu.took < sc_core::sc_time(1, sc_core::SC_US);
  return cpu.read_what_was_written && plausible ? 0 : 1;
}
