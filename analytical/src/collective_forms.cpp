// SPDX-License-Identifier: Apache-2.0
#include "collective_forms.h"

#include <algorithm>
#include <cmath>

namespace lamina::analytical {
namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

bool is_alike(const packet_protocol& a, const packet_protocol& b) {
  return a.payload_bytes == b.payload_bytes && a.header_bytes == b.header_bytes &&
         a.switching == b.switching && a.acknowledged == b.acknowledged &&
         a.time_grid == b.time_grid && a.message_overhead == b.message_overhead &&
         a.efficiency == b.efficiency;
}

/// Whether two networks have the same links, but for their rates, latencies and energy.
bool have_same_links(const interconnect_spec& a, const interconnect_spec& b) {
  return std::equal(a.levels.begin(), a.levels.end(), b.levels.begin(), b.levels.end(),
                    [](const network_level& x, const network_level& y) {
                      return x.shape == y.shape && x.shape != network_shape::graph &&
                             x.sizes == y.sizes && x.attachment == y.attachment &&
                             x.transport == y.transport &&
                             x.transport == network_transport::packets &&
                             is_alike(x.packets, y.packets);
                    });
}

bool are_alike(const collective_step& a, const collective_step& b) {
  return a.how == b.how && a.how != collective_step::pattern::listed && a.length == b.length &&
         a.spacing == b.spacing && a.stride == b.stride;
}

}  // namespace

collective_forms::collective_forms(const interconnect_spec& network)
    : graph_(network), links_(graph_) {}

void collective_forms::replace_network(const interconnect_spec& network) {
  const bool keeps = have_same_links(graph_.spec(), network);
  network_graph graph(network);
  link_classes links(graph);
  if (!keeps || links.count() != links_.count()) {
    for (group_set& set : sets_) {
      set.layout = graph.layout_of(set.groups.front());
      set.steps.clear();
      set.schedules.clear();
    }
  }
  graph_ = std::move(graph);
  links_ = std::move(links);
}

int collective_forms::add(const std::vector<std::vector<int>>& groups) {
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    if (sets_[i].groups == groups) return static_cast<int>(i);
  }
  sets_.push_back({groups, graph_.layout_of(groups.front()), {}, {}});
  return static_cast<int>(sets_.size()) - 1;
}

/// The messages of a step of `schedule_`, of all groups.
std::optional<collective_forms::known_step> collective_forms::look_at(const collective_step& step,
                                                                      const group_set& set) {
  messages_.clear();
  placed_.clear();
  messages_of(schedule_, step, messages_);
  for (const std::vector<int>& group : set.groups) {
    for (const rank_message& m : messages_) {
      placed_.push_back({group[index(m.from)], group[index(m.to)], m.bytes});
    }
  }
  known_step known{step, {}, {}, 0};
  std::optional<step_shape> shape = shape_by_routing(graph_, links_, placed_, {}, &known.hops);
  if (!shape) return std::nullopt;
  known.shape = std::move(*shape);
  for (const message_shape& slow : known.shape.slowest) {
    known.protocol_level = std::max(known.protocol_level, slow.protocol_level);
  }
  return known;
}

/// Of the steps in `schedule_`.
const collective_forms::known_schedule& collective_forms::schedule_shapes(
    collective_kind kind, collective_algorithm algorithm, group_set& set) {
  const auto [at, fresh] = set.schedules.try_emplace({kind, algorithm});
  known_schedule& known = at->second;
  if (!fresh) return known;
  for (const collective_step& step : schedule_.steps) {
    int found = -1;
    for (std::size_t k = 0; k < set.steps.size() && found < 0; ++k) {
      if (are_alike(set.steps[k].pattern, step)) found = static_cast<int>(k);
    }
    if (found < 0) {
      std::optional<known_step> made = look_at(step, set);
      if (!made) return known;
      found = static_cast<int>(set.steps.size());
      set.steps.push_back(std::move(*made));
    }
    known.steps.push_back(found);
  }
  known.possible = true;
  return known;
}

double collective_forms::energy_of(const known_step& step, double bytes) const {
  const std::vector<network_level>& levels = graph_.spec().levels;
  const packet_protocol& outermost = levels[index(step.protocol_level)].packets;
  const double packets = std::ceil(bytes / std::max(1, outermost.payload_bytes));
  double sum = 0;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const double carried = bytes + packets * levels[l].packets.header_bytes;
    sum += step.hops[l] * carried * 8 * levels[l].energy_j_per_bit;
  }
  return sum;
}

/// Over the steps in `schedule_`.
collective_forms::answer collective_forms::sum(const known_schedule& known,
                                               const group_set& set) const {
  answer out;
  double with_nothing = 0;
  for (std::size_t i = 0; i < schedule_.steps.size(); ++i) {
    const collective_step& step = schedule_.steps[i];
    const known_step& shape = set.steps[index(known.steps[i])];
    const std::uint64_t bytes = step.how == collective_step::pattern::listed
                                    ? schedule_.listed[index(step.first)].bytes
                                    : step.bytes;
    const auto times = static_cast<double>(step.times);
    out.time_fs += times * shape.shape.time_fs(links_, graph_.spec(), bytes);
    with_nothing += times * shape.shape.time_fs(links_, graph_.spec(), 1);
    out.energy_j += times * energy_of(shape, static_cast<double>(bytes));
  }
  out.bound_by = 2 * with_nothing > out.time_fs ? network_limit::latency : network_limit::link;
  return out;
}

std::optional<collective_forms::answer> collective_forms::ask(collective_kind kind,
                                                              collective_algorithm algorithm,
                                                              std::uint64_t bytes, int groups) {
  group_set& set = sets_[index(groups)];
  const auto ranks = static_cast<int>(set.groups.front().size());
  std::optional<answer> quickest;
  const auto try_one = [&](collective_algorithm which) {
    if (!fits(kind, which, ranks, set.layout)) return;
    schedule_of(kind, which, bytes, ranks, set.layout, schedule_);
    const known_schedule& known = schedule_shapes(kind, which, set);
    if (!known.possible || known.steps.size() != schedule_.steps.size()) return;
    answer found = sum(known, set);
    found.algorithm = which;
    if (!quickest || found.time_fs < quickest->time_fs) quickest = found;
  };
  if (algorithm != collective_algorithm::best && fits(kind, algorithm, ranks, set.layout)) {
    try_one(algorithm);
    return quickest;
  }
  for (int i = static_cast<int>(collective_algorithm::ring);
       i <= static_cast<int>(collective_algorithm::hierarchical); ++i) {
    try_one(static_cast<collective_algorithm>(i));
  }
  return quickest;
}

}  // namespace lamina::analytical
