// SPDX-License-Identifier: Apache-2.0
// Cycle-level engine of input-queued virtual-channel routers; no SystemC inside.
#pragma once

#include <cstdint>
#include <vector>

#include "flit_random.h"
#include "flit_topology.h"
#include "lamina/models/interconnect.h"

namespace lamina::sysc {

/// A packet whose last flit has left the network. Times are clocks.
struct flit_delivery {
  int source = 0;
  int destination = 0;
  int flits = 0;
  int hops = 0;  ///< routers
  std::int64_t created = 0;
  std::int64_t delivered = 0;
  std::uint64_t tag = 0;
};

/// What a router does in a clock: takes flits and credits that arrive, gives waiting packets a free
/// virtual channel of their output, gives flits with a credit the switch, and sends what was given
/// the switch. VC and switch allocation are round robin with one iteration (iSLIP, McKeown 1999):
/// outputs grant, inputs accept, and both pointers move past an accepted pair. A switch input asks
/// each output for one virtual channel, in turn. A virtual channel is free for the next packet when
/// the tail has been given the switch.
///
/// A head that arrives at clock t is given a virtual channel at t, the switch at t + 1, and arrives
/// at the next router at t + router_clocks + link_clocks. A later flit that arrives at an empty
/// buffer may be given the switch at once. The credit of a flit that is given the switch at s can
/// be used before it at s + 1 + link_clocks + credit_clocks; at an endpoint, which has no such
/// delay, at s + 1 + injection_clocks. Endpoints inject a flit a clock, arriving after
/// 1 + injection_clocks, into the next virtual channel that is free and has room; they take a flit
/// a clock out, and give its credit back at once.
///
/// Nothing is done for a router that holds no flit, and jump_to() skips clocks without any flit.
class flit_engine {
 public:
  /// Throws std::invalid_argument for what cannot be simulated.
  flit_engine(const network_level& level, std::uint64_t seed);

  /// A packet of at least one flit, made at clock now(), queued behind those of its source.
  void send(int source, int destination, int flits, std::uint64_t tag = 0);
  /// Runs clock now(); now() is then the next one.
  void step();
  /// Lets empty clocks pass; for an idle network.
  void jump_to(std::int64_t clock);

  std::int64_t now() const { return now_; }
  /// No packet waits or travels.
  bool idle() const { return packets_in_flight_ == 0; }
  std::int64_t packets_in_flight() const { return packets_in_flight_; }
  std::int64_t flits_in_flight() const { return flits_in_flight_; }
  /// Of the last step.
  const std::vector<flit_delivery>& delivered() const { return delivered_; }
  std::int64_t flits_delivered() const { return flits_delivered_; }
  /// Flits given the switch, over all routers.
  std::int64_t flit_hops() const { return flit_hops_; }
  /// Flits that left by an output port of all.
  std::int64_t flits_through(int port) const { return through_[static_cast<std::size_t>(port)]; }
  const flit_topology& topology() const { return topology_; }
  flit_random& random() { return random_; }

 private:
  using index = std::uint32_t;
  static constexpr index none = 0xffffffffu;
  enum class channel_state : std::uint8_t { idle, waiting, active };

  struct packet {
    flit_delivery about;
    int unsent = 0;
    index next = none;      ///< in its source's queue, or free
    std::uint8_t keep = 0;  ///< its route's memory
  };
  /// An input virtual channel. A flit is its packet's index, twice, plus 1 for a tail.
  struct input_channel {
    channel_state state = channel_state::idle;
    std::uint8_t out_channel = 0;
    std::uint8_t lane = 0;   ///< its number at its port
    std::uint16_t port = 0;  ///< of its router
    flit_choice way;
    std::uint16_t first = 0;  ///< in its ring of slots
    std::uint16_t count = 0;
  };
  struct source_queue {
    index head = none;
    index tail = none;
    int channel = -1;       ///< of the packet being sent
    int last_channel = -1;  ///< that was taken
    bool listed = false;
  };
  struct arrival {
    index channel;
    index flit;
  };
  struct ejection {
    index port;  ///< output port of all
    index flit;
    std::uint8_t channel;
  };
  struct grant {
    index channel;  ///< input, within the router
    index output;
    std::uint8_t out_channel;
  };
  struct clock_slot {
    std::vector<arrival> arrivals;
    std::vector<ejection> ejections;
    std::vector<index> credits;         ///< output virtual channels
    std::vector<index> source_credits;  ///< source * channels + channel
  };

