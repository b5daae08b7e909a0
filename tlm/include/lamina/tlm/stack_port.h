// SPDX-License-Identifier: Apache-2.0
// A TLM-2.0 initiator that reads and writes pieces of a memory for others, in order of request.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <tlm>

#include "lamina/models/units.h"

namespace lamina::sysc {

/// Sends requests as the target's back pressure allows, any number in flight. Moves no data (null
/// data pointer). Works with annotated and with timely responses.
class stack_port : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<stack_port> socket;

  explicit stack_port(const sc_core::sc_module_name& name);
  ~stack_port() override;

  /// Takes a request at the present time.
  void request(std::uint64_t address, std::uint32_t bytes, bool write, std::int64_t ticket);
  /// Told of each answer, with its time, which may be still to come.
  std::function<void(std::int64_t ticket, femtoseconds when)> on_answer;

  std::uint64_t read_bytes() const { return read_bytes_; }
  std::uint64_t write_bytes() const { return write_bytes_; }
  std::int64_t failed() const { return failed_; }

 private:
  struct item;

  void send();
  void complete(item& done, femtoseconds when);
  ::tlm::tlm_sync_enum nb_transport_bw(::tlm::tlm_generic_payload& payload, ::tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay);

  std::deque<item> storage_;
  item* free_ = nullptr;
  item* first_waiting_ = nullptr;  ///< a list through item::next
  item* last_waiting_ = nullptr;
  bool blocked_ = false;  ///< a request waits for its END_REQ
  bool sending_ = false;
  std::uint64_t read_bytes_ = 0;
  std::uint64_t write_bytes_ = 0;
  std::int64_t failed_ = 0;
};

}  // namespace lamina::sysc
