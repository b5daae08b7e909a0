// SPDX-License-Identifier: Apache-2.0
#include "flit_topology.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace lamina::sysc {

namespace {

std::size_t at(int value) { return static_cast<std::size_t>(value); }

}  // namespace

flit_topology::flit_topology(const network_level& level)
    : shape_(level.shape),
      channels_(static_cast<std::uint8_t>(level.flits.virtual_channels)),
      sizes_(level.sizes) {
  const std::int64_t members = members_of(level);
  if (members < 1 || members > (1 << 20))
    throw std::invalid_argument("a flit network needs sizes that fit its shape");
  endpoints_ = static_cast<int>(members);
  switch (shape_) {
    case network_shape::ring:
    case network_shape::torus:
      wraps_ = channels_ > 1;
      halves_ = wraps_;
      wire_grid();
      break;
    case network_shape::chain:
    case network_shape::mesh:
      wire_grid();
      break;
    case network_shape::switched:
      wire_switch();
      break;
    case network_shape::fully_connected:
      wire_fully_connected();
      break;
    case network_shape::fat_tree:
      wire_fat_tree();
      break;
    case network_shape::graph:
      wire_graph(level);
      break;
  }
}

void flit_topology::size_tables() {
  const std::int64_t all = std::int64_t{routers_} * ports_;
  if (all > (1 << 24) || ports_ > 0xffff)
    throw std::invalid_argument("a flit network of more than 2^24 ports is too large to simulate");
  attachment_.assign(at(endpoints_), nowhere);
  behind_.assign(static_cast<std::size_t>(all), nowhere);
  before_.assign(static_cast<std::size_t>(all), nowhere);
}

void flit_topology::connect(int from_router, int from_port, int to_router, int to_port) {
  const int from = from_router * ports_ + from_port;
  const int to = to_router * ports_ + to_port;
  behind_[at(from)] = to;
  before_[at(to)] = from;
}

void flit_topology::attach(int endpoint, int router, int port) {
  const int all = router * ports_ + port;
  attachment_[at(endpoint)] = all;
  behind_[at(all)] = ~endpoint;
  before_[at(all)] = ~endpoint;
}

void flit_topology::wire_grid() {
  const int dimensions = static_cast<int>(sizes_.size());
  routers_ = endpoints_;
  ports_ = 2 * dimensions + 1;
  size_tables();
  places_.resize(at(endpoints_) * sizes_.size());
  int stride = 1;
  for (int d = 0; d < dimensions; stride *= sizes_[at(d)], ++d) {
    const int size = sizes_[at(d)];
    for (int node = 0; node < endpoints_; ++node) {
      const int here = node / stride % size;
      places_[at(node * dimensions + d)] = here;
      if (size == 1 || (here == size - 1 && !wraps_)) continue;
      const int up = here == size - 1 ? node - (size - 1) * stride : node + stride;
      connect(node, 2 * d, up, 2 * d + 1);
      connect(up, 2 * d + 1, node, 2 * d);
    }
  }
  for (int node = 0; node < endpoints_; ++node) attach(node, node, 2 * dimensions);
}

void flit_topology::wire_switch() {
  routers_ = 1;
  ports_ = endpoints_;
  size_tables();
  for (int node = 0; node < endpoints_; ++node) attach(node, 0, node);
}

void flit_topology::wire_fully_connected() {
  routers_ = endpoints_;
  ports_ = endpoints_;
  size_tables();
  for (int from = 0; from < routers_; ++from) {
    for (int to = 0; to < routers_; ++to)
      if (to != from) connect(from, to - (to > from), to, from - (from > to));
    attach(from, from, ports_ - 1);
  }
}

void flit_topology::wire_fat_tree() {
  const int arity = sizes_[0];
  const int levels = sizes_[1];
  powers_.assign(1, 1);
  for (int i = 0; i < levels; ++i) powers_.push_back(powers_.back() * arity);
  const int row = levels > 0 ? powers_[at(levels - 1)] : 1;
  routers_ = std::max(1, levels) * row;
  ports_ = 2 * arity;
  size_tables();
  for (int depth = 0; depth + 1 < levels; ++depth) {
    const int branch = powers_[at(levels - depth - 2)];
    for (int place = 0; place < row; ++place) {
      const int group = place / (branch * arity) * branch * arity;
      for (int down = 0; down < arity; ++down) {
        const int below = (depth + 1) * row + group + down * branch + (place - group) % branch;
        const int up = arity + (place - group) / branch;
        connect(depth * row + place, down, below, up);
        connect(below, up, depth * row + place, down);
      }
    }
  }
  for (int node = 0; node < endpoints_; ++node)
    attach(node, std::max(0, levels - 1) * row + node / arity, node % arity);
}

