// SPDX-License-Identifier: Apache-2.0
// One on-chip level, flit by flit, as a SystemC module; messages between endpoints in, arrivals
// out.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "lamina/models/interconnect.h"
#include "lamina/tlm/packet_network.h"

namespace lamina::sysc {

class flit_engine;

/// Messages are cut into packets of at most `packet_flits_most` flits of bandwidth x clock bytes, a
/// flit at least. Clocks begin at multiples of the clock from time zero; what is sent between two
/// of them, or in answer to arrivals of one, starts at the next. Only clocks with a flit
/// somewhere cost an event.
class flit_network : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(flit_network);
  /// Throws std::invalid_argument for a level that cannot be simulated.
  flit_network(const sc_core::sc_module_name& name, const network_level& level,
               message_listener& listener, std::uint64_t seed = 1);
  ~flit_network() override;

  /// Takes a message at the present time; one of no bytes is a packet of one flit. Throws
  /// std::invalid_argument for endpoints that do not exist.
  void send(int source, int destination, std::uint64_t bytes, std::int64_t tag);

  int endpoints() const;
  std::uint64_t bytes_a_flit() const { return flit_bytes_; }
  /// Messages that have not arrived.
  std::int64_t in_flight() const { return in_flight_; }
  /// Flits given the switch, over all routers.
  std::int64_t flit_hops() const;
  /// Clocks simulated: those with something to do.
  std::int64_t clocks() const { return clocks_; }

 private:
  struct message {
    std::int64_t tag = 0;
    std::uint64_t packets = 0;  ///< that have not arrived
  };
  void wait_for_senders();
  void work();
  void wake_at(std::int64_t clock);

  const flit_protocol flits_;
  const std::uint64_t flit_bytes_;
  message_listener& listener_;
  std::unique_ptr<flit_engine> engine_;
  std::vector<message> messages_;
  std::vector<std::uint64_t> free_messages_;
  std::vector<std::int64_t> arrived_;  ///< tags of the clock at hand
  std::int64_t in_flight_ = 0;
  std::int64_t clocks_ = 0;
  bool awake_ = false;  ///< has a clock to come
  sc_core::sc_event wake_;
  sc_core::sc_event begin_;
};

}  // namespace lamina::sysc
