// SPDX-License-Identifier: Apache-2.0
// One endpoint of a network with sockets: what its initiators and its target say.
#pragma once

#include "lamina/tlm/interconnect.h"

namespace lamina::sysc {

struct interconnect::transaction {
  std::int64_t index = 0;
  ::tlm::tlm_generic_payload* payload = nullptr;
  port* from = nullptr;
  port* to = nullptr;
  int id = 0;  ///< of the initiator at its endpoint
  std::uint64_t address = 0;
  std::uint64_t target_address = 0;
  bool blocking = false;
  bool managed = false;
  bool has_end_req = false;
  sc_core::sc_event arrived;  ///< for b_transport
};

class interconnect::port {
 public:
  port(interconnect& network, int number);

  /// What a target says about a request that it was given.
  void answered(transaction& item, const ::tlm::tlm_phase& phase, const sc_core::sc_time& delay);
  /// The initiator has taken the response that it was given last.
  void end_response(int id, const sc_core::sc_time& delay);

  struct waiting_responses {
    transaction* open = nullptr;  ///< without END_RESP
    std::deque<transaction*> queue;
  };
  const int endpoint;
  target_socket from_initiators;
  initiator_socket to_target;
  bool request_open = false;  ///< one at the target without END_REQ
  std::deque<transaction*> requests;
  std::unordered_map<const ::tlm::tlm_generic_payload*, transaction*> at_target;
  std::unordered_map<int, waiting_responses> responses;  ///< by initiator

 private:
  void b_transport(int id, ::tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  ::tlm::tlm_sync_enum nb_transport_fw(int id, ::tlm::tlm_generic_payload& payload,
                                       ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  ::tlm::tlm_sync_enum nb_transport_bw(int id, ::tlm::tlm_generic_payload& payload,
                                       ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned int transport_dbg(int id, ::tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int id, ::tlm::tlm_generic_payload& payload, ::tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int, sc_dt::uint64, sc_dt::uint64) {}

  interconnect& network_;
};

}  // namespace lamina::sysc
