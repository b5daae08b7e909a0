// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <sstream>

#include "arguments.h"
#include "out_folder.h"
#include "pipeline_answer.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;

double bandwidth(const pipeline_result& r) { return r.memory.bandwidth_bytes_per_s(); }

std::string rate_text(double bytes_per_s) {
  return std::isfinite(bytes_per_s) ? si_text(bytes_per_s, "B/s") : "-";
}

/// A line with a value of each column, and how far the first is from the second.
void line(const pipeline_answer& answer, std::ostream& out, const std::string& label,
          const std::function<std::string(const pipeline_result&)>& text,
          const std::function<double(const pipeline_result&)>& value = {}) {
  out << fmt::format("{:<20}", label);
  for (const pipeline_column& column : answer.columns) {
    out << fmt::format(" {:>24}", column.result ? text(*column.result) : "-");
  }
  const bool both =
      answer.columns.size() == 2 && answer.columns[0].result && answer.columns[1].result;
  if (both && value) {
    out << fmt::format(" {:>12}", difference_text(value(*answer.columns[0].result),
                                                  value(*answer.columns[1].result)));
  }
  out << '\n';
}

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    safe += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return safe;
}

/// Each stage's own limit and the bandwidth that came of all of them, as bars.
std::string bars(const pipeline_answer& answer) {
  std::vector<std::pair<std::string, double>> rows;
  for (const pipeline_column& column : answer.columns) {
    if (column.result) rows.emplace_back(column.name, bandwidth(*column.result));
  }
  if (rows.empty()) return "";
  const std::size_t answers = rows.size();
  for (int i = 0; i < pipeline_stage_count; ++i) {
    const double limit = answer.columns.front().result
                             ? answer.columns.front().result->limits[static_cast<std::size_t>(i)]
                             : 0;
    if (!std::isfinite(limit) || limit <= 0) continue;
    rows.emplace_back(std::string(name_of(static_cast<pipeline_stage>(i))) + " alone", limit);
  }
  double most = 0;
  for (const auto& row : rows) most = std::max(most, row.second);
  std::string svg = fmt::format("<svg viewBox=\"0 0 860 {}\" role=\"img\">", rows.size() * 26 + 4);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double width = 480 * rows[i].second / most;
    svg += fmt::format(
        "<text x=\"0\" y=\"{0}\">{1}</text><rect x=\"200\" y=\"{2}\" width=\"{3:.1f}\" "
        "height=\"18\" fill=\"{4}\"/><text x=\"{5:.1f}\" y=\"{0}\">{6}</text>",
        i * 26 + 17, escaped(rows[i].first), i * 26 + 3, width,
        i < answers ? (rows[i].first == "analytical" ? "#2f6db5" : "#d97b29") : "#9aa7b4",
        206 + width, rate_text(rows[i].second));
  }
  return svg + "</svg>";
}

std::string to_html(const pipeline_answer& answer) {
  std::ostringstream text;
  print_text(answer, text);
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>"
      "body{{font:15px/1.45 system-ui,sans-serif;color:#1c2430;max-width:60rem;margin:2rem auto;"
      "padding:0 1rem}}svg text{{font:13px system-ui,sans-serif}}"
      "pre{{background:#f5f7f9;padding:1rem;overflow:auto}}</style>"
      "<h1>{0}</h1><pre>{1}</pre><h2>Bandwidth</h2><p>What requesters see, and what each stage "
      "alone would allow (grey).</p>{2}<h2>Configuration</h2><pre>{3}</pre></html>\n",
      escaped(answer.platform.name), escaped(text.str()), bars(answer),
      escaped(config::to_yaml(answer.platform)));
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

}  // namespace

void print_text(const pipeline_answer& answer, std::ostream& out) {
  out << platforms::to_text(answer.envelope) << '\n' << answer.platform.name << "\n\n";
  out << fmt::format("{:<20}", "");
  for (const pipeline_column& column : answer.columns) out << fmt::format(" {:>24}", column.name);
  out << (answer.columns.size() == 2 ? fmt::format(" {:>12}\n", "difference") : "\n");
  const auto elapsed = [](const pipeline_result& r) { return to_seconds(r.memory.elapsed); };
  line(
      answer, out, "time", [&](const pipeline_result& r) { return si_text(elapsed(r), "s"); },
      elapsed);
  line(
      answer, out, "bandwidth", [](const pipeline_result& r) { return rate_text(bandwidth(r)); },
      bandwidth);
  const auto latency = [](const pipeline_result& r) { return r.memory.latency.mean_s; };
  line(
      answer, out, "mean latency",
      [&](const pipeline_result& r) { return si_text(latency(r), "s"); }, latency);
  line(answer, out, "bound by",
       [](const pipeline_result& r) { return std::string(name_of(r.bound_by)); });
  for (int i = 0; i < pipeline_stage_count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    line(answer, out, "  " + std::string(name_of(static_cast<pipeline_stage>(i))) + " alone",
         [at](const pipeline_result& r) { return rate_text(r.limits[at]); });
  }
  const auto activates = [](const pipeline_result& r) { return r.memory.counts.activates; };
  line(
      answer, out, "activations",
      [&](const pipeline_result& r) { return count_text(activates(r)); }, activates);
  const auto energy = [](const pipeline_result& r) { return r.memory.energy.total_j(); };
  line(
      answer, out, "energy of the stack",
      [&](const pipeline_result& r) { return si_text(energy(r), "J"); }, energy);
}

nlohmann::ordered_json to_json(const pipeline_answer& answer) {
  json results = json::object();
  for (const pipeline_column& column : answer.columns) {
    if (!column.result) {
      results[column.name] = nullptr;
      continue;
    }
    const pipeline_result& r = *column.result;
    json limits = json::object();
    for (int i = 0; i < pipeline_stage_count; ++i) {
      limits[std::string(name_of(static_cast<pipeline_stage>(i)))] =
          number(r.limits[static_cast<std::size_t>(i)]);
    }
    results[column.name] = {{"elapsed_fs", r.memory.elapsed.count()},
                            {"read_bytes", r.memory.read_bytes},
                            {"write_bytes", r.memory.write_bytes},
                            {"bandwidth_bytes_per_s", bandwidth(r)},
                            {"mean_latency_s", number(r.memory.latency.mean_s)},
                            {"bound_by", name_of(r.bound_by)},
                            {"limits_bytes_per_s", limits},
                            {"activates", r.memory.counts.activates},
                            {"stack_energy_j", r.memory.energy.total_j()}};
  }
  return {{"program", answer.envelope.program},
          {"version", platforms::version()},
          {"configuration_hash", answer.envelope.configuration_hash},
          {"seed", answer.envelope.seed},
          {"name", answer.platform.name},
          {"results", results}};
}

void write_files(const pipeline_answer& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  make_out_folder(folder);
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "report.html", to_html(answer));
  write(to / "resolved.yaml", config::to_yaml(answer.platform));
}

}  // namespace lamina::app
