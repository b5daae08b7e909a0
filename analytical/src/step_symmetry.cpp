// SPDX-License-Identifier: Apache-2.0
// Loads of steps that run along one dimension of the innermost level, from one line of it.
#include <algorithm>

#include "step_shape.h"

namespace lamina::analytical {

namespace {

using pattern = collective_step::pattern;

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// The part of a step in one dimension of the innermost level.
struct line_step {
  pattern how = pattern::shift;
  int size = 1;    ///< places of the line
  int stride = 1;  ///< of shift and exchange, in places
};

/// Signed steps from place to place as network_graph goes.
int distance(int from, int to, int size, bool wraps) {
  if (!wraps) return to - from;
  const int up = (to - from + size) % size;
  if (2 * up < size || (2 * up == size && from % 2 == 0)) return up;
  return up - size;
}

/// Messages on each link of a line, both ways, and the worst message.
class line_load {
 public:
  line_load(int size, bool wraps) : size_(size), wraps_(wraps) {
    up_.assign(index(2 * size + 1), 0);
    down_.assign(index(2 * size + 1), 0);
  }
  void send(int from, int to) {
    const int way = distance(from, to, size_, wraps_);
    if (way == 0) return;
    // Link p joins places p and p + 1; lines are unrolled twice so that ways round need no wrap.
    std::vector<int>& changes = way > 0 ? up_ : down_;
    const int first = way > 0 ? from : (from + way + size_) % size_;
    const int hops = std::abs(way);
    ++changes[index(first)];
    --changes[index(first + hops)];
    messages_.push_back({first, hops, way > 0});
  }
  /// Folds the unrolled changes into loads.
  void finish() {
    for (std::vector<int>* loads : {&up_, &down_}) {
      for (std::size_t i = 1; i < loads->size(); ++i) (*loads)[i] += (*loads)[i - 1];
      for (int i = 0; i < size_; ++i) {
        (*loads)[index(i)] += (*loads)[index(i + size_)];
        (*loads)[index(i + size_)] = (*loads)[index(i)];
      }
    }
  }
  struct message {
    int first, hops;
    bool up;
  };
  const std::vector<message>& messages() const { return messages_; }
  int busiest_on(const message& m) const {
    const std::vector<int>& loads = m.up ? up_ : down_;
    return *std::max_element(loads.begin() + m.first, loads.begin() + m.first + m.hops);
  }

