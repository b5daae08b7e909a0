// SPDX-License-Identifier: Apache-2.0
// Arbitrary graphs of routers: wiring and up*/down* ways.
#include <algorithm>
#include <limits>
#include <queue>
#include <stdexcept>

#include "flit_topology.h"

namespace lamina::sysc {

namespace {

std::size_t at(int value) { return static_cast<std::size_t>(value); }
constexpr int far = std::numeric_limits<int>::max();

}  // namespace

void flit_topology::wire_graph(const network_level& level) {
  routers_ = endpoints_ + std::max(0, level.switches);
  std::vector<network_link> ways;
  for (const network_link& link : level.links) {
    if (link.from < 0 || link.to < 0 || link.from >= routers_ || link.to >= routers_)
      throw std::invalid_argument("a link of a flit network ends at a node that does not exist");
    if (link.from == link.to) continue;
    if (!link.both_ways)
      throw std::invalid_argument("links of a flit network go both ways: credits come back");
    ways.push_back(link);
  }
  std::vector<int> used(at(routers_), 0);
  for (const network_link& link : ways) {
    ++used[at(link.from)];
    ++used[at(link.to)];
  }
  ports_ = *std::max_element(used.begin(), used.end()) + 1;
  size_tables();
  std::fill(used.begin(), used.end(), 0);
  for (const network_link& link : ways) {
    const int from = used[at(link.from)]++;
    const int to = used[at(link.to)]++;
    connect(link.from, from, link.to, to);
    connect(link.to, to, link.from, from);
  }
  for (int node = 0; node < endpoints_; ++node) attach(node, node, ports_ - 1);
  route_graph();
}

/// Up is towards the first router: nearer to it, or as near with a smaller number. Ways go up and
/// then down, so that dependent channels follow an order and never a circle.
void flit_topology::route_graph() {
  std::vector<int> height(at(routers_), far);
  std::queue<int> open;
  height[0] = 0;
  open.push(0);
  for (; !open.empty(); open.pop())
    for (int port = 0; port + 1 < ports_; ++port) {
      const int there = behind(open.front() * ports_ + port);
      if (there < 0 || height[at(there / ports_)] != far) continue;
      height[at(there / ports_)] = height[at(open.front())] + 1;
      open.push(there / ports_);
    }
  descends_.assign(behind_.size(), 0);
  for (int router = 0; router < routers_; ++router) {
    if (router < endpoints_ && height[at(router)] == far)
      throw std::invalid_argument("a node of a flit network cannot be reached");
    for (int port = 0; port + 1 < ports_; ++port) {
      const int there = behind(router * ports_ + port);
      if (there < 0) continue;
      const int other = there / ports_;
      descends_[at(router * ports_ + port)] = height[at(other)] != height[at(router)]
                                                  ? height[at(other)] > height[at(router)]
                                                  : other > router;
    }
  }
  // From each destination backwards over [has gone down][router].
  next_.assign(2 * at(routers_) * at(endpoints_), 0);
  std::vector<int> distance(2 * at(routers_));
  for (int target = 0; target < endpoints_; ++target) {
    std::fill(distance.begin(), distance.end(), far);
    std::queue<int> states;
    for (int down = 0; down < 2; ++down) {
      distance[at(down * routers_ + target)] = 0;
      next_[at(down * routers_ + target) * at(endpoints_) + at(target)] =
          static_cast<std::uint16_t>(ports_ - 1);
      states.push(down * routers_ + target);
    }
    for (; !states.empty(); states.pop()) {
      const int down = states.front() / routers_;
      const int router = states.front() % routers_;
      for (int port = 0; port + 1 < ports_; ++port) {
        const int from = before(router * ports_ + port);
        if (from < 0) continue;
        // Over this link one comes down if it descends, and up only if nothing descended before.
        const bool descends = descends_[at(from)] != 0;
        if (descends != (down != 0)) continue;
        for (int earlier = 0; earlier <= (descends ? 1 : 0); ++earlier) {
          const int state = earlier * routers_ + from / ports_;
          if (distance[at(state)] != far) continue;
          distance[at(state)] = distance[at(states.front())] + 1;
          next_[at(state) * at(endpoints_) + at(target)] =
              static_cast<std::uint16_t>(from % ports_);
          states.push(state);
        }
      }
    }
  }
}

}  // namespace lamina::sysc
