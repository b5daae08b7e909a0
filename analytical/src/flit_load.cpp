// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/flit_load.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "lamina/models/network_graph.h"

namespace lamina::analytical {

namespace {

std::size_t at_index(int value) { return static_cast<std::size_t>(value); }

bool is_grid(network_shape shape) {
  return shape == network_shape::chain || shape == network_shape::ring ||
         shape == network_shape::mesh || shape == network_shape::torus;
}

bool wraps(const network_level& level) {
  return level.shape == network_shape::ring || level.shape == network_shape::torus;
}

/// The network whose routes the packets take: with one virtual channel wrapping links stay unused.
interconnect_spec routed(const network_level& level) {
  interconnect_spec spec;
  spec.levels.push_back(level);
  network_level& only = spec.levels.front();
  only.name = "network";
  only.transport = network_transport::flits;
  only.bandwidth_bytes_per_s = 1e3 / to_seconds(std::max(femtoseconds{1}, level.flits.clock));
  for (network_link& link : only.links) link.bandwidth_bytes_per_s = 0;
  if (wraps(level) && level.flits.virtual_channels == 1)
    only.shape = level.shape == network_shape::ring ? network_shape::chain : network_shape::mesh;
  return spec;
}

/// Destination of a pattern other than uniform.
int partner(const network_level& level, injection_pattern pattern, int source, int endpoints) {
  const std::vector<int> line{endpoints};
  const std::vector<int>& sizes = is_grid(level.shape) ? level.sizes : line;
  std::vector<int> place;
  int rest = source;
  for (const int size : sizes) {
    place.push_back(rest % size);
    rest /= size;
  }
  const bool equal = std::equal(sizes.begin() + 1, sizes.end(), sizes.begin());
  if (pattern == injection_pattern::transpose && equal) std::reverse(place.begin(), place.end());
  int result = 0;
  int stride = 1;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    int there = place[d];
    if (pattern == injection_pattern::neighbor) there = (there + 1) % sizes[d];
    if (pattern == injection_pattern::tornado) there = (there + (sizes[d] + 1) / 2 - 1) % sizes[d];
    result += stride * there;
    stride *= sizes[d];
  }
  return result;
}

/// The load u with u + meeting u^2 / 2 (1 - u) = heads.
double load_of(double heads, double meeting) {
  const double square = 1 - meeting / 2;
  const double root = std::sqrt((1 + heads) * (1 + heads) - 4 * heads * square);
  return (1 + heads - root) / (2 * square);
}

/// Bounds the stay of heads at an output without a steady state.
constexpr double fullest = 0.98;

/// (1 - exp(-x)) / x
double accepted(double others) { return others < 1e-9 ? 1 : -std::expm1(-others) / others; }

}  // namespace

flit_load::flit_load(const network_level& level, injection_pattern pattern, int packet_flits)
    : flits_(level.flits), packet_flits_(packet_flits) {
  if (packet_flits < 1) throw std::invalid_argument("flit_load: packets have a flit or more");
  // Of the ways up a fat tree the graph knows one; random ones are alike under uniform traffic.
  if (level.shape == network_shape::fat_tree && pattern == injection_pattern::uniform &&
      members_of(level) > 0)
    find_fat_tree_flows(level.sizes[0], std::max(1, level.sizes[1]));
  else
    find_flows(level, pattern);
  lanes_ = flits_.virtual_channels;
  if (wraps(level) && flits_.virtual_channels > 1) lanes_ /= 2;
  find_channels();
  double high = 1;
  double low = 0;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (busiest(middle) < 1 ? low : high) = middle;
  }
  saturation_ = low;
}

