// SPDX-License-Identifier: Apache-2.0
// The DRAM stack without simulation: bandwidth, latency, energy and limits of access streams.
#pragma once

#include <memory>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"
#include "lamina/models/memory_client.h"

namespace lamina::analytical {

class burst_walk;
class closed_form;

/// Two answers, both from the specification alone. estimate() evaluates closed forms in some
/// hundred nanoseconds: the tightest of the limits that docs/dram_stack.md derives. serve() also
/// sees what no closed form of rates does (any address map, small queues, arrival order, refresh
/// that stalls others): it follows windows of the actual bursts through the ready times of banks,
/// stack IDs and ports, and passes over the rest of a long stream in proportion. That takes about a
/// microsecond a burst followed: milliseconds for a small stack, up to a second for hundreds of
/// ports. Latency quantiles are not known here (NaN).
class dram_stack : public memory {
 public:
  /// Throws std::invalid_argument for a specification that does not hold together.
  explicit dram_stack(const dram_stack_spec& spec);
  ~dram_stack() override;
  dram_stack(const dram_stack&) = delete;
  dram_stack& operator=(const dram_stack&) = delete;

  /// Closed form. Allocates nothing. Trace streams count for nothing here.
  memory_result estimate(const memory_workload& workload) const;
  /// Throws std::invalid_argument for a stream beyond the capacity. The last 64 workloads without
  /// traces are remembered: asking again takes less than a microsecond and allocates nothing.
  memory_result serve(const memory_workload& workload) override;
  /// What clients take, from their begin to their end, each of whose bursts waits for its own
  /// controller only: those that reach the stack over a network. Follows up to 64 ports, at a
  /// microsecond for each of their bursts; those beyond are taken to be like these. `full_bytes` in
  /// the stack keep it busy.
  finished_result finish(const std::vector<memory_client*>& clients, double full_bytes);
  /// Of its channels, those that are followed for clients.
  double followed_share() const;

 private:
  class memo;
  memory_result follow(const memory_workload& workload);
  void add_energy(double hop_bursts, memory_result& result) const;

  const dram_stack_spec spec_;
  const dram_clocks clocks_;
  const address_map map_;
  std::unique_ptr<closed_form> form_;
  std::unique_ptr<burst_walk> walk_;
  std::unique_ptr<memo> memo_;
};

}  // namespace lamina::analytical
