// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "quantity_text.h"
#include "run_answer.h"

namespace lamina::app {
namespace {

void print_point(const run_answer& answer, std::ostream& out) {
  out << fmt::format("{:<20}", "");
  for (const platforms::fidelity how : answer.fidelities) {
    out << fmt::format(" {:>14}", platforms::name_of(how));
  }
  const bool compared = answer.fidelities.size() > 1;
  out << (compared ? fmt::format(" {:>12}\n", "difference") : "\n");
  for (const answer_row& row : rows_of(answer, 0)) {
    out << fmt::format("{:<20}", row.label);
    for (const std::string& value : row.values) out << fmt::format(" {:>14}", value);
    out << (compared ? fmt::format(" {:>12}\n", row.difference) : "\n");
  }
}

std::string cell_of(const platforms::evaluation_outcome& outcome) {
  if (!outcome.result) return fmt::format(" {:>12} {:<13}", "-", "");
  return fmt::format(" {:>12} {:<13}", si_text(outcome.result->bandwidth_bytes_per_s(), "B/s"),
                     name_of(outcome.result->bound_by));
}

/// A line for each point: bandwidth and what binds it, in each fidelity.
void print_sweep(const run_answer& answer, std::ostream& out) {
  std::size_t width = 5;
  for (const input_point& point : answer.input.points) {
    width = std::max(width, point.at.text().size());
  }
  out << fmt::format("{:<{}}", "point", width);
  for (const platforms::fidelity how : answer.fidelities) {
    out << fmt::format(" {:>12} {:<13}", platforms::name_of(how), "bound by");
  }
  const bool compared = answer.fidelities.size() > 1;
  out << (compared ? fmt::format(" {:>10}\n", "difference") : "\n");
  for (std::size_t i = 0; i < answer.input.points.size(); ++i) {
    out << fmt::format("{:<{}}", answer.input.points[i].at.text(), width);
    for (const auto& outcome : answer.outcomes[i]) out << cell_of(outcome);
    out << (compared ? fmt::format(" {:>10}\n", rows_of(answer, i)[1].difference) : "\n");
  }
}

}  // namespace

void print_text(const run_answer& answer, std::ostream& out) {
  const config::memory_platform& first = answer.input.points.front().platform;
  out << platforms::to_text(answer.input.envelope) << '\n' << first.name << "\n\n";
  if (answer.input.points.front().at.empty()) {
    print_point(answer, out);
  } else {
    print_sweep(answer, out);
  }
}

}  // namespace lamina::app
