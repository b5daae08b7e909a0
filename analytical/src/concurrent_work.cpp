// SPDX-License-Identifier: Apache-2.0
#include "concurrent_work.h"

#include <algorithm>
#include <cmath>

#include "lamina/models/network_limits.h"

namespace lamina::analytical {

namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// Work whose steps run in time with each other: equal collectives on several groups, or a traffic
/// matrix.
struct job {
  const collective* what = nullptr;  ///< null: the traffic matrix
  struct step {
    routed_step routed;
    double times = 1;
  };
  std::vector<step> steps;
  std::vector<double> busy_fs;  ///< by edge, over all steps
  double alone_fs = 0;
  double paced_fs = 0;  ///< with the others
  double left = 1;      ///< share still to be done
};

void raise(double& value, double to) { value = std::max(value, to); }

bool is_equal_work(const collective& a, const collective& b) {
  return a.kind == b.kind && a.algorithm == b.algorithm && a.bytes == b.bytes &&
         a.group.size() == b.group.size();
}

class concurrent_work {
 public:
  concurrent_work(const network_graph& graph, const link_classes& links)
      : graph_(graph), links_(links) {}

  network_result run(const network_workload& workload) {
    return result_of(workload, elapsed_fs(workload));
  }

  network_result run_for(double elapsed, const network_workload& workload) {
    add(workload);
    for (job& one : jobs_) {
      for (job::step& step : one.steps) step.routed.finish();
    }
    return result_of(workload, elapsed);
  }

  double elapsed_fs(const network_workload& workload) {
    add(workload);
    for (job& one : jobs_) {
      one.busy_fs.assign(graph_.edges().size(), 0);
      for (job::step& step : one.steps) {
        step.routed.finish();
        for (std::size_t e = 0; e < one.busy_fs.size(); ++e) {
          one.busy_fs[e] += step.times * step.routed.load_fs()[e];
        }
      }
      one.alone_fs = time_of(one, {});
      one.paced_fs = one.alone_fs;
    }
    // Ranks that drift apart may overlap steps, but no link does more than it can.
    return std::max(until_all_are_done(), busiest_fs());
  }

 private:
  void add(const network_workload& workload) {
    for (const collective& item : workload.collectives) add(item);
    if (workload.transfers.empty()) return;
    job matrix;
    matrix.steps.push_back({routed_step(graph_, links_), 1});
    for (const network_transfer& t : workload.transfers) {
      matrix.steps[0].routed.add(t.source, t.destination, t.bytes);
    }
    jobs_.push_back(std::move(matrix));
  }

  void add(const collective& item) {
    const int ranks = item.group.empty() ? graph_.endpoints() : static_cast<int>(item.group.size());
    const collective_schedule schedule =
        schedule_of(item.kind, item.algorithm, item.bytes, ranks, graph_.layout_of(item.group));
    job* equal = nullptr;
    for (job& one : jobs_) {
      if (one.what != nullptr && is_equal_work(*one.what, item) &&
          one.steps.size() == schedule.steps.size()) {
        equal = &one;
      }
    }
    if (equal == nullptr) {
      jobs_.emplace_back();
      equal = &jobs_.back();
      equal->what = &item;
      for (const collective_step& step : schedule.steps) {
        equal->steps.push_back({routed_step(graph_, links_), static_cast<double>(step.times)});
      }
    }
    std::vector<rank_message> messages;
    for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
      messages.clear();
      messages_of(schedule, schedule.steps[i], messages);
      for (const rank_message& m : messages) {
        const auto at = [&](int rank) {
          return item.group.empty() ? rank : item.group[index(rank)];
        };
        equal->steps[i].routed.add(at(m.from), at(m.to), m.bytes);
      }
    }
  }

  /// Every rank begins a step when it is done with the one before, as collective_step says. Rounds
  /// that have become alike are not repeated one by one.
  double time_of(const job& one, const std::vector<double>& background) {
    clock_.assign(index(graph_.endpoints()), 0);
    fluid_links links(graph_.edges().size());
    for (const job::step& step : one.steps) {
      // Only what follows can gain from being done earlier than the last on a link.
      const bool follows = one.steps.size() > 1 && background.empty() && step.times == 1 &&
                           step.routed.shares_links();
      if (follows) {
        step.routed.times(clock_, links, ends_);
      } else {
        step.routed.times(background, ends_);
        links.next_step();
      }
      double pace = -1;
      for (double round = 0; round < step.times; ++round) {
        const double before = latest();
        next_ = clock_;
        for (const message_end& end : ends_) {
          raise(next_[index(end.sender)], clock_[index(end.sender)] + end.sent_fs);
          raise(next_[index(end.receiver)], clock_[index(end.sender)] + end.arrived_fs);
        }
        std::swap(clock_, next_);
        const double passed = latest() - before;
        if (pace == passed && is_even_pace(pace)) {
          const double left = step.times - round - 1;
          for (double& time : clock_) time += left * pace;
          break;
        }
        pace = passed;
      }
    }
    return latest();
  }

