// SPDX-License-Identifier: Apache-2.0
// The network of a stacked chip as one way between all slices and the tiles that have blocks.
#pragma once

#include <vector>

#include "lamina/models/stacked_chip.h"

namespace lamina::analytical {

/// Loads on links are linear in what each node's tiles ask for: one row for each node, found once
/// by routing, answers any part. Every load asks all slices alike; stores go the same ways back.
class tile_network {
 public:
  explicit tile_network(const stacked_chip_spec& spec);

  /// Every tile asks for as much: the way that the mapper sees.
  chip_network_spec of_all_tiles() const;
  /// Bytes/s of a part when its busiest link is full. Blocks of a part that fills no wave are on
  /// the tiles that took them, in turn; of longer ones every tile has as many.
  double bytes_per_s(const tile_schedule& part) const;
  /// The same of one node's links: those of the node with most of the part, which are full then.
  double node_bytes_per_s(const tile_schedule& part) const;
  double j_per_byte() const { return j_per_byte_; }
  /// Slices in the order in which requests of a node's tiles reach them.
  const slice_order& order_of(int node) const { return orders_[static_cast<std::size_t>(node)]; }

 private:
  double rate(const std::vector<double>& of_node) const;

  int nodes_, tiles_;
  std::vector<double>
      busy_fs_;  ///< of a link, at [node][edge]: a piece from each slice to the node
  double piece_bytes_;
  double latency_fs_ = 0;  ///< mean of a request and a piece back
  double j_per_byte_ = 0;
  std::vector<slice_order> orders_;
  mutable std::vector<double> of_node_, on_edge_;
};

}  // namespace lamina::analytical
