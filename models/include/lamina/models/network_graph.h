// SPDX-License-Identifier: Apache-2.0
// An interconnect's nodes, links and routes, spelt out once for both fidelities.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lamina/models/collective.h"
#include "lamina/models/interconnect.h"

namespace lamina {

/// A link in one direction.
struct network_edge {
  int from = 0;
  int to = 0;
  int level = 0;
  double bytes_per_s = 0;
  femtoseconds latency{0};
};

/// Nodes [0, endpoints()) are the endpoints (and route for others in direct shapes), the rest are
/// switches. Routes are deterministic: dimension order from the first dimension, the shortest way
/// round (half way: up from even places, down from odd ones), up a fat tree by the destination's
/// digits to the nearest common ancestor, fewest hops on a graph. What crosses a level first
/// travels the levels below (attachment endpoints), or climbs to its group's attachment and
/// descends behind (attachment group).
class network_graph {
 public:
  /// Takes a checked spec; throws std::invalid_argument for one with problems.
  explicit network_graph(const interconnect_spec& spec);

  const interconnect_spec& spec() const { return spec_; }
  int endpoints() const { return endpoints_; }
  int nodes() const { return nodes_; }
  const std::vector<network_edge>& edges() const { return edges_; }
  /// Name for readers, such as "node.3 -> switch(1)".
  std::string name_of_edge(int edge) const;
  std::string name_of_node(int node) const;

  /// Appends the edges from one endpoint to another; nothing for the same. Allocates only when
  /// `path` must grow.
  void route(int source, int destination, std::vector<int>& path) const;
  /// Outermost level that a route crosses; -1 for the same endpoint.
  int outermost_level(int source, int destination) const;
  /// The layout of a collective on these endpoints (empty: all).
  collective_layout layout_of(const std::vector<int>& group) const;

 private:
  struct hop {
    int edge = -1;
    int local = -1;  ///< member or local node at its end
  };
  struct instance {
    int level = 0;
    int first_edge = 0;
    int first_switch = 0;      ///< node
    std::vector<int> members;  ///< nodes
    std::vector<hop> next;     ///< grids: at [member][dimension][down, up]; graph: at
                               ///< [local node][target member]
    std::vector<int> places;   ///< grids: at [member][dimension]
  };
  void add_level(int level);
  void add_instance(int level, std::vector<int> members);
  void add_edge(int level, int from, int to);
  void wire_grid(instance& made, bool wraps);
  void wire_fat_tree(instance& made);
  void wire_listed(instance& made);
  void climb(int level, int endpoint, std::vector<int>& path) const;
  void descend(int level, int endpoint, std::vector<int>& path) const;
  void cross(const instance& in, int from, int to, std::vector<int>& path) const;
  void cross_grid(const instance& in, int from, int to, std::vector<int>& path) const;
  void cross_fat_tree(const instance& in, int from, int to, std::vector<int>& path) const;
  void cross_listed(const instance& in, int from, int to, std::vector<int>& path) const;
  const instance& instance_at(int level, int endpoint) const;
  int attachment_of(const instance& made) const;
  bool is_everybody(const std::vector<int>& group) const;

  interconnect_spec spec_;
  int endpoints_ = 0;
  int nodes_ = 0;
  std::vector<int> below_;  ///< endpoints of an object beneath each level
  std::vector<network_edge> edges_;
  std::vector<instance> instances_;
  std::vector<int> first_instance_;  ///< by level
  std::vector<int> switch_level_;    ///< by node - endpoints_
};

}  // namespace lamina
