// SPDX-License-Identifier: Apache-2.0
// Small flit networks of every shape, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lamina/models/interconnect.h"

namespace lamina::sysc {

inline network_level flit_level(network_shape shape, std::vector<int> sizes, int channels = 4) {
  network_level level;
  level.name = std::string(name_of(shape));
  level.shape = shape;
  level.sizes = std::move(sizes);
  level.transport = network_transport::flits;
  level.bandwidth_bytes_per_s = 32e9;
  level.flits.virtual_channels = channels;
  return level;
}

/// Six members around a switch-like node, with a shortcut: circles of odd and even length.
inline network_level flit_graph(int channels = 4) {
  network_level level = flit_level(network_shape::graph, {6}, channels);
  level.switches = 1;
  for (int i = 0; i < 6; ++i) {
    level.links.push_back({i, (i + 1) % 6});
    if (i % 2 == 0) level.links.push_back({i, 6});
  }
  level.links.push_back({1, 4});
  return level;
}

inline std::vector<network_level> every_flit_shape(int channels = 4) {
  using shape = network_shape;
  return {flit_level(shape::chain, {5}, channels),
          flit_level(shape::chain, {1}, channels),
          flit_level(shape::ring, {2}, channels),
          flit_level(shape::ring, {7}, channels),
          flit_level(shape::ring, {8}, channels),
          flit_level(shape::mesh, {3, 4}, channels),
          flit_level(shape::mesh, {2, 3, 2}, channels),
          flit_level(shape::torus, {4, 4}, channels),
          flit_level(shape::torus, {3, 1, 5}, channels),
          flit_level(shape::switched, {9}, channels),
          flit_level(shape::switched, {1}, channels),
          flit_level(shape::fully_connected, {6}, channels),
          flit_level(shape::fat_tree, {2, 4}, channels),
          flit_level(shape::fat_tree, {3, 1}, channels),
          flit_graph(channels)};
}

}  // namespace lamina::sysc