flit_choice flit_topology::route_grid(int router, int input, int destination, std::uint8_t& keep,
                                      flit_random& random) const {
  const auto last = static_cast<std::uint8_t>(channels_ - 1);
  for (std::size_t d = 0; d < sizes_.size(); ++d) {
    const int here = place(router, d);
    const int there = place(destination, d);
    if (here == there) continue;
    int port = 0;
    const int dimension = static_cast<int>(d);
    if (!wraps_) {
      port = 2 * dimension + (there < here);
    } else if (input / 2 == dimension) {
      port = input ^ 1;
    } else {
      const int size = sizes_[d];
      const int up = (there - here + size) % size;
      const bool down = 2 * up > size || (2 * up == size && (random.next() >> 63) != 0);
      port = 2 * dimension + down;
      keep = here > there;
    }
    if (!halves_) return {static_cast<std::uint16_t>(port), 0, last};
    const auto half = static_cast<std::uint8_t>(channels_ / 2);
    return {static_cast<std::uint16_t>(port), keep ? half : std::uint8_t{0},
            keep ? last : static_cast<std::uint8_t>(half - 1)};
  }
  return {static_cast<std::uint16_t>(2 * sizes_.size()), 0, last};
}

flit_choice flit_topology::route_fat_tree(int router, int destination, flit_random& random) const {
  const auto last = static_cast<std::uint8_t>(channels_ - 1);
  const int arity = sizes_[0];
  const int levels = std::max(1, sizes_[1]);
  const int row = powers_[at(levels - 1)];
  const int depth = router / row;
  const int below = powers_[at(levels - depth)];  // endpoints
  const int first = router % row / powers_[at(levels - depth - 1)] * below;
  if (destination >= first && destination < first + below) {
    const int branch = powers_[at(levels - depth - 1)];
    return {static_cast<std::uint16_t>((destination - first) / branch), 0, last};
  }
  const auto up = random.below(static_cast<std::uint32_t>(arity));
  return {static_cast<std::uint16_t>(arity + static_cast<int>(up)), 0, last};
}

flit_choice flit_topology::route(int router, int input, int destination, std::uint8_t& keep,
                                 flit_random& random) const {
  const auto last = static_cast<std::uint8_t>(channels_ - 1);
  switch (shape_) {
    case network_shape::switched:
      return {static_cast<std::uint16_t>(destination), 0, last};
    case network_shape::fully_connected: {
      const int port = destination == router ? ports_ - 1 : destination - (destination > router);
      return {static_cast<std::uint16_t>(port), 0, last};
    }
    case network_shape::fat_tree:
      return route_fat_tree(router, destination, random);
    case network_shape::graph: {
      const std::size_t row = at(keep) * at(routers_) + at(router);
      const std::uint16_t port = next_[row * at(endpoints_) + at(destination)];
      keep = keep | descends_[at(router * ports_ + port)];
      return {port, 0, last};
    }
    default:
      return route_grid(router, input, destination, keep, random);
  }
}

int flit_topology::destination(injection_pattern pattern, int source, flit_random& random) const {
  if (pattern == injection_pattern::uniform)
    return static_cast<int>(random.below(static_cast<std::uint32_t>(endpoints_)));
  const bool grid = !places_.empty();
  const std::vector<int> line{endpoints_};
  const std::vector<int>& sizes = grid ? sizes_ : line;
  const bool equal = std::equal(sizes.begin() + 1, sizes.end(), sizes.begin());
  int result = 0;
  int stride = 1;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    const int size = sizes[d];
    int there = grid ? place(source, d) : source;
    if (pattern == injection_pattern::neighbor) there = (there + 1) % size;
    if (pattern == injection_pattern::tornado) there = (there + (size + 1) / 2 - 1) % size;
    if (pattern == injection_pattern::transpose && equal && grid)
      there = place(source, sizes.size() - 1 - d);
    result += stride * there;
    stride *= size;
  }
  return result;
}

}  // namespace lamina::sysc
