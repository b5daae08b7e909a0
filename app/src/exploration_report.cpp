// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exploration.h"
#include "exploration_script.h"
#include "html.h"
#include "lamina/explore/front.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using explore::metric;
using explore::point_result;

/// Points that the page draws: the front, and as many of the others.
constexpr std::size_t most_drawn = 3000;
/// Rows of the front's table.
constexpr std::size_t most_rows = 40;

constexpr const char* style = R"(
body{max-width:66rem}.wide{overflow-x:auto}.wide td{white-space:nowrap}.wide td,.wide th{padding:.2rem .6rem}
.cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1.2rem 0}
.cards div{flex:1 1 11rem;background:#f5f7f9;border-radius:.5rem;padding:.7rem 1rem}
.cards b{display:block;font-size:1.35rem;font-weight:600}.cards span{color:#5b6675}
select{font:inherit;padding:.15rem .3rem}
.grid{stroke:#e3e7ec}.axis{stroke:#5b6675}svg .name{font-weight:600}
.rim{fill:none;stroke:#1c2430;stroke-opacity:.45}
circle.other{fill-opacity:.35}circle.best{stroke:#fff;stroke-width:1.2}
circle.chosen{stroke:#000;stroke-width:3}circle.lit{stroke:#000;stroke-width:3;fill-opacity:1}
.line{fill:none}.line.other{stroke:#9aa5b3;stroke-opacity:.18}.line.best{stroke-opacity:.7;stroke-width:1.5}
.line.chosen{stroke-width:4}.line.lit{stroke-opacity:1;stroke-width:5}
td.text,th.text{text-align:left}table.heat td:nth-child(2),table.heat th:nth-child(2){text-align:left}
#tip{position:absolute;display:none;background:#fff;border:1px solid #9aa5b3;border-radius:.3rem;
padding:.5rem .7rem;white-space:pre;font-size:12px;pointer-events:none;box-shadow:0 2px 8px #0003}
)";

std::string label_of(metric which) {
  switch (which) {
    case metric::tokens_per_s:
      return "tokens/s of the system";
    case metric::tokens_per_s_user:
      return "tokens/s of a user";
    default:
      break;
  }
  std::string label(name_of(which));
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string difference_near(const exploration& answer, std::uint64_t point) {
  const auto* check = explore::nearest_check(answer.of, answer.checks, point);
  return check == nullptr ? "-" : fmt::format("{:+.1f} %", 100 * check->difference());
}

/// With the nearest check's difference, for the page's script.
nlohmann::json drawn_points(const exploration& answer) {
  std::vector<bool> on_front(answer.results.size(), false);
  for (const std::size_t i : answer.front) on_front[i] = true;
  const std::size_t stride = std::max<std::size_t>(1, answer.results.size() / most_drawn);
  nlohmann::json all = nlohmann::json::array();
  for (std::size_t i = 0; i < answer.results.size(); ++i) {
    const point_result& one = answer.results[i];
    const bool drawn = on_front[i] || i % stride == 0;
    if (!drawn || one.what != point_result::state::feasible) continue;
    nlohmann::json values = nlohmann::json::array();
    for (const double value : one.values) {
      values.push_back(std::isnan(value) ? nlohmann::json() : nlohmann::json(value));
    }
    const auto* check = explore::nearest_check(answer.of, answer.checks, one.point);
    all.push_back({{"id", one.point},
                   {"d", digits_of(answer.of, one.point)},
                   {"v", values},
                   {"b", one.bound_by},
                   {"s", one.bound_share},
                   {"f", on_front[i]},
                   {"c", answer.chosen() == &one},
                   {"e", check ? nlohmann::json(check->difference()) : nlohmann::json()}});
  }
  return all;
}

/// What binds each point that was checked.
std::map<std::uint64_t, std::string> limits_of(const exploration& answer) {
  std::map<std::uint64_t, std::string> limit_of;
  for (const explore::spot_check& one : answer.checks) limit_of[one.point] = "";
  for (const point_result& one : answer.results) {
    const auto at = limit_of.find(one.point);
    if (at != limit_of.end()) at->second = one.bound_by;
  }
  return limit_of;
}

std::string data_of(const exploration& answer) {
  nlohmann::json data;
  data["axes"] = nlohmann::json::array();
  for (const config::sweep_axis& axis : answer.of.axes) {
    nlohmann::json labels = nlohmann::json::array();
    for (const config::sweep_value& value : axis.values) labels.push_back(value.label);
    data["axes"].push_back({{"name", axis.name}, {"values", labels}});
  }
  for (const metric one : explore::all_metrics()) {
    data["metrics"].push_back({{"name", name_of(one)},
                               {"label", label_of(one)},
                               {"unit", unit_of(one)},
                               {"more", more_is_better(one)}});
  }
  for (const metric one : answer.of.objectives) {
    data["objectives"].push_back(static_cast<int>(one));
  }
  data["points"] = drawn_points(answer);
  data["checks"] = nlohmann::json::array();
  const std::map<std::uint64_t, std::string> limit_of = limits_of(answer);
  for (const explore::spot_check& one : answer.checks) {
    data["checks"].push_back(
        {{"id", one.point},
         {"b", limit_of.at(one.point)},
         {"e", one.ok() ? nlohmann::json(one.difference()) : nlohmann::json()}});
  }
  std::string text = data.dump();
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) {
    text.replace(at, 1, "\\u003c");  // no tag ends the script
  }
  return text;
}

/// For each value of each axis, how often what binds.
std::string limits_table(const exploration& answer) {
  std::map<std::string, std::size_t> limits;
  for (const point_result& one : answer.results) {
    if (one.what == point_result::state::feasible) ++limits[one.bound_by];
  }
  std::string rows = "<tr><th>axis</th><th>value</th><th>feasible</th>";
  for (const auto& [limit, count] : limits) rows += "<th>" + escaped(limit) + "</th>";
  rows += "</tr>\n";
  for (std::size_t a = 0; a < answer.of.axes.size(); ++a) {
    const config::sweep_axis& axis = answer.of.axes[a];
    std::vector<std::map<std::string, std::size_t>> counts(axis.values.size());
    std::vector<std::size_t> totals(axis.values.size(), 0);
    for (const point_result& one : answer.results) {
      if (one.what != point_result::state::feasible) continue;
      const std::size_t digit = digits_of(answer.of, one.point)[a];
      ++counts[digit][one.bound_by];
      ++totals[digit];
    }
    for (std::size_t v = 0; v < axis.values.size(); ++v) {
      rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", v == 0 ? escaped(axis.name) : "",
                          escaped(axis.values[v].label), totals[v]);
      for (const auto& [limit, count] : limits) {
        const double share =
            totals[v] > 0 ? static_cast<double>(counts[v][limit]) / static_cast<double>(totals[v])
                          : 0;
        rows += fmt::format("<td style=\"background:rgba(47,109,181,{:.2f})\">{:.0f} %</td>",
                            0.6 * share, 100 * share);
      }
      rows += "</tr>\n";
    }
  }
  return "<div class=\"wide\"><table class=\"heat\">" + rows + "</table></div>\n";
}

std::string checks_table(const exploration& answer) {
  if (answer.checks.empty()) return "<p>No point was checked in TLM.</p>\n";
  const std::map<std::uint64_t, std::string> limit_of = limits_of(answer);
  std::map<std::string, std::vector<const explore::spot_check*>> regimes;
  for (const explore::spot_check& one : answer.checks) {
    regimes["all"].push_back(&one);
    regimes["bound by " + limit_of.at(one.point)].push_back(&one);
  }
  std::string text =
      "<svg id=\"errors\" viewBox=\"0 0 860 10\" role=\"img\"></svg>\n<div "
      "class=\"wide\"><table><tr>"
      "<th>regime</th><th>answered</th><th>no answer</th><th>median</th>"
      "<th>p90</th><th>worst</th></tr>\n";
  for (const auto& [regime, checks] : regimes) {
    const explore::check_summary s = explore::summary_of(checks);
    text +=
        fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                    escaped(regime), s.count, s.failed, percent_text(s.median), percent_text(s.p90),
                    percent_text(s.worst));
  }
  text +=
      "</table></div>\n<details><summary>each check</summary><div "
      "class=\"wide\"><table><tr><th>point"
      "</th><th>chosen as</th><th>closed form</th><th>TLM</th><th>difference</th>"
      "<th>simulated</th><th class=\"text\">design</th></tr>\n";
  for (const explore::spot_check& one : answer.checks) {
    text += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td "
        "class=\"text\">{}</td></tr>\n",
        one.point, one.chosen_as, one.ok() ? si_text(one.analytical_s, "s") : "-",
        one.ok() ? si_text(one.tlm_s, "s") : escaped(one.error),
        one.ok() ? fmt::format("{:+.2f} %", 100 * one.difference()) : "-",
        one.ok() ? percent_text(one.simulated_share) : "-",
        escaped(label_of(answer.of, one.point)));
  }
  return text + "</table></div></details>\n";
}

/// What was seen and what it is worth, at a glance.
std::string cards(const exploration& answer) {
  std::size_t feasible = 0;
  for (const point_result& one : answer.results) {
    feasible += one.what == point_result::state::feasible ? 1U : 0U;
  }
  std::vector<const explore::spot_check*> all;
  for (const explore::spot_check& one : answer.checks) all.push_back(&one);
  const explore::check_summary s = explore::summary_of(all);
  const auto card = [](const std::string& value, const std::string& meaning) {
    return fmt::format("<div><b>{}</b><span>{}</span></div>\n", value, escaped(meaning));
  };
  std::string text = "<div class=\"cards\">\n";
  text += card(std::to_string(answer.results.size()),
               fmt::format("points seen of a space of {}, {}", answer.of.size(),
                           name_of(answer.of.how.method)));
  text += card(std::to_string(feasible), "keep the constraints and fit the memory");
  text += card(std::to_string(answer.front.size()), "on the front");
  if (s.count > 0) {
    text += card(percent_text(s.median),
                 fmt::format("off TLM in the median of {} spot checks, {} at p90, {} at worst",
                             s.count, percent_text(s.p90), percent_text(s.worst)));
  }
  return text + "</div>\n";
}

std::string front_table(const exploration& answer) {
  std::string text = "<h2>Designs of the front</h2>\n";
  if (answer.front.size() > most_rows) {
    text += fmt::format("<p>{} of {}, evenly spread; all are in <code>front.csv</code>.</p>\n",
                        most_rows, answer.front.size());
  }
  text += "<div class=\"wide\"><table><tr><th>point</th>";
  for (const metric one : answer.of.objectives) text += "<th>" + label_of(one) + "</th>";
  text += "<th>from TLM nearby</th><th class=\"text\">bound by</th>";
  for (const config::sweep_axis& axis : answer.of.axes) {
    text += "<th class=\"text\">" + escaped(axis.name) + "</th>";
  }
  text += "</tr>\n";
  std::vector<std::size_t> order = answer.front;
  std::stable_sort(order.begin(), order.end(), [&answer](std::size_t a, std::size_t b) {
    return explore::dominates(answer.results[a].values, answer.results[b].values,
                              {answer.of.objectives.front()});
  });
  const std::size_t rows = std::min(most_rows, order.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const point_result& one = answer.results[order[i * order.size() / rows]];
    text += fmt::format("<tr><td>{}</td>", one.point);
    for (const metric each : answer.of.objectives) {
      text += "<td>" + amount_text(each, value_of(one.values, each)) + "</td>";
    }
    text += fmt::format("<td>{}</td><td class=\"text\">{} {:.0f} %</td>",
                        difference_near(answer, one.point), one.bound_by, 100 * one.bound_share);
    const auto digits = digits_of(answer.of, one.point);
    for (std::size_t a = 0; a < digits.size(); ++a) {
      text += "<td class=\"text\">" + escaped(answer.of.axes[a].values[digits[a]].label) + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string chosen_section(const exploration& answer) {
  const point_result* chosen = answer.chosen();
  if (chosen == nullptr) return {};
  config::diagnostics problems;
  const auto platform = platform_of(answer.of, chosen->point, 0, problems);
  std::string rows;
  const auto row = [&rows](const std::string& name, const std::string& value) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
  };
  const auto digits = digits_of(answer.of, chosen->point);
  for (std::size_t a = 0; a < digits.size(); ++a) {
    row(answer.of.axes[a].name, answer.of.axes[a].values[digits[a]].label);
  }
  for (const metric one : explore::all_metrics()) {
    const double value = value_of(chosen->values, one);
    if (!std::isnan(value)) row(label_of(one), amount_text(one, value));
  }
  row("bound by",
      fmt::format("{}, {:.0f} % of the time", chosen->bound_by, 100 * chosen->bound_share));
  row("closed form from TLM at the nearest spot check", difference_near(answer, chosen->point));
  return fmt::format(
      "<h2>The chosen design</h2>\n<p>Point {}, the best in {}. It is beside this page as "
      "<code>chosen.yaml</code>, for <code>lamina run</code>.</p>\n"
      "<table>{}</table>\n<details><summary>its configuration</summary><pre>{}</pre></details>\n",
      chosen->point, label_of(answer.of.objectives.front()), rows,
      platform ? escaped(config::to_yaml(*platform)) : "");
}

}  // namespace

std::string to_html(const exploration& answer) {
  std::ostringstream text;
  print_text(answer, text);
  std::string body = fmt::format("<style>{}</style>\n", style) + cards(answer);
  if (!answer.front.empty()) {
    body +=
        "<h2>Front</h2>\n<p><label>across <select id=\"across\"></select></label> <label>up "
        "<select id=\"up\"></select></label></p>\n<p>Large points are on the front, the chosen "
        "design has a black rim, the line is the best of these two figures alone. Colours are what "
        "binds. Hover for what a point is.</p>\n"
        "<svg id=\"front\" viewBox=\"0 0 860 455\" role=\"img\"></svg><p class=\"key\" "
        "id=\"key\"></p>\n<h2>Axes</h2>\n<p>A line is a design: coloured on the front, grey "
        "beside it.</p>\n<svg id=\"parallel\" viewBox=\"0 0 860 380\" role=\"img\"></svg>\n";
    body += chosen_section(answer) + front_table(answer);
    body +=
        "<h2>What binds where</h2>\n<p>Of the feasible points with a value, the share that each "
        "limit binds.</p>\n" +
        limits_table(answer);
    body += "<h2>Closed form against TLM</h2>\n" + checks_table(answer);
  }
  body += fmt::format("<h2>Numbers</h2>\n<pre>{}</pre>\n", escaped(text.str()));
  if (!answer.front.empty()) {
    body += fmt::format(
        "<div id=\"tip\"></div>\n<script type=\"application/json\" id=\"data\">{}</script>\n"
        "<script>const D = JSON.parse(document.getElementById('data').textContent);{}</script>\n",
        data_of(answer), exploration_script());
  }
  return html_page(answer.of.name, body);
}

}  // namespace lamina::app
