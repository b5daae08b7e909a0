// SPDX-License-Identifier: Apache-2.0
// The interconnect in closed form: routes give link loads and path latencies, those give the time.
#pragma once

#include <memory>

#include "lamina/models/interconnect.h"
#include "lamina/models/network_graph.h"

namespace lamina::analytical {

/// Two stages. First, the messages of a step are routed: how many share each link. Then a message
/// of F full packets takes, over links with packet times f and n_l messages' load L_l,
///
///     overhead + sum of latencies + max over its links l of (L_l + sum over the others of f)
///
/// that is, the busiest link works without a gap from when the first packet has reached it, and the
/// last packet still passes the links behind (store-and-forward; with cut-through only the header
/// does). An acknowledgement adds the latencies once more, and a sender's overheads are in
/// sequence. Each rank of a collective begins a step when it is done with the one before; where all
/// messages of a step are alike, the collective is the sum of its steps. Concurrent work that is
/// not the same takes its average share of every link that both use. No link ever does more than it
/// can.
///
/// Ranks that share a link in several steps drift apart; the links' queues are followed for that
/// (fluid arrivals, served in order) unless symmetry makes the messages of each step alike.
///
/// Left out: drifting in that case, or beside different work, and gaps on a link that waits for a
/// busier one upstream.
///
/// Remembers the link loads of the collectives it was asked for, so that asking again costs no
/// routing. One object must not be used by two threads at a time.
class interconnect final : public lamina::interconnect {
 public:
  /// Takes a checked spec; throws std::invalid_argument for one with problems.
  explicit interconnect(const interconnect_spec& spec);
  ~interconnect() override;
  interconnect(interconnect&&) noexcept;
  interconnect& operator=(interconnect&&) noexcept;

  /// Takes a checked workload; throws std::invalid_argument for an algorithm that does not fit.
  network_result carry(const network_workload& workload) override;

  /// Time of one collective that has the network to itself; the same as carry(), without the rest
  /// of the result. Asked again, it allocates nothing and takes less than a microsecond: for any
  /// size where symmetry keeps the ranks in step, else for the same size.
  femtoseconds time_of(const collective& item);

  /// The quickest algorithm that fits, alone on the network, and its time.
  struct choice {
    collective_algorithm algorithm = collective_algorithm::direct;
    femtoseconds time{0};
  };
  /// All that fit, the quickest first.
  std::vector<choice> ranking(const collective& item);

  const network_graph& graph() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace lamina::analytical
