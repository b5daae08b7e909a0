// SPDX-License-Identifier: Apache-2.0
// Time of a message over links of which it knows only the packet times, latencies and sharers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "lamina/models/network_graph.h"
#include "lamina/models/packet_time.h"

namespace lamina::analytical {

/// Links that are alike: one level, rate and latency.
struct link_class {
  int level = 0;
  double bytes_per_s = 0;
  double latency_fs = 0;  ///< with what a router adds
};

/// What links of one class do to a message of one size.
struct link_cost {
  double own_fs = 0;      ///< all packets of the message, one after the other
  double last_fs = 0;     ///< the last packet
  double forward_fs = 0;  ///< until the next link can begin: the first packet, or its header
  double latency_fs = 0;
};

/// The classes of a graph's edges. Allocates nothing after its construction.
class link_classes {
 public:
  explicit link_classes(const network_graph& graph);
  int of(int edge) const { return of_edge_[static_cast<std::size_t>(edge)]; }
  int count() const { return static_cast<int>(classes_.size()); }
  const link_class& operator[](int index) const {
    return classes_[static_cast<std::size_t>(index)];
  }
  /// For a message whose outermost level is `protocol_level`.
  link_cost cost(int index, std::uint64_t bytes, int protocol_level) const;

 private:
  /// What does not depend on the message's size, for one class and protocol level.
  struct rates {
    double payload = 0;
    double header = 0;
    double fs_per_byte = 0;
    double grid_fs = 0;
    bool whole_up = false;  ///< to the next step of the grid, not the nearest
    double full_fs = 0;
    double header_fs = 0;
    bool cut_through = false;
    double time_fs(double bytes) const;
  };
  std::vector<link_class> classes_;
  std::vector<int> of_edge_;
  std::size_t levels_ = 0;
  std::vector<rates> rates_;  ///< at [class][protocol level]
};

/// Sums over a message's links; see analytical/interconnect.h for the formula.
class message_time {
 public:
  /// `hops` links of one class of which the busiest carries `load_fs` of packets, this message's
  /// among them, and for the share `background` of the time something else.
  void pass(const link_cost& cost, int hops, double load_fs, double background = 0) {
    latency_ += hops * cost.latency_fs;
    forward_ += hops * cost.forward_fs;
    const leg added{load_fs, cost.forward_fs, background};
    if (count_ < most_legs) {
      legs_[static_cast<std::size_t>(count_++)] = added;
    } else if (leg& last = legs_.back(); added.load - added.forward > last.load - last.forward) {
      last = added;  // of so many links only the busier ones can matter
    }
  }
  double latency_fs() const { return latency_; }
  /// From the first packet's start to the last one's arrival. At least the latency, and at least
  /// each link's load.
  double arrival_fs() const {
    double longest = 0;
    for (int i = 0; i < count_; ++i) {
      const leg& at = legs_[static_cast<std::size_t>(i)];
      const double alone = latency_ + forward_ + at.load - at.forward;
      const double shared = alone / (1 - at.background);
      if (shared > longest) longest = shared;
    }
    return longest;
  }

 private:
  struct leg {
    double load, forward, background;
  };
  static constexpr int most_legs = 24;
  std::array<leg, most_legs> legs_;  // only the first count_ have a value
  int count_ = 0;
  double latency_ = 0;
  double forward_ = 0;
};

/// Until a message has arrived, from its step's beginning. Its sender's overheads so far, its own
/// with them, are `overheads_fs`; work that other messages keep on the links can hide all but one.
inline double arrival_time_fs(const message_time& shared, const message_time& alone,
                              const packet_protocol& protocol, double overheads_fs) {
  const double links = static_cast<double>(protocol.message_overhead.count()) + shared.arrival_fs();
  const double sender = overheads_fs + alone.arrival_fs();
  return links > sender ? links : sender;
}

}  // namespace lamina::analytical
