// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 sockets at the endpoints of an on-chip network: payloads travel by address.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/interconnect.h"
#include "lamina/tlm/flit_network.h"

namespace lamina::sysc {

struct flit_sockets_options {
  /// Addresses of an endpoint: endpoint i has [i, i + 1) times this, and its target sees an offset.
  std::uint64_t bytes_an_endpoint = std::uint64_t{1} << 32;
  int header_bytes = 8;  ///< of each request and each response
  std::uint64_t seed = 1;
};

/// The i-th binding of `target` is an initiator at endpoint i, the i-th of `initiator` the target
/// there; some endpoints may have neither. A payload crosses the network as a request of a header
/// and what it writes, is served by b_transport of its target, and comes back as a response of a
/// header and what it reads. Initiators use b_transport, which waits, or nb_transport in four
/// phases, of which END_REQ comes at once: a source's requests queue in the network. Responses wait
/// for END_RESP of the one before. Debug transport passes on at any time; no DMI, because timing
/// matters. An address that is nobody's, or a payload across two endpoints, gets an address error.
class flit_sockets : public sc_core::sc_module, private message_listener {
 public:
  ::tlm_utils::multi_passthrough_target_socket<flit_sockets, 32, ::tlm::tlm_base_protocol_types, 0,
                                               sc_core::SC_ZERO_OR_MORE_BOUND>
      target;
  ::tlm_utils::multi_passthrough_initiator_socket<flit_sockets, 32, ::tlm::tlm_base_protocol_types,
                                                  0, sc_core::SC_ZERO_OR_MORE_BOUND>
      initiator;

  /// Throws std::invalid_argument for a level that cannot be simulated.
  flit_sockets(const sc_core::sc_module_name& name, const network_level& level,
               const flit_sockets_options& options = {});
  ~flit_sockets() override;

  const flit_network& network() const { return network_; }

 private:
  struct responder;
  struct crossing {
    sc_core::sc_event arrived;
    bool done = false;
  };

  void block(int id, ::tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  ::tlm::tlm_sync_enum from_initiator(int id, ::tlm::tlm_generic_payload& payload,
                                      ::tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned int debug(int id, ::tlm::tlm_generic_payload& payload);
  bool refuse_dmi(int, ::tlm::tlm_generic_payload&, ::tlm::tlm_dmi&) { return false; }
  ::tlm::tlm_sync_enum from_target(int, ::tlm::tlm_generic_payload&, ::tlm::tlm_phase&,
                                   sc_core::sc_time&);
  void ignore_invalidation(int, sc_dt::uint64, sc_dt::uint64) {}
  void on_arrival(std::int64_t tag, femtoseconds now) override;
  void on_sent(std::int64_t, femtoseconds) override {}

  /// The endpoint of an address; -1 when a payload has no target there.
  int destination_of(const ::tlm::tlm_generic_payload& payload);
  void serve(int id, ::tlm::tlm_generic_payload& payload);
  void cross(int from, int to, std::uint64_t bytes);
  void serve_without_waiting(int id, ::tlm::tlm_generic_payload& payload, sc_core::sc_time delay);
  responder& responder_of(int id);

  const flit_sockets_options options_;
  flit_network network_;
  std::vector<std::unique_ptr<crossing>> crossings_;
  std::vector<std::size_t> free_crossings_;
  std::vector<std::unique_ptr<responder>> responders_;
};

}  // namespace lamina::sysc