  clock_slot& slot(std::int64_t clock) {
    return calendar_[static_cast<std::size_t>(clock) & (calendar_.size() - 1)];
  }
  void take_credits(clock_slot& due);
  void inject();
  bool inject_from(int source);
  void take_arrivals(clock_slot& due);
  void eject(clock_slot& due);
  void wait_for_channel(int router, index channel);
  void run_router(int router);
  void allocate_channels(int router);
  void grant_channels(int router, index first, index end);
  void allocate_switch(int router);
  void traverse(int router, index channel);
  void take_channels(int router);
  void free_packet(index which);

  std::uint64_t* waiting_of(int router) { return &waiting_[row(router)]; }
  std::uint64_t* ready_of(int router) { return &ready_[row(router)]; }
  std::size_t row(int router) const {
    return static_cast<std::size_t>(router) * static_cast<std::size_t>(words_);
  }

  const flit_topology topology_;
  flit_random random_;
  const int ports_;
  const int channels_;
  const int words_;  ///< of a bit for each input virtual channel of a router
  const int buffer_;
  const int hop_clocks_;     ///< from switch to arrival at the next router
  const int eject_clocks_;   ///< from switch to delivery
  const int inject_clocks_;  ///< from injection to arrival
  const int credit_clocks_;  ///< from switch to use before it
  const int source_credit_clocks_;
  const int eject_credit_clocks_;  ///< from delivery to use by the last router

  std::int64_t now_ = 0;
  std::int64_t packets_in_flight_ = 0;
  std::int64_t flits_in_flight_ = 0;
  std::int64_t flits_delivered_ = 0;
  std::int64_t flit_hops_ = 0;
  std::int64_t events_ = 0;  ///< in the calendar
  std::vector<clock_slot> calendar_;
  std::vector<flit_delivery> delivered_;
  std::vector<packet> packets_;
  index free_packets_ = none;
  std::vector<source_queue> sources_;
  std::vector<int> busy_sources_;
  std::vector<std::uint16_t> source_credits_;
  std::vector<std::uint64_t> source_free_;  ///< channels that no packet holds

  std::vector<input_channel> inputs_;         ///< [router][port][channel]
  std::vector<index> slots_;                  ///< buffer_ for each input virtual channel
  std::vector<std::uint16_t> credits_;        ///< [router][output][channel]
  std::vector<std::uint64_t> free_;           ///< [router][output]: channels that no packet holds
  std::vector<std::uint64_t> waiting_;        ///< [router]: input channels that want a channel
  std::vector<std::uint64_t> ready_;          ///< [router]: input channels that want the switch
  std::vector<std::uint16_t> in_turn_;        ///< [router][input]: next channel to ask with
  std::vector<std::uint16_t> switch_grant_;   ///< [router][output]: next input
  std::vector<std::uint16_t> switch_accept_;  ///< [router][input]: next output
  std::vector<index> channel_grant_;          ///< [router][output][channel]: next input channel
  std::vector<index> channel_accept_;         ///< [router][input][channel]: next output channel
  std::vector<std::int64_t> through_;
  std::vector<std::uint8_t> router_listed_;
  std::vector<int> busy_routers_;

  // Of the router at hand.
  std::vector<grant> taken_;
  std::vector<grant> asking_;
  std::vector<std::uint64_t> best_;  ///< [output]: nearest request and its channel
  std::vector<index> asked_outputs_;
  std::vector<std::uint64_t> accepted_;  ///< [input]: nearest grant and its channel
  std::vector<index> granted_inputs_;
};

}  // namespace lamina::sysc
