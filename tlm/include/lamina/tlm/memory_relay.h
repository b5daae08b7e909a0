// SPDX-License-Identifier: Apache-2.0
// A stage between requesters and a memory: requests and responses take the stage's time.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/tlm/relay_stage.h"

namespace lamina::sysc {

class pointer_map;

/// Passes the payloads of the i-th requester on `target` to the i-th binding of `initiator`: bind
/// both equally often. Non-blocking (base protocol, four phases, one request and one response at a
/// time on each binding), blocking (waits), and debug transport; no DMI, because timing matters. A
/// requester with `most_in_flight` payloads in the relay waits for its END_REQ.
class memory_relay : public sc_core::sc_module, private relay_client {
 public:
  SC_HAS_PROCESS(memory_relay);
  ::tlm_utils::multi_passthrough_target_socket<memory_relay> target;
  ::tlm_utils::multi_passthrough_initiator_socket<memory_relay> initiator;

  memory_relay(const sc_core::sc_module_name& name, relay_stage& stage, int most_in_flight);
  ~memory_relay() override;

 private:
  enum class step : std::uint8_t { to_memory, at_memory, to_requester, leaving };
  struct transit {
    ::tlm::tlm_generic_payload* payload = nullptr;
    int port = 0;
    step where = step::to_memory;
    sc_core::sc_event* waiter = nullptr;  ///< of b_transport
  };
  /// One requester: what waits for the exclusive phases of its two bindings.
  struct lane {
    int in_flight = 0;
    int held = -1;               ///< ticket of a request that waits for its END_REQ
    int request_open = -1;       ///< ticket of BEGIN_REQ without END_REQ towards the memory
    bool response_open = false;  ///< BEGIN_RESP without END_RESP towards the requester
    std::deque<int> requests;    ///< to be sent to the memory
    std::deque<int> responses;   ///< to be sent to the requester
  };
  /// Something that comes with a delay: a request, or with `from_memory` a response.
  struct late {
    sc_core::sc_time when;
    int ticket;
  };

  ::tlm::tlm_sync_enum from_requester(int port, ::tlm::tlm_generic_payload& payload,
                                      ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  ::tlm::tlm_sync_enum from_memory(int port, ::tlm::tlm_generic_payload& payload,
                                   ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  void block(int port, ::tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int debug(int port, ::tlm::tlm_generic_payload& payload);
  bool refuse_dmi(int port, ::tlm::tlm_generic_payload& payload, ::tlm::tlm_dmi& dmi);
  void ignore_invalidation(int, sc_dt::uint64, sc_dt::uint64) {}

  void passed(std::int64_t ticket) override;
  void begin_passage(int ticket, const sc_core::sc_time& delay);
  void begin_late_passages();
  void send_requests(int port);
  void send_responses(int port);
  int enter(int port, ::tlm::tlm_generic_payload& payload);
  void leave(int ticket);
  lane& lane_of(int port);
  transit& at(int ticket) { return transits_[static_cast<std::size_t>(ticket)]; }

  relay_stage& stage_;
  const int most_in_flight_;
  std::deque<transit> transits_;
  std::vector<int> free_;
  std::deque<lane> lanes_;
  std::unique_ptr<pointer_map> tickets_;
  std::vector<late> late_;
  sc_core::sc_event due_;
  sc_core::sc_event room_;
};

}  // namespace lamina::sysc