/// Channels are the graph's edges; where endpoints are routers, then one in and one out of each.
void flit_load::find_flows(const network_level& level, injection_pattern pattern) {
  const network_graph graph(routed(level));
  endpoints_ = graph.endpoints();
  const bool direct =
      level.shape != network_shape::switched && level.shape != network_shape::fat_tree;
  const int edges = static_cast<int>(graph.edges().size());
  std::vector<int> in(at_index(endpoints_));
  std::vector<int> out(at_index(endpoints_));
  for (int node = 0; node < endpoints_; ++node) {
    in[at_index(node)] = edges + 2 * node;
    out[at_index(node)] = edges + 2 * node + 1;
  }
  channels_.resize(at_index(edges + (direct ? 2 * endpoints_ : 0)));
  for (int edge = 0; edge < edges && !direct; ++edge) {
    const network_edge& link = graph.edges()[at_index(edge)];
    if (link.from < endpoints_) in[at_index(link.from)] = edge;
    if (link.to < endpoints_) out[at_index(link.to)] = edge;
  }
  for (const int entry : in) channels_[at_index(entry)].enters = true;
  for (const int exit : out) channels_[at_index(exit)].leaves = true;

  std::vector<int> path;
  const auto add = [&](int source, int destination, double rate) {
    path.clear();
    if (direct || source == destination) path.push_back(in[at_index(source)]);
    graph.route(source, destination, path);
    if (direct || source == destination) path.push_back(out[at_index(destination)]);
    hops_ += rate * static_cast<double>(path.size() - 1) / endpoints_;
    for (std::size_t i = 1; i < path.size(); ++i)
      flows_.push_back({path[i - 1], path[i], rate, 1, 1});
  };
  for (int source = 0; source < endpoints_; ++source) {
    if (pattern != injection_pattern::uniform) {
      add(source, partner(level, pattern, source, endpoints_), 1);
      continue;
    }
    for (int target = 0; target < endpoints_; ++target) add(source, target, 1.0 / endpoints_);
  }
  std::sort(flows_.begin(), flows_.end(), [](const flow& a, const flow& b) {
    return std::pair(a.output, a.input) < std::pair(b.output, b.input);
  });
  std::size_t kept = 0;
  for (const flow& item : flows_) {
    if (kept > 0 && flows_[kept - 1].output == item.output && flows_[kept - 1].input == item.input)
      flows_[kept - 1].rate += item.rate;
    else
      flows_[kept++] = item;
  }
  flows_.resize(kept);
}

/// Channels in and out of the endpoints, then up and down between the levels. Beyond a subtree of
/// depth d go the packets whose destination is not among its arity^(levels - d) endpoints.
void flit_load::find_fat_tree_flows(int arity, int levels) {
  std::vector<double> beyond;
  for (int depth = 0; depth < levels; ++depth) beyond.push_back(1 - std::pow(arity, -depth));
  beyond.push_back(1);  // of an endpoint, itself included
  endpoints_ = static_cast<int>(std::lround(std::pow(arity, levels)));
  channels_.assign(at_index(2 * levels), {});
  for (channel& one : channels_) one.count = endpoints_;
  channels_[0].enters = true;
  channels_[1].leaves = true;
  hops_ = 1;
  for (int depth = levels - 1; depth >= 0; --depth) {
    const int from_below = 2 * (levels - 1 - depth);
    const int down = from_below + 1;
    const int up = from_below + 2;
    const int from_above = from_below + 3;
    const bool leaf = depth == levels - 1;
    const int turns = leaf ? arity : arity - 1;
    const double climbing = beyond[at_index(depth)];
    const double turning = beyond[at_index(depth + 1)] - climbing;
    if (turns > 0) flows_.push_back({from_below, down, turning, turns, turns});
    if (depth == 0) continue;
    flows_.push_back({from_above, down, climbing, arity, arity});
    flows_.push_back({from_below, up, climbing, arity, arity});
    hops_ += 2 * climbing;
  }
}

void flit_load::find_channels() {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    channel& output = channels_[at_index(flows_[i].output)];
    if (output.load == 0) output.first = i;
    output.last = i + 1;
    output.load += flows_[i].rate;
  }
  for (channel& output : channels_) {
    output.meeting = 1;
    output.lanes = output.leaves ? flits_.virtual_channels : lanes_;
    for (std::size_t i = output.first; i < output.last; ++i) {
      const flow& item = flows_[i];
      const double share = item.rate / output.load;
      output.meeting -= share * share / item.spread;
    }
  }
}

/// Virtual channels at the input of a flow.
double flit_load::lanes_of(const flow& item) const {
  return channels_[at_index(item.input)].enters ? flits_.virtual_channels : lanes_;
}

