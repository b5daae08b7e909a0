// SPDX-License-Identifier: Apache-2.0
// The slowest kinds of message in a step of equal messages, free of their size.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "lamina/models/collective.h"
#include "lamina/models/network_graph.h"
#include "message_time.h"

namespace lamina::analytical {

/// Links of one class on a message's way, and how many of the step's messages share the busiest.
struct shape_leg {
  int link = 0;  ///< link_class
  int hops = 0;
  int sharers = 0;
};

struct message_shape {
  static constexpr int most_legs = 8;
  int protocol_level = 0;
  double overheads_fs = 0;  ///< of its sender's messages up to this one
  int leg_count = 0;
  std::array<shape_leg, most_legs> legs{};

  /// Adds links of a class; false when there is no room for one more class.
  bool add(int link, int hops, int sharers);
  /// Whether this one is never slower than `other`, whatever the size.
  bool is_within(const message_shape& other) const;
};

/// The shapes that no other one covers.
struct step_shape {
  std::vector<message_shape> slowest;
  /// Every rank sends and receives, and all messages have one shape.
  bool is_uniform = false;
  void add(const message_shape& shape);
  /// Whether any link serves several messages: ranks that share one may drift apart.
  bool shares_links() const;
  /// Time of the step when each message has `bytes`. Allocates nothing.
  double time_fs(const link_classes& links, const interconnect_spec& spec,
                 std::uint64_t bytes) const;
};

/// From the symmetry of the innermost level, without routing every message; nothing when the step
/// or the network has no such symmetry. The group is all endpoints.
std::optional<step_shape> shape_by_symmetry(const network_graph& graph, const link_classes& links,
                                            const collective_step& step);

/// By routing every message; nothing when a message passes too many classes of links, or when the
/// messages differ in size. `hops`: links of each level that the messages pass, all together.
std::optional<step_shape> shape_by_routing(const network_graph& graph, const link_classes& links,
                                           const std::vector<rank_message>& messages,
                                           const std::vector<int>& group,
                                           std::vector<double>* hops = nullptr);

}  // namespace lamina::analytical