  double busiest_fs() const {
    double most = 0;
    for (std::size_t e = 0; e < graph_.edges().size(); ++e) {
      double busy = 0;
      for (const job& one : jobs_) busy += one.busy_fs[e];
      raise(most, busy);
    }
    return most;
  }

  double latest() const { return *std::max_element(clock_.begin(), clock_.end()); }

  /// Whether all clocks that moved in the last round moved by `pace`.
  bool is_even_pace(double pace) const {
    for (std::size_t i = 0; i < clock_.size(); ++i) {
      const double moved = clock_[i] - next_[i];
      if (moved != 0 && std::abs(moved - pace) > 1e-9 * pace) return false;
    }
    return true;
  }

  /// Paces of all that is not done: each loads the links by its busy time over its own pace, and
  /// is slowed by the load of the others. A link that would be overfull is shared by demand, so the
  /// share of the others stays below what they ask for in all.
  void set_paces() {
    constexpr int most_rounds = 50;
    std::vector<double> background(graph_.edges().size());
    for (int round = 0; round < most_rounds; ++round) {
      double change = 0;
      for (job& one : jobs_) {
        if (one.left <= 0) continue;
        std::fill(background.begin(), background.end(), 0.0);
        for (const job& other : jobs_) {
          if (&other == &one || other.left <= 0 || other.paced_fs <= 0) continue;
          for (std::size_t e = 0; e < background.size(); ++e) {
            background[e] += other.busy_fs[e] / other.paced_fs;
          }
        }
        double most = 0;
        for (std::size_t e = 0; e < background.size(); ++e) {
          // What the others can take at most when both are busy all the time.
          double others = 0;
          for (const job& other : jobs_) {
            if (&other != &one && other.left > 0) others += other.busy_fs[e];
          }
          const double fair = one.busy_fs[e] > 0 ? others / (others + one.busy_fs[e]) : 0;
          background[e] = std::min(background[e], std::max(fair, 0.5));
          most = std::max(most, background[e]);
        }
        const double pace = most > 0 ? time_of(one, background) : one.alone_fs;
        change = std::max(change, std::abs(pace - one.paced_fs) / std::max(pace, 1.0));
        one.paced_fs = (one.paced_fs + pace) / 2;
      }
      if (change < 1e-3) return;
    }
  }

  /// Whoever is done first leaves the links to the rest.
  double until_all_are_done() {
    double now = 0;
    for (job& one : jobs_) {
      if (one.alone_fs <= 0) one.left = 0;
    }
    while (true) {
      const auto active =
          std::count_if(jobs_.begin(), jobs_.end(), [](const job& one) { return one.left > 0; });
      if (active == 0) return now;
      if (active > 1) {
        set_paces();
      } else {
        for (job& one : jobs_) one.paced_fs = one.alone_fs;
      }
      double next = 0;
      for (const job& one : jobs_) {
        if (one.left <= 0) continue;
        const double end = one.left * one.paced_fs;
        if (next == 0 || end < next) next = end;
      }
      for (job& one : jobs_) {
        if (one.left <= 0) continue;
        one.left -= next / one.paced_fs;
        if (one.left < 1e-9) one.left = 0;
      }
      now += next;
    }
  }

  network_result result_of(const network_workload& workload, double elapsed_fs) const {
    network_result out;
    out.elapsed = femtoseconds{std::llround(elapsed_fs)};
    out.energy_j.assign(graph_.spec().levels.size(), 0);
    std::vector<double> busy(graph_.edges().size(), 0);
    double payload = 0;
    for (const job& one : jobs_) {
      for (const job::step& step : one.steps) {
        out.packets += step.times * step.routed.packets();
        out.packet_hops += step.times * step.routed.packet_hops();
        payload += step.times * step.routed.payload_bytes();
        for (std::size_t e = 0; e < busy.size(); ++e) {
          busy[e] += step.times * step.routed.load_fs()[e];
          const network_level& level = graph_.spec().levels[index(graph_.edges()[e].level)];
          out.energy_j[index(graph_.edges()[e].level)] +=
              step.times * step.routed.bytes_on()[e] * 8 * level.energy_j_per_bit;
        }
      }
    }
    out.payload_bytes = static_cast<std::uint64_t>(std::llround(payload));
    name_limits(graph_, workload, busy, out);
    return out;
  }

  const network_graph& graph_;
  const link_classes& links_;
  std::vector<job> jobs_;
  std::vector<double> clock_, next_;  ///< by endpoint
  std::vector<message_end> ends_;
};

}  // namespace

network_result carry_concurrently(const network_graph& graph, const link_classes& links,
                                  const network_workload& workload) {
  concurrent_work work(graph, links);
  return work.run(workload);
}

network_result carry_for(double elapsed_fs, const network_graph& graph, const link_classes& links,
                         const network_workload& workload) {
  return concurrent_work(graph, links).run_for(elapsed_fs, workload);
}

double time_of_work(const network_graph& graph, const link_classes& links,
                    const network_workload& workload) {
  return concurrent_work(graph, links).elapsed_fs(workload);
}

}  // namespace lamina::analytical
