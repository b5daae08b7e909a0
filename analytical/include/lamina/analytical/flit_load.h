// SPDX-License-Identifier: Apache-2.0
// Latency and saturation of random traffic on one on-chip network, in closed form.
#pragma once

#include <vector>

#include "lamina/models/interconnect.h"

namespace lamina::analytical {

/// The flows of one traffic pattern over the routers of one network, per flit that each endpoint
/// injects a clock, and what follows from them for any load. Latency is the sum of three parts:
///
/// - without load: injection, a router and a link for each hop, and the packet behind its head;
/// - at the source: a discrete-time queue with Bernoulli arrivals and a packet's flits as service;
///   with one virtual channel and a clock more, in which the next packet is given the channel;
/// - at each output of each router, for the packets of other inputs (those of one input are in line
///   already): share (1 - sum f_i^2) of r (L - 1/2) / (1 - r / c) for load r and packets of L
///   flits, where f_i is input i's share of the output's flow. Virtual channels take turns by the
///   flit, so that packets share an output as in processor sharing, r L / (1 - r), less the half
///   flit that discrete time saves. With k channels a share (r / c)^(k-1) of the packets waits in
///   order instead (Avi-Itzhak and Halfin 1988), each holding its channel for L + 1 clocks:
///   r (L + 1)^2 / 2 L.
///
/// There, c is what the router can bring to an output. One iteration of iSLIP wastes a grant when
/// the input accepts another: with x other grants to an input's other virtual channels on average,
/// (1 - exp(-x)) / x of its grants are accepted. And heads of line wait for each other's outputs:
/// of the channels of the inputs, n on average are there for this output, and n packets are there
/// at load u of u + m u^2 / 2 (1 - u) = n, with m = 1 - sum f_i^2; Karol, Hluchyj and Morgan (1987)
/// have this for n = 1 and many inputs.
///
/// Left out: full buffers that hold back other routers, and the order that one router brings into
/// the packets that meet again at the next.
class flit_load {
 public:
  /// Takes a level that check() accepts but for its bandwidth, which does not matter; throws
  /// std::invalid_argument for others.
  flit_load(const network_level& level, injection_pattern pattern, int packet_flits);

  /// `saturation_flits_per_endpoint_clock` is given too; latency is infinite from there on.
  injection_result at(double flits_per_endpoint_clock) const;
  double saturation() const { return saturation_; }

 private:
  /// Channels that are alike are one, with a count; so are the flows between them.
  struct flow {
    int input = 0;    ///< channel
    int output = 0;   ///< channel
    double rate = 0;  ///< into one output, from all its inputs of this kind
    int spread = 1;   ///< inputs of this kind of one output
    int fan = 1;      ///< outputs of this kind of one input
  };
  struct channel {
    int count = 1;
    double load = 0;        ///< flits a clock
    double meeting = 0;     ///< 1 - sum of squared shares of its inputs
    double lanes = 0;       ///< virtual channels that its packets may take
    std::size_t first = 0;  ///< of its flows
    std::size_t last = 0;
    bool enters = false;  ///< from an endpoint: the source's queue, no output of a router
    bool leaves = false;  ///< to an endpoint: by any virtual channel
  };
  void find_flows(const network_level& level, injection_pattern pattern);
  void find_fat_tree_flows(int arity, int levels);
  void find_channels();
  double lanes_of(const flow& item) const;
  std::vector<double> capacities(double load) const;
  std::vector<double> blocked(double load, const std::vector<double>& free) const;
  double busiest(double load) const;

  flit_protocol flits_;
  int packet_flits_;
  int endpoints_ = 0;
  double hops_ = 0;
  double lanes_ = 0;         ///< for a packet on a link between routers
  std::vector<flow> flows_;  ///< by output
  std::vector<channel> channels_;
  double saturation_ = 0;
};

/// One load; the same as flit_load(...).at(...).
injection_result estimate_injection(const network_level& level, const injection_workload& workload);

}  // namespace lamina::analytical
