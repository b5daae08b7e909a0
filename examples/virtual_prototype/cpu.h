// SPDX-License-Identifier: Apache-2.0
// A loosely timed initiator: plain loads and stores through b_transport.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

/// Stands for a processor model that the platform already has; `program` is what it runs.
class cpu : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(cpu);
  tlm_utils::simple_initiator_socket<cpu> socket;

  cpu(const sc_core::sc_module_name& name, std::function<void(cpu&)> program)
      : sc_module(name), socket("socket"), program_(std::move(program)) {
    SC_THREAD(run);
  }

  /// Both return whether the target answered well, after the time that it took.
  bool load(std::uint64_t address, std::vector<unsigned char>& data) {
    return access(tlm::TLM_READ_COMMAND, address, data.data(), data.size());
  }
  bool store(std::uint64_t address, std::vector<unsigned char>& data) {
    return access(tlm::TLM_WRITE_COMMAND, address, data.data(), data.size());
  }

 private:
  void run() { program_(*this); }
  bool access(tlm::tlm_command command, std::uint64_t address, unsigned char* data,
              std::size_t bytes) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(static_cast<unsigned int>(bytes));
    payload.set_streaming_width(static_cast<unsigned int>(bytes));
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(payload, delay);
    wait(delay);
    return payload.is_response_ok();
  }

  std::function<void(cpu&)> program_;
};
