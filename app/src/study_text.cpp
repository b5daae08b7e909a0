// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "quantity_text.h"
#include "study.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;

std::string verdict_of(const study_cell& cell) {
  return cell.fits ? cell.design : cell.design + "; does not fit the memory";
}

json cell_json(const std::optional<study_cell>& cell) {
  if (!cell) return nullptr;
  return {
      {"seconds", cell->seconds},   {"tokens_per_s", cell->tokens_per_s}, {"fits", cell->fits},
      {"bound_by", cell->bound_by}, {"bound_share", cell->bound_share},   {"design", cell->design}};
}

/// A field of CSV: quoted where it needs to be.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

}  // namespace

std::string value_at(const study& of, const study_point& point, std::size_t axis) {
  return point.at.labels[axis].substr(of.axes[axis].name.size() + 1);
}

std::optional<double> factor_of(const study& of, std::size_t point, std::size_t fidelity) {
  if (!of.compare) return {};
  std::size_t stride = 1;  // the last axis changes fastest
  for (std::size_t axis = of.axes.size(); axis-- > of.compare->axis + 1;) {
    stride *= of.axes[axis].values.size();
  }
  const std::size_t value = point / stride % of.axes[of.compare->axis].values.size();
  if (value == of.compare->value) return {};
  const std::size_t other = point - value * stride + of.compare->value * stride;
  const auto& cell = of.points[point].cells[fidelity];
  const auto& reference = of.points[other].cells[fidelity];
  if (!cell || !reference || reference->tokens_per_s <= 0) return {};
  return cell->tokens_per_s / reference->tokens_per_s;
}

std::string factor_name(const study& of) {
  const config::sweep_axis& axis = of.axes[of.compare->axis];
  return "tokens/s over " + axis.name + '=' + axis.values[of.compare->value].label;
}

void print_text(const study& answer, std::ostream& out) {
  out << platforms::to_text(answer.envelope) << '\n' << answer.name << "\n\n";
  std::vector<std::size_t> widths;
  for (const config::sweep_axis& axis : answer.axes) {
    std::size_t width = axis.name.size();
    for (const config::sweep_value& value : axis.values)
      width = std::max(width, value.label.size());
    widths.push_back(width);
    out << fmt::format("{:<{}}  ", axis.name, width);
  }
  out << fmt::format("{:<10} {:>12} {:>14}  {}{:<24} {}\n", "fidelity", "time", "tokens/s",
                     answer.compare ? "  factor  " : "", "bound by", "design");
  for (std::size_t at = 0; at < answer.points.size(); ++at) {
    const study_point& point = answer.points[at];
    for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
      for (std::size_t axis = 0; axis < widths.size(); ++axis) {
        out << fmt::format("{:<{}}  ", value_at(answer, point, axis), widths[axis]);
      }
      out << fmt::format("{:<10}", platforms::name_of(answer.fidelities[i]));
      if (const auto& cell = point.cells[i]) {
        const auto factor = factor_of(answer, at, i);
        const std::string column =
            factor ? fmt::format("{:>8.4g}  ", *factor) : std::string(answer.compare ? 10 : 0, ' ');
        out << fmt::format(" {:>12} {:>14.6g}  {}{:<24} {}", si_text(cell->seconds, "s"),
                           cell->tokens_per_s, column,
                           fmt::format("{} ({})", cell->bound_by, percent_text(cell->bound_share)),
                           verdict_of(*cell));
      }
      out << '\n';
    }
  }
  if (answer.compare) out << "\nfactor: " << factor_name(answer) << '\n';
}

json to_json(const study& answer) {
  json axes = json::object(), points = json::array();
  for (const config::sweep_axis& axis : answer.axes) {
    for (const config::sweep_value& value : axis.values) axes[axis.name].push_back(value.label);
  }
  for (std::size_t at = 0; at < answer.points.size(); ++at) {
    const study_point& point = answer.points[at];
    json one = json::object();
    for (std::size_t i = 0; i < answer.axes.size(); ++i) {
      one["at"][answer.axes[i].name] = value_at(answer, point, i);
    }
    for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
      json& cell = one[std::string(platforms::name_of(answer.fidelities[i]))];
      cell = cell_json(point.cells[i]);
      if (const auto factor = factor_of(answer, at, i)) cell["factor"] = *factor;
    }
    points.push_back(std::move(one));
  }
  return {{"program", answer.envelope.program},
          {"version", platforms::version()},
          {"configuration_hash", answer.envelope.configuration_hash},
          {"seed", answer.envelope.seed},
          {"name", answer.name},
          {"axes", axes},
          {"factor", answer.compare ? json(factor_name(answer)) : json(nullptr)},
          {"points", points}};
}

std::string to_csv(const study& answer) {
  std::string text;
  for (const config::sweep_axis& axis : answer.axes) text += field(axis.name) + ',';
  text += "fidelity,time [s],tokens/s,fits,bound by,share,design";
  if (answer.compare) text += ',' + field(factor_name(answer));
  text += '\n';
  for (std::size_t at = 0; at < answer.points.size(); ++at) {
    const study_point& point = answer.points[at];
    for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
      const auto& cell = point.cells[i];
      if (!cell) continue;
      for (std::size_t axis = 0; axis < answer.axes.size(); ++axis) {
        text += field(value_at(answer, point, axis)) + ',';
      }
      text += fmt::format("{},{},{},{},{},{},{}", platforms::name_of(answer.fidelities[i]),
                          cell->seconds, cell->tokens_per_s, cell->fits, field(cell->bound_by),
                          cell->bound_share, field(cell->design));
      const auto factor = factor_of(answer, at, i);
      if (answer.compare) text += factor ? fmt::format(",{}", *factor) : ",";
      text += '\n';
    }
  }
  return text;
}

void write_files(const study& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "points.csv", to_csv(answer));
  write(to / "report.html", to_html(answer));
}

}  // namespace lamina::app
