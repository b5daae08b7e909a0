// SPDX-License-Identifier: Apache-2.0
// A network of packets between the TLM-2.0 sockets of a virtual prototype.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

#include "lamina/models/network_graph.h"
#include "lamina/tlm/packet_network.h"

namespace lamina::sysc {

/// Addresses that the target behind an endpoint answers.
struct address_window {
  std::uint64_t first = 0;  ///< as initiators see it
  std::uint64_t bytes = 0;
  int endpoint = 0;
  std::uint64_t target_first = 0;  ///< the same byte as the target sees it
};

struct interconnect_sockets {
  std::vector<address_window> windows;
  /// Of the message that asks for data or says that they are written; comes on top of the data
  /// where those travel.
  std::uint64_t command_bytes = 16;
  packet_network_options network;
};

/// Carries transactions from the initiators at each endpoint to the target at the endpoint that
/// their address names, as two messages: a request with the data of a write, and a response with
/// those of a read. Serves b_transport (takes its time by waiting), nb_transport (base protocol,
/// four phases) and transport_dbg (no time, no state); no DMI, because timing matters. Addresses
/// without a window or a target, and transactions across the end of a window, are answered with an
/// address error. What stays at its endpoint passes at once. Targets must serve the transport
/// that their initiators use.
class interconnect : public sc_core::sc_module, private message_listener {
 public:
  class port;
  using target_socket =
      tlm_utils::multi_passthrough_target_socket<port, 32, ::tlm::tlm_base_protocol_types, 0,
                                                 sc_core::SC_ZERO_OR_MORE_BOUND>;
  using initiator_socket =
      tlm_utils::multi_passthrough_initiator_socket<port, 32, ::tlm::tlm_base_protocol_types, 0,
                                                    sc_core::SC_ZERO_OR_MORE_BOUND>;
  SC_HAS_PROCESS(interconnect);

  /// Throws std::invalid_argument for a spec with problems, and for windows that are empty,
  /// overlap or name no endpoint.
  interconnect(const sc_core::sc_module_name& name, const interconnect_spec& spec,
               const interconnect_sockets& sockets);
  ~interconnect() override;

  int endpoints() const { return graph_.endpoints(); }
  /// Any number of initiators at this endpoint.
  target_socket& from_initiators(int endpoint);
  /// The target at this endpoint: one, or none.
  initiator_socket& to_target(int endpoint);
  const packet_network& network() const { return network_; }

 private:
  struct transaction;
  enum class step : std::uint8_t { send_request, send_response, next_request, next_response };
  /// What is to be done at a time.
  struct errand {
    sc_core::sc_time time;
    std::uint64_t order = 0;
    step what = step::send_request;
    transaction* item = nullptr;
    port* at = nullptr;
    int id = 0;
    bool operator<(const errand& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  void on_arrival(std::int64_t tag, femtoseconds now) override;
  void on_sent(std::int64_t, femtoseconds) override {}
  const address_window* window_of(const ::tlm::tlm_generic_payload& payload) const;
  void later(errand what, const sc_core::sc_time& delay);
  void run_errands();
  /// False where both ends are one endpoint, so that nothing travels.
  bool travel(transaction& item, bool back);
  void request_arrived(transaction& item);
  void response_arrived(transaction& item);
  void next_request(port& at);
  void next_response(port& at, int id);
  transaction& new_transaction(::tlm::tlm_generic_payload& payload, port& from,
                               const address_window& window);
  void release(transaction& item);

  const network_graph graph_;
  const interconnect_sockets sockets_;
  packet_network network_;
  std::vector<std::unique_ptr<port>> ports_;
  std::deque<transaction> transactions_;
  std::vector<transaction*> free_transactions_;
  std::priority_queue<errand> errands_;
  std::uint64_t next_order_ = 0;
  sc_core::sc_event errand_due_;
};

}  // namespace lamina::sysc
