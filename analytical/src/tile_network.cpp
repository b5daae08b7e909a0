// SPDX-License-Identifier: Apache-2.0
#include "tile_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "routed_step.h"

namespace lamina::analytical {
namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Of slices that requests reach after these times, and pieces after those.
slice_order order_by(const std::vector<double>& request_fs, const std::vector<double>& piece_fs) {
  using times = std::pair<std::int64_t, std::int64_t>;
  const auto times_of = [&](std::size_t slice) {
    return times{std::llround(request_fs[slice]), std::llround(piece_fs[slice])};
  };
  std::vector<times> turns;
  for (std::size_t i = 0; i < request_fs.size(); ++i) turns.push_back(times_of(i));
  std::sort(turns.begin(), turns.end());
  turns.erase(std::unique(turns.begin(), turns.end()), turns.end());
  slice_order order;
  for (const auto& [there, back] : turns) {
    order.turns.push_back({femtoseconds{there}, femtoseconds{back}});
  }
  for (std::size_t i = 0; i < request_fs.size(); ++i) {
    const auto turn = std::lower_bound(turns.begin(), turns.end(), times_of(i));
    order.turn_of.push_back(static_cast<int>(turn - turns.begin()));
  }
  return order;
}

}  // namespace

tile_network::tile_network(const stacked_chip_spec& spec)
    : nodes_(spec.nodes()), tiles_(spec.chip.tiles), piece_bytes_(spec.piece_bytes) {
  if (nodes_ == 1) {
    orders_.push_back(order_by({0}, {0}));
    return;
  }
  const network_graph graph(spec.noc);
  const link_classes links(graph);
  double way_fs = 0, energy_j = 0;
  std::vector<message_end> ends;
  const std::vector<std::vector<double>> none(index(nodes_), std::vector<double>(index(nodes_)));
  std::vector<std::vector<double>> request_fs = none, piece_fs = none;
  for (int to = 0; to < nodes_; ++to) {
    routed_step all(graph, links);
    for (int from = 0; from < nodes_; ++from) {
      if (from == to) continue;
      all.add(from, to, spec.piece_bytes);
      for (const std::uint64_t bytes :
           {std::uint64_t{piece_request_bytes}, std::uint64_t{spec.piece_bytes}}) {
        routed_step one(graph, links);
        one.add(from, to, bytes);
        one.finish();
        one.times({}, ends);
        if (ends.empty()) continue;
        way_fs += ends.front().arrived_fs;
        (bytes == piece_request_bytes ? request_fs : piece_fs)[index(from)][index(to)] =
            ends.front().arrived_fs;
      }
    }
    all.finish();
    busy_fs_.insert(busy_fs_.end(), all.load_fs().begin(), all.load_fs().end());
    for (std::size_t e = 0; e < graph.edges().size(); ++e) {
      const network_level& level = spec.noc.levels[index(graph.edges()[e].level)];
      energy_j += all.bytes_on()[e] * 8 * level.energy_j_per_bit;
    }
  }
  for (int node = 0; node < nodes_; ++node) {
    orders_.push_back(order_by(request_fs[index(node)], piece_fs[index(node)]));
  }
  const double pairs = static_cast<double>(nodes_) * nodes_;
  latency_fs_ = way_fs / pairs;
  j_per_byte_ = energy_j / (pairs * piece_bytes_);
  of_node_.resize(index(nodes_));
  on_edge_.resize(graph.edges().size());
}

/// When a node's tiles ask for `of_node` pieces from each slice.
double tile_network::rate(const std::vector<double>& of_node) const {
  std::fill(on_edge_.begin(), on_edge_.end(), 0.0);
  double pieces = 0;
  for (std::size_t node = 0; node < of_node.size(); ++node) {
    const double* row = busy_fs_.data() + node * on_edge_.size();
    for (std::size_t e = 0; e < on_edge_.size(); ++e) on_edge_[e] += of_node[node] * row[e];
    pieces += of_node[node];
  }
  const double busiest = *std::max_element(on_edge_.begin(), on_edge_.end());
  const double bytes = pieces * nodes_ * piece_bytes_;
  return busiest > 0 ? bytes / (busiest * 1e-15) : chip_network_spec{}.bytes_per_s;
}

double tile_network::node_bytes_per_s(const tile_schedule& part) const {
  if (nodes_ == 1) return chip_network_spec{}.bytes_per_s;
  const double all = bytes_per_s(part);
  const double most = *std::max_element(of_node_.begin(), of_node_.end());
  return all * most / std::accumulate(of_node_.begin(), of_node_.end(), 0.0);
}

double tile_network::bytes_per_s(const tile_schedule& part) const {
  if (nodes_ == 1) return chip_network_spec{}.bytes_per_s;
  const bool fills_waves = part.blocks >= std::int64_t{tiles_} * part.resident;
  std::fill(of_node_.begin(), of_node_.end(), 0.0);
  for (int tile = 0; tile < tiles_; ++tile) {
    const std::int64_t blocks = (part.blocks - tile + tiles_ - 1) / tiles_;
    of_node_[index(tile % nodes_)] +=
        fills_waves ? 1 : static_cast<double>(std::max<std::int64_t>(0, blocks));
  }
  return rate(of_node_);
}

chip_network_spec tile_network::of_all_tiles() const {
  chip_network_spec answer;
  if (nodes_ == 1) return answer;
  tile_schedule part;
  part.blocks = tiles_;
  answer.bytes_per_s = bytes_per_s(part);
  answer.latency = femtoseconds{std::llround(latency_fs_)};
  return answer;
}

}  // namespace lamina::analytical
