// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "html.h"
#include "quantity_text.h"
#include "study.h"

namespace lamina::app {
namespace {

constexpr int width = 860, height = 380, left = 80, right = 840, top = 16, bottom = 330;

/// The points of one line: those that differ in the first axis only, in one fidelity.
struct line {
  std::string name;
  platforms::fidelity how;
  std::vector<const study_point*> points;      ///< in the order of the first axis
  std::vector<const study_cell*> cells;        ///< null where there is no answer
  std::vector<std::optional<double>> factors;  ///< over what the study compares to
  double best() const {
    double most = 0;
    for (const study_cell* cell : cells) most = cell ? std::max(most, cell->tokens_per_s) : most;
    return most;
  }
};

/// One plot: the lines that agree in all axes from the third on.
struct plot {
  std::string title;
  std::vector<line> lines;
};

std::vector<plot> plots_of(const study& of) {
  const std::size_t columns = of.axes[0].values.size();
  const std::size_t rows = of.points.size() / columns;
  const std::size_t lines = of.axes.size() > 1 ? of.axes[1].values.size() : 1;
  const std::size_t panels = rows / lines;
  std::vector<plot> plots(panels);
  for (std::size_t panel = 0; panel < panels; ++panel) {
    for (std::size_t row = 0; row < lines; ++row) {
      for (std::size_t how = 0; how < of.fidelities.size(); ++how) {
        line one{{}, of.fidelities[how], {}, {}, {}};
        for (std::size_t column = 0; column < columns; ++column) {
          const std::size_t at = (column * lines + row) * panels + panel;
          const study_point& point = of.points[at];
          one.factors.push_back(factor_of(of, at, how));
          one.points.push_back(&point);
          one.cells.push_back(point.cells[how] ? &*point.cells[how] : nullptr);
        }
        const study_point& first = *one.points.front();
        one.name = of.axes.size() > 1 ? of.axes[1].name + ' ' + value_at(of, first, 1) : of.name;
        if (of.fidelities.size() > 1) one.name += ", " + std::string(name_of(one.how));
        plots[panel].lines.push_back(std::move(one));
        plots[panel].title.clear();
        for (std::size_t axis = 2; axis < of.axes.size(); ++axis) {
          plots[panel].title +=
              (axis > 2 ? ", " : "") + of.axes[axis].name + ' ' + value_at(of, first, axis);
        }
      }
    }
  }
  return plots;
}

/// What is drawn upwards, of one point of a line; nothing where there is nothing to draw.
using measure = std::function<std::optional<double>(const line&, std::size_t column)>;

std::optional<double> rate(const line& of, std::size_t column) {
  if (of.cells[column] == nullptr) return {};
  return of.cells[column]->tokens_per_s;
}
std::optional<double> share_of_best(const line& of, std::size_t column) {
  if (of.cells[column] == nullptr) return {};
  return of.cells[column]->tokens_per_s / of.best();
}
std::optional<double> factor(const line& of, std::size_t column) { return of.factors[column]; }

/// Upwards from zero, or in decades where the largest is far above the smallest.
class scale {
 public:
  scale(double least, double most) : least_(least), most_(most), decades_(least * 20 < most) {
    if (decades_) least_ = std::pow(10, std::floor(std::log10(least)));
    most_ = std::max(most_, 1e-300) * (decades_ ? 1.5 : 1.08);
  }
  double y(double value) const {
    const double share =
        decades_ ? std::log(value / least_) / std::log(most_ / least_) : value / most_;
    return bottom - (bottom - top) * share;
  }
  std::vector<double> marks() const {
    std::vector<double> all;
    if (decades_) {
      for (double at = least_; at <= most_; at *= 10) all.push_back(at);
      return all;
    }
    const double rough = most_ / 5, decade = std::pow(10, std::floor(std::log10(rough)));
    const double step = decade * (rough < 2 * decade ? 2 : rough < 5 * decade ? 5 : 10);
    for (double at = 0; at <= most_; at += step) all.push_back(at);
    return all;
  }

 private:
  double least_, most_;
  bool decades_;
};

std::string frame(const study& of, const scale& up, const std::string& unit) {
  std::string svg;
  for (const double mark : up.marks()) {
    const double y = up.y(mark);
    svg += fmt::format(
        "<path d=\"M{} {:.1f}H{}\" stroke=\"#e3e7ec\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        left, y, right, left - 8, y + 4,
        unit == "%" ? fmt::format("{:.0f} %", 100 * mark) : si_text(mark, ""));
  }
  const auto& values = of.axes[0].values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x =
        left + (right - left) * (static_cast<double>(i) + 0.5) / static_cast<double>(values.size());
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>", x,
                       bottom + 20, escaped(values[i].label));
  }
  return svg +
         fmt::format(
             "<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#5b6675\"/>"
             "<text x=\"{3}\" y=\"{4}\" text-anchor=\"end\">{5}</text>",
             left, top, bottom, right, bottom + 42, escaped(of.axes[0].name)) +
         fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 8, top + 4,
                     unit.empty()  ? "tokens/s"
                     : unit == "%" ? ""
                                   : unit);
}

