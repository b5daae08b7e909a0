// SPDX-License-Identifier: Apache-2.0
// How much a workload gives a packet network to do, before it is simulated.
#pragma once

#include <vector>

#include "lamina/models/network_graph.h"

namespace lamina::sysc {

int endpoint_of(const collective& item, int rank);

/// The schedules of a workload's collectives. Throws std::invalid_argument for an algorithm that
/// does not fit and for steps of more messages than memory should hold.
std::vector<collective_schedule> schedules_of(const network_graph& graph,
                                              const network_workload& workload);

/// Of a step with many messages only some are looked at.
class interconnect_work {
 public:
  interconnect_work(const network_graph& graph, const network_workload& workload,
                    const std::vector<collective_schedule>& schedules);

  double packet_hops() const { return packet_hops_; }
  /// Of the busiest link and of the steps' latencies in sequence: about the least that it takes.
  double seconds() const;

 private:
  struct demand {
    double packet_hops = 0;
    double latency_s = 0;
  };
  demand add(int source, int destination, std::uint64_t bytes, double times);
  void add(const collective& item, const collective_schedule& schedule,
           const collective_step& step);

  const network_graph& graph_;
  std::vector<int> path_;
  std::vector<rank_message> messages_;
  std::vector<double> busy_s_;  ///< by edge
  double packet_hops_ = 0;
  double latency_s_ = 0;
};

}  // namespace lamina::sysc
