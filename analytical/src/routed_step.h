// SPDX-License-Identifier: Apache-2.0
// A step with every message routed: link loads and times, also while other work runs.
#pragma once

#include <cstdint>
#include <vector>

#include "fluid_links.h"
#include "message_time.h"

namespace lamina::analytical {

struct routed_message {
  std::uint64_t bytes = 0;
  int protocol_level = 0;
  int sender = 0;
  int receiver = 0;
  double overheads_fs = 0;  ///< of its sender's messages up to this one
  std::size_t first = 0;    ///< in routed_step::edges
  std::size_t end = 0;
};

/// When a message is there and when its sender knows, from the step's beginning at the sender.
struct message_end {
  int sender = 0;
  int receiver = 0;
  double arrived_fs = 0;
  double sent_fs = 0;
};

class routed_step {
 public:
  routed_step(const network_graph& graph, const link_classes& links)
      : graph_(graph),
        links_(links),
        overheads_fs_(static_cast<std::size_t>(graph.endpoints()), 0) {}
  void add(int source, int destination, std::uint64_t bytes);
  /// To be called when all messages are there.
  void finish();

  const std::vector<double>& load_fs() const { return load_fs_; }    ///< by edge
  const std::vector<double>& bytes_on() const { return bytes_on_; }  ///< payload and header
  double packets() const { return packets_; }
  double packet_hops() const { return packet_hops_; }
  double payload_bytes() const { return payload_bytes_; }
  /// `background`: by edge, the share of time that other work takes; empty: none.
  void times(const std::vector<double>& background, std::vector<message_end>& out) const;
  /// The same when senders begin at their own `clocks` (by endpoint), and links serve in order of
  /// arrival what the last step left and what comes now.
  void times(const std::vector<double>& clocks, fluid_links& links,
             std::vector<message_end>& out) const;
  /// Whether any link serves several messages.
  bool shares_links() const { return shares_links_; }

 private:
  message_end end_of(const routed_message& message, const message_time& shared,
                     const message_time& alone) const;
  bool is_shared(int edge) const { return sharers_[static_cast<std::size_t>(edge)] > 1; }

  const network_graph& graph_;
  const link_classes& links_;
  std::vector<routed_message> messages_;
  std::vector<int> edges_;
  std::vector<double> load_fs_, bytes_on_;
  std::vector<int> sharers_;  ///< messages, by edge
  bool shares_links_ = false;
  std::vector<double> overheads_fs_;  ///< by endpoint, so far
  double packets_ = 0, packet_hops_ = 0, payload_bytes_ = 0;
};

}  // namespace lamina::analytical