std::string tooltip(const line& of, std::size_t column) {
  const study_cell& cell = *of.cells[column];
  const auto over = of.factors[column];
  return escaped(
      fmt::format("{}\n{:.6g} tokens/s{}, {}\n{}\nbound by {} ({}){}", of.points[column]->at.text(),
                  cell.tokens_per_s, over ? fmt::format(" (factor {:.3g})", *over) : "",
                  si_text(cell.seconds, "s"), cell.design, cell.bound_by,
                  percent_text(cell.bound_share), cell.fits ? "" : "\ndoes not fit the memory"));
}

std::string draw(const line& of, const scale& up, const measure& value, const char* colour) {
  const auto columns = static_cast<double>(of.cells.size());
  std::string path, dots;
  bool on = false;
  for (std::size_t i = 0; i < of.cells.size(); ++i) {
    const auto here = value(of, i);
    if (!here) {
      on = false;
      continue;
    }
    const double x = left + (right - left) * (static_cast<double>(i) + 0.5) / columns;
    const double y = up.y(*here);
    path += fmt::format("{}{:.1f} {:.1f}", on ? 'L' : 'M', x, y);
    dots += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"{}\" stroke=\"{}\" "
        "stroke-width=\"2\"><title>{}</title></circle>",
        x, y, of.cells[i]->fits ? colour : "#fff", colour, tooltip(of, i));
    on = true;
  }
  const bool tlm = of.how == platforms::fidelity::tlm;
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>{}", path,
                     colour, tlm ? " stroke-dasharray=\"5 4\"" : "", dots);
}

std::string drawn(const study& of, const plot& one, const measure& value, const std::string& unit) {
  double least = 1e300, most = 0;
  for (const line& each : one.lines) {
    for (std::size_t column = 0; column < each.cells.size(); ++column) {
      const auto at = value(each, column);
      if (!at) continue;
      least = std::min(least, *at);
      most = std::max(most, *at);
    }
  }
  if (most <= 0) return "<p>No answer.</p>\n";
  const scale up(std::max(least, 1e-12), most);
  std::string svg = frame(of, up, unit), key;
  for (std::size_t i = 0; i < one.lines.size(); ++i) {
    const char* colour = colours[i / of.fidelities.size() % std::size(colours)];
    svg += draw(one.lines[i], up, value, colour);
    key += fmt::format("<span><i style=\"background:{}\"></i>{}</span> ", colour,
                       escaped(one.lines[i].name));
  }
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">{}</svg>\n<p class=\"key\">{}</p>\n",
                     width, height, svg, key);
}

bool has_factors(const plot& of) {
  return std::any_of(of.lines.begin(), of.lines.end(), [](const line& each) {
    return std::any_of(each.factors.begin(), each.factors.end(),
                       [](const auto& value) { return value.has_value(); });
  });
}

}  // namespace

std::string to_html(const study& answer) {
  std::ostringstream text;
  print_text(answer, text);
  std::string body =
      fmt::format("<p class=\"quiet\">{}</p>\n", escaped(platforms::to_text(answer.envelope)));
  for (const plot& one : plots_of(answer)) {
    if (!one.title.empty()) body += fmt::format("<h2>{}</h2>\n", escaped(one.title));
    if (has_factors(one)) {
      body += fmt::format("<p>Factor: {}.</p>\n", escaped(factor_name(answer)));
      body += drawn(answer, one, factor, "factor");
    }
    body +=
        "<p>Tokens/s. A hollow point is a model that does not fit the memory; a dashed line "
        "is simulated. Hover for what a point is and what binds it.</p>\n";
    body += drawn(answer, one, rate, "");
    if (one.lines.size() < 2) continue;
    body += "<p>The same, of the best of each line.</p>\n";
    body += drawn(answer, one, share_of_best, "%");
  }
  body += fmt::format(
      "<h2>Numbers</h2>\n<pre>{}</pre>\n<h2>Configuration</h2>\n"
      "<details><summary>the first point</summary>\n<pre>{}</pre></details>\n",
      escaped(text.str()), escaped(answer.points.front().configuration));
  return html_page(answer.name, body);
}

}  // namespace lamina::app
