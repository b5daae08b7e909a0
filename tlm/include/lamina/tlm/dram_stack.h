// SPDX-License-Identifier: Apache-2.0
// A 3D DRAM stack as a TLM-2.0 target: address map, controllers, storage.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_demand.h"
#include "lamina/tlm/dram_controller.h"
#include "lamina/tlm/sim_time.h"
#include "lamina/tlm/sparse_storage.h"

namespace lamina::sysc {

struct dram_stack_options {
  /// Announce responses when their time is known (nb_transport_bw with a delay) instead of when it
  /// has come. Saves an event for each request; the initiator must honour the delay.
  bool annotate_responses = false;
  /// How far a controller may run ahead of the simulation while nothing else is due in it. Saves
  /// an event for each command; the initiators must honour the delay of END_REQ and take
  /// local_time() for the time.
  femtoseconds run_ahead{0};
  /// Called for each command when it is issued.
  std::function<void(const dram_command_record&)> on_command;
};

/// Serves any number of initiators over one multi-socket: b_transport (takes its time by waiting),
/// nb_transport (base protocol, four phases), transport_dbg (no time, no state). No DMI, because
/// timing matters. Payloads of any length, alignment, byte enables and streaming width are split
/// into bursts; a payload without data pointer costs its time and moves nothing. Data moves when a
/// request is accepted, in that order. A full controller queue holds back END_REQ.
/// Bad requests are answered with a response status.
class dram_stack : public sc_core::sc_module, public burst_owner {
 public:
  SC_HAS_PROCESS(dram_stack);
  tlm_utils::multi_passthrough_target_socket<dram_stack> socket;

  /// Throws std::invalid_argument for a specification that does not hold together.
  dram_stack(const sc_core::sc_module_name& name, const dram_stack_spec& spec,
             const dram_stack_options& options = {});
  ~dram_stack() override;

  const dram_stack_spec& spec() const { return spec_; }
  /// What the stack did until `end`: counts and energy of a result, and the demand on ports,
  /// banks, activations, refresh and command buses. Call once, after the simulation.
  void report(femtoseconds end, memory_result& result, memory_demand& demand);
  /// Time that the request being answered would have taken in an idle stack, from what happened to
  /// its bursts; valid inside the initiator's nb_transport_bw.
  femtoseconds unloaded_latency() const { return unloaded_; }
  /// The simulation's time, or the later one that a controller has run ahead to.
  femtoseconds local_time() const {
    return std::max(local_time_, from_sc_time(sc_core::sc_time_stamp()));
  }

 private:
  struct transaction;
  struct initiator;
  /// How the banks of a stack ID of a pseudo channel are reached, within their channel.
  struct bank_path {
    int bus = 0;
    int port = 0;
    int hops = 0;
  };
  struct port_visit {
    std::int64_t request = -1;
    int bursts = 0;
  };
  struct response {
    femtoseconds time;
    std::uint64_t order;
    transaction* what;
    bool operator<(const response& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(int id, tlm::tlm_generic_payload& payload,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned int transport_dbg(int id, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  tlm::tlm_response_status check(const tlm::tlm_generic_payload& payload) const;
  void move_data(tlm::tlm_generic_payload& payload);
  transaction& begin(initiator& from, tlm::tlm_generic_payload& payload,
                     const sc_core::sc_time& delay);
  bool inject(transaction& item);
  void try_inject(initiator& from);
  void burst_issued(burst& item, std::int64_t cycle, int latency) override;
  void room_again(dram_controller& controller) override;
  void retry(dram_controller& controller, bool write);
  std::deque<initiator*>& blocked_at(const dram_controller& controller, bool write);
  femtoseconds horizon() override;
  bool try_enter(initiator& from, transaction& item);
  void finish(transaction& item);
  void answer(transaction& item, const sc_core::sc_time& delay);
  void deliver_responses();
  void end_response(initiator& to);
  void release(transaction& item);
  initiator& initiator_of(int id);
  const bank_path& path_of(const dram_address& place) const {
    return paths_[static_cast<std::size_t>(place.pseudo_channel * spec_.geometry.stack_ids +
                                           place.stack_id)];
  }
  std::uint64_t next_burst(std::uint64_t address) const;

  const dram_stack_spec spec_;
  const dram_clocks clocks_;
  const clock_grid edges_;
  const address_map map_;
  const dram_stack_options options_;
  const sc_core::sc_time run_ahead_;
  const int buses_;
  std::unique_ptr<activation_budget> budget_;
  std::vector<std::unique_ptr<dram_controller>> controllers_;
  sparse_storage storage_;
  burst_pool bursts_;
  std::deque<transaction> transactions_;
  transaction* free_transactions_ = nullptr;
  std::vector<std::unique_ptr<initiator>> initiators_;
  std::vector<std::deque<initiator*>> blocked_;  ///< by controller and queue, in order of arrival
  std::vector<bank_path> paths_;
  std::vector<port_visit> port_visits_;  ///< of each port: bursts of the request that came last
  std::priority_queue<response> responses_;
  sc_core::sc_event response_due_;
  std::uint64_t next_order_ = 0;
  std::int64_t next_request_ = 0;
  femtoseconds unloaded_{0};
  femtoseconds local_time_{0};
};

}  // namespace lamina::sysc
