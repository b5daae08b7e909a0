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

/// What is remembered of a collective: the shapes of its steps, which hold for any size where the
/// ranks keep in step, else the time for its very bytes.
struct known_collective {
  collective_kind kind;
  collective_algorithm algorithm;
  std::vector<int> group;
  collective_layout layout;
  bool for_any_size = false;
  std::uint64_t bytes = 0;
  double time_fs = 0;
  std::vector<int> shape_of_step;
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
  bool find_shapes(known_collective& entry);
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
        (entry.for_any_size || entry.bytes == item.bytes) && entry.group == item.group) {
      return &entry;
    }
  }
  return nullptr;
}

/// Shapes of all steps in `schedule`; false when the ranks may drift apart, so that the sum of the
/// slowest messages is not the time. A schedule of one step, however often, waits for its slowest
/// rank each time.
bool interconnect::state::find_shapes(known_collective& entry) {
  const bool everybody = entry.layout.dimensions == graph.layout_of({}).dimensions;
  std::vector<rank_message> messages;
  bool in_step = true;
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const collective_step& step = schedule.steps[i];
    int found = -1;
    for (std::size_t k = 0; k < i && found < 0; ++k) {
      if (is_alike(schedule.steps[k], step)) found = entry.shape_of_step[k];
    }
    if (found < 0) {
      if (step.how == collective_step::pattern::listed) return false;
      std::optional<step_shape> shape;
      if (everybody) shape = shape_by_symmetry(graph, links, step);
      if (!shape) {
        messages.clear();
        messages_of(schedule, step, messages);
        shape = shape_by_routing(graph, links, messages, entry.group);
        if (!shape) return false;
        in_step = in_step && shape->is_uniform && !shape->shares_links();
      }
      found = static_cast<int>(entry.shapes.size());
      entry.shapes.push_back(std::move(*shape));
    }
    entry.shape_of_step.push_back(found);
  }
  return in_step || entry.shapes.size() == 1;
}

/// From the steps in `schedule`.
const known_collective& interconnect::state::learn(const collective& item) {
  constexpr std::size_t most_known = 64;
  if (known.size() == most_known) known.erase(known.begin());
  known_collective entry{item.kind, item.algorithm, item.group, graph.layout_of(item.group),
                         false,     item.bytes,     0,          {},
                         {}};
  entry.for_any_size = find_shapes(entry);
  if (!entry.for_any_size) {
    entry.shapes.clear();
    entry.time_fs = time_of_work(graph, links, {{item}, {}});
  }
  known.push_back(std::move(entry));
  return known.back();
}

double interconnect::state::time_fs(const collective& item) {
  const known_collective* entry = recall(item);
  if (entry == nullptr) {
    schedule_of(item.kind, item.algorithm, item.bytes, ranks_of(item), graph.layout_of(item.group),
                schedule);
    if (schedule.steps.empty()) return 0;
    entry = &learn(item);
  } else if (entry->for_any_size) {
    schedule_of(item.kind, item.algorithm, item.bytes, ranks_of(item), entry->layout, schedule);
  }
  if (!entry->for_any_size) return entry->time_fs;
  double sum = 0;
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const step_shape& shape = entry->shapes[index(entry->shape_of_step[i])];
    sum += static_cast<double>(schedule.steps[i].times) *
           shape.time_fs(links, graph.spec(), schedule.steps[i].bytes);
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
  if (chosen.collectives.size() == 1 && chosen.transfers.empty()) {
    const double alone = state_->time_fs(chosen.collectives.front());
    return carry_for(alone, state_->graph, state_->links, chosen);
  }
  return carry_concurrently(state_->graph, state_->links, chosen);
}

}  // namespace lamina::analytical
