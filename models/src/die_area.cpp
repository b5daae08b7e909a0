// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/die_area.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "lamina/models/network_graph.h"
#include "lamina/models/stacked_chip.h"

namespace lamina {
namespace {

constexpr double mib = 1 << 20;

/// Controllers of a channel: one for each port that has a command bus of its own.
int controllers(const dram_stack_spec& stack) {
  const bool by_port = stack.controller.command_bus == command_bus_scope::port;
  return stack.geometry.channels * (by_port ? stack.geometry.ports() : 1);
}

}  // namespace

double tile_area_of(const stacked_chip_spec& spec) {
  const die_area_spec& a = spec.chip.area;
  const compute_tile_spec& tile = spec.chip.tile;
  return tile.macs_per_clock(16) * a.mac + tile.vector.operations_per_clock * a.vector_operation +
         static_cast<double>(tile.scratchpad.bytes) / mib * a.sram_mib;
}

die_area area_of(const stacked_chip_spec& spec) {
  const die_area_spec& a = spec.chip.area;
  const dram_geometry& g = spec.dram_stack.geometry;
  die_area area;
  area.tiles = tile_area_of(spec) * spec.chip.tiles;
  area.shared_buffer = static_cast<double>(spec.chip.shared_buffer.bytes) / mib * a.sram_mib;
  if (spec.nodes() > 1) {
    const network_graph graph(spec.noc);
    for (const network_edge& edge : graph.edges()) {
      area.network += edge.bytes_per_s / spec.chip.clock_hz * a.link_byte;
    }
  }
  area.stack_interface = 1.0 * g.channels * g.ports() * g.port_bits * a.signal +
                         controllers(spec.dram_stack) * a.controller;
  area.rest = a.rest;
  return area;
}

int tiles_that_fit(const stacked_chip_spec& spec) {
  const double tile = tile_area_of(spec);
  const die_area all = area_of(spec);
  const double left = spec.chip.area.limit - (all.total() - all.tiles);
  if (!(tile > 0) || !(left > 0) || !std::isfinite(left)) return 0;
  return static_cast<int>(std::min(left / tile, 1e6));
}

std::string die_area::text() const {
  char line[160];
  std::snprintf(line, sizeof line,
                "tiles %.1f, shared buffer %.1f, network %.1f, stack interface %.1f, rest %.1f mm2",
                tiles, shared_buffer, network, stack_interface, rest);
  return line;
}

}  // namespace lamina
