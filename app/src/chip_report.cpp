// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "chip_answer.h"
#include "html.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using platforms::chip_result;

constexpr int width = 860, plot_left = 70, plot_right = 840, plot_top = 20, plot_bottom = 330;

using shares = std::vector<std::pair<std::string, double>>;

shares by_operator(const chip_result& result) {
  shares all;
  for (const auto& step : result.steps) {
    for (const auto& item : step.kernels) {
      const std::string name(item.kernel.name);
      const auto same = std::find_if(all.begin(), all.end(),
                                     [&name](const auto& one) { return one.first == name; });
      if (same == all.end()) {
        all.emplace_back(name, item.seconds());
      } else {
        same->second += item.seconds();
      }
    }
  }
  return all;
}

shares by_limit(const chip_result& result) {
  shares all;
  for (int i = 0; i < tile_limit_count; ++i) {
    all.emplace_back(name_of(static_cast<tile_limit>(i)),
                     result.seconds_by_limit[static_cast<std::size_t>(i)]);
  }
  return all;
}

/// One bar for each fidelity, on the same scale, and what its colours mean.
std::string bars(const chip_answer& answer, shares (*parts_of)(const chip_result&)) {
  double longest = 0;
  for (const auto& outcome : answer.outcomes) {
    if (outcome.result) longest = std::max(longest, outcome.result->seconds);
  }
  std::string svg, legend;
  int y = 10;
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    if (!answer.outcomes[i].result || longest <= 0) continue;
    const chip_result& result = *answer.outcomes[i].result;
    svg += fmt::format("<text x=\"0\" y=\"{}\">{}</text>", y + 17,
                       platforms::name_of(answer.fidelities[i]));
    double x = 90;
    std::size_t colour = 0;
    legend.clear();
    for (const auto& [name, seconds] : parts_of(result)) {
      const char* fill = colours[colour++ % std::size(colours)];
      if (seconds <= 0) continue;
      const double long_px = 640 * seconds / longest;
      const std::string said = fmt::format("{}: {}, {}", escaped(name), si_text(seconds, "s"),
                                           percent_text(seconds / result.seconds));
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"24\" fill=\"{}\">"
          "<title>{}</title></rect>",
          x, y, long_px, fill, said);
      legend += fmt::format("<span><i style=\"background:{}\"></i>{}</span> ", fill, said);
      x += long_px;
    }
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{}</text>", x + 8, y + 17,
                       si_text(result.seconds, "s"));
    y += 34;
  }
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">{}</svg><p class=\"key\">{}</p>",
                     width, y, svg, legend);
}

struct dot {
  std::string name;
  double intensity, rate;  ///< FLOP/byte, FLOP/s
};

std::vector<dot> dots_of(const chip_result& result) {
  std::vector<dot> dots;
  for (const auto& step : result.steps) {
    for (const auto& item : step.kernels) {
      const double flops = item.kernel.matrix_flops, bytes = item.result.memory_bytes;
      const double seconds = to_seconds(item.result.elapsed);
      if (flops <= 0 || bytes <= 0 || seconds <= 0) continue;
      dots.push_back({std::string(item.kernel.name), flops / bytes, flops / seconds});
    }
  }
  return dots;
}

double memory_roof(const config::chip_platform& platform) {
  return platform.stacked() ? platforms::peak_bandwidth(platform.dram_stack->geometry)
                            : platform.chip.memory.bytes_per_s;
}

