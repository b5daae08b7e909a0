// SPDX-License-Identifier: Apache-2.0
// Links that serve in order of arrival messages which come as steady streams, not all at once.
#pragma once

#include <cstddef>
#include <vector>

namespace lamina::analytical {

/// A message at a link: from `start` on it comes evenly for `burst`, and is `work` to serve. Where
/// several come alike, they take turns packet by packet, and those that were named first are done
/// first: each earlier by the last packets, `last`, of those behind.
struct link_arrival {
  double start = 0;
  double burst = 0;
  double work = 0;
  double last = 0;
};

/// Who arrives a little earlier at a queue that fills quicker than it drains is done much earlier,
/// so that ranks which share a link drift apart from step to step. The arrivals of this step and of
/// the last are kept; what of the step before is still queued is served first.
class fluid_links {
 public:
  /// More arrivals at one link than this are not followed.
  static constexpr std::size_t most_arrivals = 64;

  explicit fluid_links(std::size_t edges) : now_(edges), before_(edges) {}
  void next_step();
  /// The index of the arrival at its link.
  std::size_t arrive(int edge, const link_arrival& arrival);
  bool is_followed(int edge) const { return at(edge).size() <= most_arrivals; }
  /// From the arrival's start until the last of it is served.
  double served_after(int edge, std::size_t which) const;

 private:
  const std::vector<link_arrival>& at(int edge) const {
    return now_[static_cast<std::size_t>(edge)];
  }
  std::vector<std::vector<link_arrival>> now_, before_;
};

}  // namespace lamina::analytical
