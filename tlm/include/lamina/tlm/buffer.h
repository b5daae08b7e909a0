// SPDX-License-Identifier: Apache-2.0
// On-chip SRAM as a TLM-2.0 target: ports, banks, requests in flight, storage.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <systemc>
#include <tlm>
#include <vector>

#include "lamina/models/buffer.h"
#include "lamina/tlm/sim_time.h"
#include "lamina/tlm/sparse_storage.h"

namespace lamina::sysc {

struct buffer_options {
  /// Issue words ahead of the simulation while nothing else is due in it and no block completes.
  /// Saves an event for each clock. For simulations that are not stopped and fed from outside.
  bool run_ahead = false;
};

/// Serves any number of initiators over one multi-socket; the i-th bound uses port i modulo ports.
/// b_transport (takes its time by waiting), nb_transport (base protocol, four phases),
/// transport_dbg (no time, no state). No DMI, because timing matters. A payload of any length,
/// alignment, byte enables and streaming width is one block; one without data pointer costs its
/// time and moves nothing. Data moves when a request arrives, in that order. A port whose open
/// blocks are `depth` holds back END_REQ. Bad requests are answered with a response status.
///
/// Each clock every port, beginning with another one each time, issues the next word of its oldest
/// block, as long as words in flight allow. A bank serves its words in order of issue.
class buffer : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(buffer);
  tlm_utils::multi_passthrough_target_socket<buffer> socket;

  /// Throws std::invalid_argument for a specification that does not hold together.
  buffer(const sc_core::sc_module_name& name, const buffer_spec& spec,
         const buffer_options& options = {});
  ~buffer() override;

  const buffer_spec& spec() const { return spec_; }
  /// Counts so far, and the demand on ports, banks, words in flight and depth.
  void report(buffer_result& result, buffer_demand& demand) const;
  /// Time that the request being answered would have taken in an idle buffer; valid inside the
  /// initiator's nb_transport_bw.
  femtoseconds unloaded_latency() const { return unloaded_; }

 private:
  struct block;
  struct initiator;
  struct port {
    block* waiting = nullptr;  ///< first of those without a slot
    block* waiting_last = nullptr;
    block* issuing = nullptr;  ///< first of those with words left
    block* issuing_last = nullptr;
    int open = 0;                 ///< blocks accepted and not complete
    std::int64_t next_clock = 0;  ///< when it may issue again
    std::int64_t words = 0;       ///< issued
    std::int64_t unloaded = 0;    ///< clocks of its blocks in an idle buffer
  };
  enum class due_kind : std::uint8_t { arrival, completion, response };
  struct due_item {
    std::int64_t clock;
    std::uint64_t order;
    block* what;
    due_kind kind;
    bool operator<(const due_item& other) const {
      return clock != other.clock ? clock > other.clock : order > other.order;
    }
  };

  void b_transport(int id, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport_fw(int id, tlm::tlm_generic_payload& payload,
                                     tlm::tlm_phase& phase, sc_core::sc_time& delay);
  unsigned int transport_dbg(int id, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);

  bool refuse(tlm::tlm_generic_payload& payload) const;
  block& begin(int id, tlm::tlm_generic_payload& payload);
  void aim(block& item) const;
  bool enter(block& item);
  void accept(block& item);
  void step();
  void work(std::int64_t clock);
  void issue(std::int64_t clock);
  void issue_word(port& from, std::int64_t clock);
  std::int64_t next_wake(std::int64_t clock) const;
  void collect_credits(std::int64_t clock);
  void complete(block& item);
  void respond(block& item);
  void answer(block& item);
  void end_response(initiator& to);
  void wake(std::int64_t clock);
  void release(block& item);
  initiator& initiator_of(int id);
  port& port_of(int id) { return ports_[static_cast<std::size_t>(id % spec_.ports)]; }

  const buffer_spec spec_;
  const clock_grid edges_;
  const buffer_options options_;
  const std::uint64_t unit_words_;  ///< consecutive words in one bank
  sparse_storage storage_;
  std::vector<port> ports_;
  std::size_t first_port_ = 0;  ///< begins to issue
  std::vector<std::int64_t> bank_free_;
  std::vector<std::int64_t> bank_words_;
  std::int64_t credits_;        ///< words that may still go into flight
  std::vector<int> returns_;    ///< ring: credits that come back with each clock
  std::int64_t collected_ = 0;  ///< clock up to which they have come back
  int issuing_ports_ = 0;
  std::priority_queue<due_item> due_;
  std::uint64_t next_order_ = 0;
  bool working_ = false;
  sc_core::sc_event wake_;
  std::deque<block> blocks_;
  block* free_blocks_ = nullptr;
  std::vector<std::unique_ptr<initiator>> initiators_;
  femtoseconds unloaded_{0};
  std::int64_t read_words_ = 0;
  std::int64_t write_words_ = 0;
  std::int64_t conflicts_ = 0;
  std::int64_t conflict_clocks_ = 0;
};

}  // namespace lamina::sysc