 private:
  int size_;
  bool wraps_;
  std::vector<int> up_, down_;
  std::vector<message> messages_;
};

/// The dimension in which the step runs, and the step there; false when there is none.
bool find_line(const std::vector<int>& sizes, const collective_step& step, std::size_t& dimension,
               line_step& line) {
  int spacing = 1;
  for (dimension = 0; dimension < sizes.size(); spacing *= sizes[dimension], ++dimension) {
    const int size = sizes[dimension];
    line.how = step.how;
    line.size = size;
    if (step.how == pattern::exchange) {
      const int distance_in_ranks = step.spacing * step.stride;
      if (distance_in_ranks % spacing != 0 || distance_in_ranks >= spacing * size) continue;
      line.stride = distance_in_ranks / spacing;
      const bool is_power = (line.stride & (line.stride - 1)) == 0;
      if (is_power && size % (2 * line.stride) == 0) return true;
    } else if (step.spacing == spacing && step.length == size) {
      line.stride = step.stride % size;
      return true;
    }
  }
  return false;
}

/// Messages on the busiest link when every place of a line sends to every other. Round a ring, a
/// link is on d ways of each distance d below half the round, and the ways of half a round from
/// every other place cover half of the links each. On a chain the middle joins all left to all
/// right.
int busiest_of_everybody(int size, bool wraps) {
  if (!wraps) return (size / 2) * (size - size / 2);
  const int below_half = (size - 1) / 2;
  return below_half * (below_half + 1) / 2 + (size % 2 == 0 ? (size + 3) / 4 : 0);
}

step_shape grid_line(const line_step& line, bool wraps, int link, double overhead_fs) {
  step_shape out;
  message_shape shape;
  shape.overheads_fs = overhead_fs;
  if (line.how == pattern::all_peers) {
    // The longest message passes the busiest link: the middle of a chain, any link of a ring.
    shape.overheads_fs = overhead_fs * (line.size - 1);
    shape.add(link, wraps ? line.size / 2 : line.size - 1, busiest_of_everybody(line.size, wraps));
    out.add(shape);
    return out;
  }
  line_load load(line.size, wraps);
  for (int place = 0; place < line.size; ++place) {
    load.send(place,
              line.how == pattern::shift ? (place + line.stride) % line.size : place ^ line.stride);
  }
  load.finish();
  for (const line_load::message& m : load.messages()) {
    shape.leg_count = 0;
    shape.add(link, m.hops, load.busiest_on(m));
    out.add(shape);
  }
  return out;
}

/// Everybody to everybody in dimension order: a line of dimension d carries, for each pair of its
/// places, what comes from all places of the dimensions before and goes to all of those behind.
step_shape whole_grid(const std::vector<int>& sizes, bool wraps, int link, int ranks,
                      double overhead_fs) {
  message_shape shape;
  shape.overheads_fs = overhead_fs * (ranks - 1);
  for (const int size : sizes) {
    if (size == 1) continue;
    shape.add(link, wraps ? size / 2 : size - 1,
              busiest_of_everybody(size, wraps) * (ranks / size));
  }
  step_shape out;
  out.add(shape);
  return out;
}

/// Up-ports by the destination's digits keep shifts, and swaps of equal digits, apart on every link
/// (D-mod-k routing). Everybody to everybody shares most on the links of the members.
std::optional<step_shape> whole_tree(const std::vector<int>& sizes, const collective_step& step,
                                     int link, int ranks, double overhead_fs) {
  const int arity = sizes[0];
  if (step.spacing != 1 && step.how != pattern::exchange) return std::nullopt;
  if (step.length != ranks && step.how != pattern::exchange) return std::nullopt;
  int rows = sizes[1];
  if (step.how == pattern::exchange) {
    const int apart = step.spacing * step.stride;
    if ((arity & (arity - 1)) != 0 || (apart & (apart - 1)) != 0) return std::nullopt;
    rows = 1;
    for (int reach = arity; reach <= apart; reach *= arity) ++rows;
  }
  message_shape shape;
  const int sent = step.how == pattern::all_peers ? ranks - 1 : 1;
  shape.overheads_fs = overhead_fs * sent;
  shape.add(link, 2 * rows, sent);
  step_shape out;
  out.add(shape);
  return out;
}

}  // namespace

std::optional<step_shape> shape_by_symmetry(const network_graph& graph, const link_classes& links,
                                            const collective_step& step) {
  const network_level& level = graph.spec().levels.front();
  if (step.how == pattern::listed || graph.edges().empty()) return std::nullopt;
  const auto overhead_fs = static_cast<double>(level.packets.message_overhead.count());
  const int link = links.of(0);  // edges of the first instance of the innermost level
  const bool wraps = level.shape == network_shape::ring || level.shape == network_shape::torus;
  const bool grid =
      wraps || level.shape == network_shape::chain || level.shape == network_shape::mesh;
  std::size_t dimension = 0;
  line_step line;
  if (level.shape == network_shape::fat_tree && graph.spec().levels.size() == 1) {
    return whole_tree(level.sizes, step, link, graph.endpoints(), overhead_fs);
  }
  if (grid && step.how == pattern::all_peers && graph.spec().levels.size() == 1 &&
      step.spacing == 1 && step.length == graph.endpoints()) {
    return whole_grid(level.sizes, wraps, link, graph.endpoints(), overhead_fs);
  }
  const bool flat =
      level.shape == network_shape::switched || level.shape == network_shape::fully_connected;
  if ((!grid && !flat) || !find_line(level.sizes, step, dimension, line)) return std::nullopt;
  if (grid) return grid_line(line, wraps, link, overhead_fs);
  message_shape shape;
  const bool everybody = step.how == pattern::all_peers;
  const bool by_switch = level.shape == network_shape::switched;
  const int sent = everybody ? line.size - 1 : 1;
  shape.overheads_fs = overhead_fs * sent;
  shape.add(link, by_switch ? 2 : 1, by_switch ? sent : 1);
  step_shape out;
  out.add(shape);
  return out;
}

}  // namespace lamina::analytical
