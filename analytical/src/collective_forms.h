// SPDX-License-Identifier: Apache-2.0
// Collectives of many equal groups at once, from the shapes of their steps: microseconds a time.
#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "lamina/models/interconnect.h"
#include "step_shape.h"

namespace lamina::analytical {

/// The messages of all groups share links in each step, and a step takes as long as its slowest
/// message. Shapes are found once for a set of groups, and hold for any size, rate and latency.
/// Left out: that ranks drift apart over the steps when they share links (interconnect::carry()
/// follows that). Not for two threads at a time.
class collective_forms {
 public:
  explicit collective_forms(const interconnect_spec& network);
  /// Keeps the shapes when only bandwidths and latencies of levels are others.
  void replace_network(const interconnect_spec& network);

  /// What stands for a set of equal groups from now on. Groups are lists of endpoints.
  int add(const std::vector<std::vector<int>>& groups);

  struct answer {
    collective_algorithm algorithm = collective_algorithm::direct;
    double time_fs = 0;
    network_limit bound_by = network_limit::latency;
    double energy_j = 0;  ///< of links, all groups together
  };
  /// The quickest algorithm that fits, or the one that is asked for. Nothing when a step has
  /// messages of several sizes, or that pass too many kinds of links.
  std::optional<answer> ask(collective_kind kind, collective_algorithm algorithm,
                            std::uint64_t bytes, int groups);

 private:
  struct known_step {
    collective_step pattern;
    step_shape shape;
    std::vector<double> hops;  ///< links that the step's messages pass, by their level
    int protocol_level = 0;    ///< outermost of the slowest messages
  };
  struct known_schedule {
    bool possible = false;
    std::vector<int> steps;  ///< indices of known_step
  };
  struct group_set {
    std::vector<std::vector<int>> groups;
    collective_layout layout;
    std::vector<known_step> steps;
    std::map<std::pair<collective_kind, collective_algorithm>, known_schedule> schedules;
  };
  const known_schedule& schedule_shapes(collective_kind kind, collective_algorithm algorithm,
                                        group_set& set);
  std::optional<known_step> look_at(const collective_step& step, const group_set& set);
  answer sum(const known_schedule& known, const group_set& set) const;
  double energy_of(const known_step& step, double bytes) const;

  network_graph graph_;
  link_classes links_;
  std::vector<group_set> sets_;
  collective_schedule schedule_;  ///< of what is being asked for
  std::vector<rank_message> messages_, placed_;
};

}  // namespace lamina::analytical