/// Flits a clock that the routers can bring to each channel.
std::vector<double> flit_load::capacities(double load) const {
  std::vector<double> accept(channels_.size(), 1);
  std::vector<double> grants(channels_.size());
  for (int round = 0; round < 4; ++round) {
    std::fill(grants.begin(), grants.end(), 0);
    for (const flow& item : flows_)
      grants[at_index(item.input)] +=
          load * item.rate / item.spread * item.fan / accept[at_index(item.output)];
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const channel& output = channels_[c];
      double tries = 0;
      for (std::size_t i = output.first; i < output.last; ++i) {
        const flow& item = flows_[i];
        const double channels = lanes_of(item);
        const double others = (std::min(grants[at_index(item.input)], 1.0) -
                               std::min(1.0, load * item.rate / item.spread / accept[c])) *
                              (channels - 1) / channels;
        tries += item.rate / output.load / accepted(std::max(0.0, others));
      }
      if (tries > 0) accept[c] = 1 / tries;
    }
  }
  // A credit is back after this, a clock later for a head; a channel carries a buffer's flits in
  // it.
  const double loop =
      flits_.router_clocks + 2.0 * flits_.link_clocks + flits_.credit_clocks + 1.0 / packet_flits_;
  const double lane = static_cast<double>(packet_flits_) / (packet_flits_ + 1) *
                      std::min(1.0, flits_.buffer_flits / loop);
  for (std::size_t c = 0; c < channels_.size(); ++c)
    accept[c] *= std::min(1.0, channels_[c].lanes * lane);
  return blocked(load, accept);
}

/// Capacities less what heads of line take from each other. Heads stay the longer, the fuller their
/// output: of the channels of an input each output has a share by its flow and this time.
std::vector<double> flit_load::blocked(double load, const std::vector<double>& free) const {
  std::vector<double> stay(channels_.size());
  for (std::size_t c = 0; c < channels_.size(); ++c)
    stay[c] = 1 / (1 - std::min(fullest, load * channels_[c].load / free[c]));
  std::vector<double> held(channels_.size(), 0);
  for (const flow& item : flows_)
    held[at_index(item.input)] += item.rate / item.spread * item.fan * stay[at_index(item.output)];
  std::vector<double> capacity = free;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    double heads = 0;
    for (std::size_t i = channels_[c].first; i < channels_[c].last; ++i)
      heads += lanes_of(flows_[i]) * flows_[i].rate * stay[c] / held[at_index(flows_[i].input)];
    if (heads > 0) capacity[c] *= load_of(heads, channels_[c].meeting);
  }
  return capacity;
}

double flit_load::busiest(double load) const {
  const std::vector<double> capacity = capacities(load);
  double most = load;  // an endpoint injects at most a flit a clock
  for (std::size_t c = 0; c < channels_.size(); ++c)
    most = std::max(most, load * channels_[c].load / capacity[c]);
  return most;
}

injection_result flit_load::at(double load) const {
  injection_result result;
  result.mean_hops = hops_;
  result.accepted_flits_per_endpoint_clock = std::min(load, saturation_);
  result.saturation_flits_per_endpoint_clock = saturation_;
  result.stable = load < saturation_;
  result.mean_latency_clocks = std::numeric_limits<double>::infinity();
  if (!result.stable) return result;
  const double length = packet_flits_;
  double latency = 1 + 2.0 * flits_.injection_clocks + hops_ * flits_.router_clocks +
                   (hops_ - 1) * flits_.link_clocks + length - 1;
  const double service = std::max(length, (length + 1) / flits_.virtual_channels);
  latency += load / length * service * (service - 1) / (2 * (1 - load / length * service));
  const std::vector<double> capacity = capacities(load);
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    const channel& output = channels_[c];
    if (output.enters || output.load == 0) continue;
    const double used = load * output.load;
    const double full = used / capacity[c];
    const double in_order = std::pow(full, output.lanes - 1);
    const double shared = used * (length - 0.5);
    const double queued = used * (length + 1) * (length + 1) / (2 * length);
    const double wait = output.meeting * ((1 - in_order) * shared + in_order * queued) / (1 - full);
    latency += output.count * output.load / endpoints_ * wait;
  }
  result.mean_latency_clocks = latency;
  return result;
}

injection_result estimate_injection(const network_level& level,
                                    const injection_workload& workload) {
  return flit_load(level, workload.pattern, workload.packet_flits)
      .at(workload.flits_per_endpoint_clock);
}

}  // namespace lamina::analytical
