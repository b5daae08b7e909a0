// SPDX-License-Identifier: Apache-2.0
// Routers, ports and links of one level as flat tables, and the way of a packet through them.
#pragma once

#include <cstdint>
#include <vector>

#include "flit_random.h"
#include "lamina/models/interconnect.h"

namespace lamina::sysc {

/// Where a packet may go next: an output port, and a range of its virtual channels.
struct flit_choice {
  std::uint16_t port = 0;
  std::uint8_t first = 0;
  std::uint8_t last = 0;  ///< included
};

/// Ports are numbered alike at every router, missing ones included. Shapes and their ports:
/// - grids (chain, ring, mesh, torus): 2d up and 2d+1 down dimension d, then the endpoint. A member
///   is a router. Dimension order, on wraps the shorter way, half way a random one. On wraps a
///   packet whose way up crosses from the last to the first place, or whose way down does not,
///   keeps to the upper half of the virtual channels and the others to the lower: no half then has
///   a cycle of dependent channels. With one virtual channel there are no halves: the wrapping
///   link stays unused, and the way is that of a mesh.
/// - switched: the endpoints of the one router.
/// - fully connected: the other routers in their order, then the endpoint.
/// - fat tree: k^(n-1) routers on each of n levels, k ports down, then k up; up by a random port
///   to the nearest common ancestor.
/// - graph: up*/down* from the first router, shortest of these ways: links are up or down by
///   distance from it, and nothing goes up after down.
class flit_topology {
 public:
  /// Throws std::invalid_argument for a shape that has no members or cannot be wired.
  explicit flit_topology(const network_level& level);

  int endpoints() const { return endpoints_; }
  int routers() const { return routers_; }
  int ports() const { return ports_; }
  /// Port of all: router * ports() + port.
  int attachment(int endpoint) const { return attachment_[static_cast<std::size_t>(endpoint)]; }
  /// Behind an output port: an input port of all; ~endpoint; or `nowhere`.
  int behind(int port) const { return behind_[static_cast<std::size_t>(port)]; }
  /// Before an input port: an output port of all; ~endpoint; or `nowhere`.
  int before(int port) const { return before_[static_cast<std::size_t>(port)]; }
  static constexpr int nowhere = -0x7fffffff;

  /// The way on for the packet at the head of `input` of `router`. `keep` is the packet's memory
  /// between hops (0 at first).
  flit_choice route(int router, int input, int destination, std::uint8_t& keep,
                    flit_random& random) const;
  /// Destination under a pattern; `source` itself is possible.
  int destination(injection_pattern pattern, int source, flit_random& random) const;

 private:
  void connect(int from_router, int from_port, int to_router, int to_port);
  void attach(int endpoint, int router, int port);
  void size_tables();
  void wire_grid();
  void wire_switch();
  void wire_fully_connected();
  void wire_fat_tree();
  void wire_graph(const network_level& level);
  void route_graph();
  flit_choice route_grid(int router, int input, int destination, std::uint8_t& keep,
                         flit_random& random) const;
  flit_choice route_fat_tree(int router, int destination, flit_random& random) const;
  int place(int member, std::size_t dimension) const {
    return places_[static_cast<std::size_t>(member) * sizes_.size() + dimension];
  }

  network_shape shape_;
  bool wraps_ = false;
  bool halves_ = false;
  std::uint8_t channels_ = 1;
  std::vector<int> sizes_;              ///< of a grid's dimensions; else as given
  std::vector<int> places_;             ///< of a grid's members: coordinates
  std::vector<int> powers_;             ///< of a fat tree's arity
  std::vector<std::uint16_t> next_;     ///< graph: port at [has gone down][router][endpoint]
  std::vector<std::uint8_t> descends_;  ///< graph: whether the link behind this port goes down
  int endpoints_ = 0;
  int routers_ = 0;
  int ports_ = 0;
  std::vector<int> attachment_;
  std::vector<int> behind_;
  std::vector<int> before_;
};

}  // namespace lamina::sysc
