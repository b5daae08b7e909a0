// SPDX-License-Identifier: Apache-2.0
#include "fluid_links.h"

#include <algorithm>
#include <utility>

namespace lamina::analytical {

namespace {

/// What of an arrival has come by `time`.
double come_by(const link_arrival& one, double time) {
  if (time <= one.start) return 0;
  if (time >= one.start + one.burst) return one.work;
  return one.work * (time - one.start) / one.burst;
}

double come_by(const std::vector<link_arrival>& all, double time) {
  double sum = 0;
  for (const link_arrival& one : all) sum += come_by(one, time);
  return sum;
}

}  // namespace

void fluid_links::next_step() {
  std::swap(now_, before_);
  for (std::vector<link_arrival>& arrivals : now_) arrivals.clear();
}

std::size_t fluid_links::arrive(int edge, const link_arrival& arrival) {
  std::vector<link_arrival>& arrivals = now_[static_cast<std::size_t>(edge)];
  arrivals.push_back(arrival);
  return arrivals.size() - 1;
}

/// All that has come by an arrival's end is served before it is: when the link has been busy since
/// some time s, at s plus what came from s on (Reich's formula). Only starts can be that s.
double fluid_links::served_after(int edge, std::size_t which) const {
  const std::vector<link_arrival>& now = at(edge);
  const std::vector<link_arrival>& before = before_[static_cast<std::size_t>(edge)];
  const link_arrival& mine = now[which];
  const double end = mine.start + mine.burst;
  double come = come_by(before, end);
  for (std::size_t i = 0; i < now.size(); ++i) {
    const bool is_twin = now[i].start == mine.start && now[i].burst == mine.burst;
    come += is_twin && i > which ? now[i].work - now[i].last : come_by(now[i], end);
  }
  double served = end;
  const auto consider = [&](double since) {
    if (since > end) return;
    served = std::max(served, since + come - come_by(now, since) - come_by(before, since));
  };
  for (const link_arrival& one : now) consider(one.start);
  for (const link_arrival& one : before) consider(one.start);
  return served - mine.start;
}

}  // namespace lamina::analytical
