// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "html.h"
#include "quantity_text.h"
#include "run_answer.h"

namespace lamina::app {
namespace {

constexpr int left_edge = 120, bar_width = 560, bar_height = 15, group_gap = 14;

const char* colour_of(platforms::fidelity how) {
  return how == platforms::fidelity::tlm ? "#d97b29" : "#2f6db5";
}

/// The largest bandwidth that the chart shows in full: limits far above the binding one would
/// squeeze what matters.
double scale_of(const run_answer& answer, std::size_t point) {
  double largest = 0, binding = 0;
  for (const auto& outcome : answer.outcomes[point]) {
    if (!outcome.result) continue;
    for (const double limit : outcome.result->limits) {
      if (std::isfinite(limit)) largest = std::max(largest, limit);
    }
    binding = std::max({binding, outcome.result->limit(outcome.result->bound_by),
                        outcome.result->bandwidth_bytes_per_s()});
  }
  if (!std::isfinite(binding) || binding <= 0) return largest;
  return std::max(binding, std::min(largest, 4 * binding));
}

std::string bar(double value, double scale, int y, platforms::fidelity how, bool binds) {
  const double width = std::min(value / scale, 1.0) * bar_width;
  return fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"{}/>"
      "<text x=\"{:.1f}\" y=\"{}\">{}{}{}</text>\n",
      left_edge, y, width, bar_height - 2, colour_of(how),
      binds ? " stroke=\"#1c2430\" stroke-width=\"2\"" : " fill-opacity=\"0.55\"",
      left_edge + width + 6, y + bar_height - 4, value > scale ? "\u25b6 " : "",
      si_text(value, "B/s"), binds ? " (binds)" : "");
}

std::string legend(const run_answer& answer, int y) {
  std::string text;
  int x = left_edge;
  for (const platforms::fidelity how : answer.fidelities) {
    text += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"13\" height=\"13\" fill=\"{}\"/>"
        "<text x=\"{}\" y=\"{}\">{}</text>\n",
        x, y, colour_of(how), x + 19, y + 11, platforms::name_of(how));
    x += 120;
  }
  return text;
}

/// Achieved bandwidth and every limit that applies, a bar for each fidelity.
std::string chart(const run_answer& answer, std::size_t point) {
  const double scale = scale_of(answer, point);
  if (scale <= 0) return {};
  std::string bars;
  int y = 30;
  const auto group = [&](const std::string& label, auto&& value_of, auto&& binds) {
    std::string drawn;
    int below = y;
    for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
      const auto& result = answer.outcomes[point][i].result;
      if (!result || !std::isfinite(value_of(*result))) continue;
      drawn += bar(value_of(*result), scale, below, answer.fidelities[i], binds(*result));
      below += bar_height;
    }
    if (drawn.empty()) return;
    bars += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", left_edge - 8,
                        (y + below) / 2 + 4, escaped(label)) +
            drawn;
    y = below + group_gap;
  };
  group(
      "achieved", [](const memory_result& r) { return r.bandwidth_bytes_per_s(); },
      [](const memory_result&) { return false; });
  for (int i = 0; i < memory_limit_count; ++i) {
    const auto which = static_cast<memory_limit>(i);
    group(
        std::string(name_of(which)), [which](const memory_result& r) { return r.limit(which); },
        [which](const memory_result& r) { return r.bound_by == which; });
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\" "
      "aria-label=\"Bandwidth that each limit alone would allow\">\n{}{}</svg>\n",
      left_edge + bar_width + 160, y, left_edge + bar_width + 160, legend(answer, 4), bars);
}

std::string table(const run_answer& answer, std::size_t point) {
  std::string text = "<table>\n<tr><th></th>";
  for (const platforms::fidelity how : answer.fidelities) {
    text += fmt::format("<th>{}</th>", platforms::name_of(how));
  }
  const bool compared = answer.fidelities.size() > 1;
  text += compared ? "<th>difference</th></tr>\n" : "</tr>\n";
  for (const answer_row& row : rows_of(answer, point)) {
    text += fmt::format("<tr><td>{}</td>", escaped(row.label));
    for (const std::string& value : row.values) text += fmt::format("<td>{}</td>", escaped(value));
    text += compared ? fmt::format("<td>{}</td></tr>\n", escaped(row.difference)) : "</tr>\n";
  }
  return text + "</table>\n";
}

std::string section(const run_answer& answer, std::size_t point) {
  const input_point& input = answer.input.points[point];
  const std::string title = input.at.text();
  std::string text = title.empty() ? "" : fmt::format("<h2>{}</h2>\n", escaped(title));
  for (const auto& outcome : answer.outcomes[point]) {
    if (!outcome.error.empty()) text += fmt::format("<p>{}</p>\n", escaped(outcome.error));
  }
  return text + chart(answer, point) + table(answer, point);
}

}  // namespace

std::string to_html(const run_answer& answer) {
  const config::memory_platform& first = answer.input.points.front().platform;
  std::string body = fmt::format(
      "<p class=\"quiet\">{}</p>\n"
      "<p>Bandwidth that was achieved, and that each limit alone would allow. The outlined limit "
      "binds; an arrow marks what is beyond the scale. Differences are those of the analytical "
      "path from tlm.</p>\n",
      escaped(platforms::to_text(answer.input.envelope)));
  for (std::size_t i = 0; i < answer.input.points.size(); ++i) body += section(answer, i);
  body += fmt::format(
      "<h2>Configuration</h2>\n<details><summary>{}</summary>\n<pre>{}</pre></details>\n",
      answer.input.points.size() > 1 ? "the first point" : "complete",
      escaped(config::to_yaml(first)));
  return html_page(first.name, body);
}

}  // namespace lamina::app
