// SPDX-License-Identifier: Apache-2.0
#include "lamina/analytical/interconnect.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "concurrent_work.h"
#include "step_shape.h"

namespace lamina::analytical {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

femtoseconds rounded(double fs) { return femtoseconds{std::llround(fs)}; }

/// What is remembered of a collective: the shapes of its steps; `unequal` steps have a time, for
/// the very bytes, instead.
struct known_collective {
  collective_kind kind;
  collective_algorithm algorithm;
  std::vector<int> group;
  collective_layout layout;
  std::uint64_t bytes = 0;  ///< 0: the shapes hold for any size
  struct step {
    int shape = -1;  ///< in shapes; -1: the time
    double time_fs = 0;
    std::uint64_t bytes = 0;
    double times = 1;
  };
  std::vector<step> steps;
  std::vector<step_shape> shapes;
};

bool is_alike(const collective_step& a, const collective_step& b) {
  return a.how == b.how && a.how != collective_step::pattern::listed && a.length == b.length &&
         a.spacing == b.spacing && a.stride == b.stride;
}

}  // namespace

struct interconnect::state {
  explicit state(const interconnect_spec& spec) : graph(spec), links(graph) {}

  const known_collective* recall(const collective& item) const;
  const known_collective& learn(const collective& item);
  double time_fs(const collective& item);
  int ranks_of(const collective& item) const {
    return item.group.empty() ? graph.endpoints() : static_cast<int>(item.group.size());
  }

  network_graph graph;
  link_classes links;
  std::vector<known_collective> known;
  collective_schedule schedule;  ///< of the collective that is being asked for
};

const known_collective* interconnect::state::recall(const collective& item) const {
  for (const known_collective& entry : known) {
    if (entry.kind == item.kind && entry.algorithm == item.algorithm &&
        (entry.bytes == 0 || entry.bytes == item.bytes) && entry.group == item.group) {
      return &entry;
    }
  }
  return nullptr;
}

/// From the steps in `schedule`.
const known_collective& interconnect::state::learn(const collective& item) {
  constexpr std::size_t most_known = 64;
  if (known.size() == most_known) known.erase(known.begin());
  known_collective entry{item.kind, item.algorithm, item.group, graph.layout_of(item.group), 0, {},
                         {}};
  const bool everybody = entry.layout.dimensions == graph.layout_of({}).dimensions;
  std::vector<rank_message> messages;
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const collective_step& step = schedule.steps[i];
    known_collective::step made;
    made.bytes = step.bytes;
    made.times = static_cast<double>(step.times);
    for (std::size_t k = 0; k < i && made.shape < 0; ++k) {
      if (is_alike(schedule.steps[k], step)) made.shape = entry.steps[k].shape;
    }
    if (made.shape < 0) {
      std::optional<step_shape> shape;
      if (everybody) shape = shape_by_symmetry(graph, links, step);
      if (!shape) {
        messages.clear();
        messages_of(schedule, step, messages);
        shape = shape_by_routing(graph, links, messages, item.group);
        made.bytes = messages.empty() ? 0 : messages.front().bytes;
      }
      if (shape) {
        made.shape = static_cast<int>(entry.shapes.size());
        entry.shapes.push_back(std::move(*shape));
      } else {
        routed_step routed(graph, links);
        for (const rank_message& message : messages) {
          const auto at = [&](int rank) {
            return item.group.empty() ? rank : item.group[index(rank)];
          };
          routed.add(at(message.from), at(message.to), message.bytes);
        }
        routed.finish();
        made.time_fs = routed.time_fs({});
      }
    }
    if (step.how == collective_step::pattern::listed) entry.bytes = item.bytes;
    entry.steps.push_back(made);
  }
  known.push_back(std::move(entry));
  return known.back();
}

double interconnect::state::time_fs(const collective& item) {
  const known_collective* entry = recall(item);
  if (entry != nullptr && entry->bytes != 0) {
    double sum = 0;
    for (const known_collective::step& step : entry->steps) {
      sum += step.times * (step.shape < 0 ? step.time_fs
                                          : entry->shapes[index(step.shape)].time_fs(
                                                links, graph.spec(), step.bytes));
    }
    return sum;
  }
  if (entry != nullptr) {
    schedule_of(item.kind, item.algorithm, item.bytes, ranks_of(item), entry->layout, schedule);
  } else {
    schedule_of(item.kind, item.algorithm, item.bytes, ranks_of(item), graph.layout_of(item.group),
                schedule);
    if (schedule.steps.empty()) return 0;
    entry = &learn(item);
    if (entry->bytes != 0) return time_fs(item);
  }
  double sum = 0;
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const known_collective::step& step = entry->steps[i];
    sum += static_cast<double>(schedule.steps[i].times) *
           (step.shape < 0 ? step.time_fs
                           : entry->shapes[index(step.shape)].time_fs(links, graph.spec(),
                                                                      schedule.steps[i].bytes));
  }
  return sum;
}

interconnect::interconnect(const interconnect_spec& spec) : state_(std::make_unique<state>(spec)) {}
interconnect::~interconnect() = default;
interconnect::interconnect(interconnect&&) noexcept = default;
interconnect& interconnect::operator=(interconnect&&) noexcept = default;

const network_graph& interconnect::graph() const { return state_->graph; }

femtoseconds interconnect::time_of(const collective& item) {
  if (item.algorithm != collective_algorithm::best) return rounded(state_->time_fs(item));
  const std::vector<choice> ranked = ranking(item);
  return ranked.empty() ? femtoseconds{0} : ranked.front().time;
}

std::vector<interconnect::choice> interconnect::ranking(const collective& item) {
  std::vector<choice> out;
  collective trial = item;
  const int ranks = state_->ranks_of(item);
  const collective_layout layout = state_->graph.layout_of(item.group);
  for (int i = static_cast<int>(collective_algorithm::ring);
       i <= static_cast<int>(collective_algorithm::hierarchical); ++i) {
    trial.algorithm = static_cast<collective_algorithm>(i);
    if (!fits(item.kind, trial.algorithm, ranks, layout)) continue;
    out.push_back({trial.algorithm, rounded(state_->time_fs(trial))});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const choice& a, const choice& b) { return a.time < b.time; });
  return out;
}

network_result interconnect::carry(const network_workload& workload) {
  network_workload chosen = workload;
  for (collective& item : chosen.collectives) {
    if (item.algorithm != collective_algorithm::best) continue;
    const std::vector<choice> ranked = ranking(item);
    if (ranked.empty()) throw std::invalid_argument("interconnect: no algorithm fits a collective");
    item.algorithm = ranked.front().algorithm;
  }
  return carry_concurrently(state_->graph, state_->links, chosen);
}

}  // namespace lamina::analytical