/// FLOP/s over FLOP for each byte of memory, below the roofs of data wires and matrix units.
std::string roofline(const chip_answer& answer) {
  const double memory = memory_roof(answer.platform);
  const double compute = answer.platform.chip.peak_flops(16);
  double least = compute / memory / 10, most = compute / memory * 10, low = compute / 10;
  for (const auto& outcome : answer.outcomes) {
    if (!outcome.result) continue;
    for (const dot& one : dots_of(*outcome.result)) {
      least = std::min(least, one.intensity / 2);
      most = std::max(most, one.intensity * 2);
      low = std::min(low, one.rate / 2);
    }
  }
  const double high = compute * 3;
  const auto x_of = [&](double v) {
    return plot_left + (plot_right - plot_left) * std::log(v / least) / std::log(most / least);
  };
  const auto y_of = [&](double v) {
    const double at = std::log(std::max(v, low) / low) / std::log(high / low);
    return plot_bottom - (plot_bottom - plot_top) * at;
  };
  std::string svg = fmt::format("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#5b6675\"/>",
                                plot_left, plot_top, plot_bottom, plot_right);
  for (double at = std::pow(10, std::ceil(std::log10(least))); at <= most; at *= 10) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:g}</text>", x_of(at),
                       plot_bottom + 18, at);
  }
  for (double at = std::pow(10, std::ceil(std::log10(low))); at <= high; at *= 10) {
    svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>", plot_left - 6,
                       y_of(at) + 4, si_text(at, ""));
  }
  const double from = std::max(least, low / memory), ridge = compute / memory;
  svg += fmt::format(
      "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}H{}\" fill=\"none\" stroke=\"#1c2430\" "
      "stroke-width=\"2\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}FLOP/s, 16 bit; "
      "{}</text>",
      x_of(from), y_of(from * memory), x_of(ridge), y_of(compute), plot_right, plot_right,
      y_of(compute) - 6, si_text(compute, ""), si_text(memory, "B/s"));
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    if (!answer.outcomes[i].result) continue;
    const bool tlm = answer.fidelities[i] == platforms::fidelity::tlm;
    for (const dot& one : dots_of(*answer.outcomes[i].result)) {
      svg += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\" fill-opacity=\"0.7\">"
          "<title>{}, {}: {:.3g} FLOP/B, {}</title></circle>",
          x_of(one.intensity), y_of(one.rate), tlm ? "#d97b29" : "#2f6db5", escaped(one.name),
          platforms::name_of(answer.fidelities[i]), one.intensity, si_text(one.rate, "FLOP/s"));
    }
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\">{}<text x=\"{}\" y=\"{}\" "
      "text-anchor=\"end\">FLOP for each byte of memory</text></svg>",
      width, plot_bottom + 45, svg, plot_right, plot_bottom + 38);
}

/// How much of the time each shared resource is needed.
std::string utilisation(const chip_answer& answer) {
  std::string table = "<table><tr><th></th>";
  for (const auto how : answer.fidelities) {
    table += fmt::format("<th>{}</th>", platforms::name_of(how));
  }
  table += "</tr>";
  for (int i = 0; i < static_cast<int>(tile_limit::latency); ++i) {
    const auto which = static_cast<tile_limit>(i);
    table += fmt::format("<tr><td>{}</td>", name_of(which));
    for (const auto& outcome : answer.outcomes) {
      double needed = 0;
      if (!outcome.result) continue;
      for (const auto& step : outcome.result->steps) {
        for (const auto& item : step.kernels) {
          needed += item.result.limit(which) * item.kernel.layers;
        }
      }
      table += fmt::format("<td>{}</td>", percent_text(needed / outcome.result->seconds));
    }
    table += "</tr>";
  }
  return table + "</table>";
}

}  // namespace

std::string to_html(const chip_answer& answer) {
  std::ostringstream text;
  print_text(answer, text);
  return html_page(
      answer.platform.name,
      fmt::format(
          "<h2>Time by operator</h2>{}<h2>Time by what bound it</h2>{}<h2>Roofline</h2>"
          "<p>A dot for each operator with products: analytical blue, tlm orange.</p>{}"
          "<h2>Utilisation</h2><p>Time that each resource alone would take, of the whole.</p>{}"
          "<h2>Operators</h2><pre>{}</pre><h2>Configuration</h2><details><summary>complete"
          "</summary><pre>{}</pre></details>",
          bars(answer, by_operator), bars(answer, by_limit), roofline(answer), utilisation(answer),
          escaped(text.str()), escaped(config::to_yaml(answer.platform))));
}

}  // namespace lamina::app
