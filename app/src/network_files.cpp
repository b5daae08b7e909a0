// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "arguments.h"
#include "lamina/models/network_graph.h"
#include "network_answer.h"
#include "out_folder.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

constexpr std::size_t most_bars = 40;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    safe += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return safe;
}

/// The busiest links as bars, those of the last fidelity that answered first.
std::string bars(const network_answer& answer) {
  const network_graph graph(answer.platform.interconnect);
  const network_result* last = nullptr;
  for (const auto& outcome : answer.outcomes) {
    if (outcome.result) last = &*outcome.result;
  }
  if (last == nullptr) return "";
  std::vector<std::size_t> order(last->utilisation.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return last->utilisation[a] > last->utilisation[b];
  });
  order.resize(std::min(order.size(), most_bars));
  const std::size_t height = 12 * answer.outcomes.size() + 10;
  std::string svg = fmt::format("<svg viewBox=\"0 0 860 {}\" role=\"img\">", order.size() * height);
  for (std::size_t row = 0; row < order.size(); ++row) {
    svg += fmt::format("<text x=\"0\" y=\"{}\">{}</text>", row * height + 14,
                       escaped(graph.name_of_edge(static_cast<int>(order[row]))));
    for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
      if (!answer.outcomes[i].result) continue;
      const double share = answer.outcomes[i].result->utilisation[order[row]];
      const bool tlm = answer.fidelities[i] == platforms::fidelity::tlm;
      svg += fmt::format(
          "<rect x=\"300\" y=\"{}\" width=\"{:.1f}\" height=\"11\" fill=\"{}\"/>"
          "<text x=\"{:.1f}\" y=\"{}\">{}</text>",
          row * height + 4 + 12 * i, 450 * share, tlm ? "#d97b29" : "#2f6db5", 305 + 450 * share,
          row * height + 14 + 12 * i, percent_text(share));
    }
  }
  return svg + "</svg>";
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

}  // namespace

std::string to_html(const network_answer& answer) {
  std::ostringstream text;
  print_text(answer, text);
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>"
      "body{{font:15px/1.45 system-ui,sans-serif;color:#1c2430;max-width:60rem;margin:2rem auto;"
      "padding:0 1rem}}svg text{{font:12px system-ui,sans-serif}}"
      "pre{{background:#f5f7f9;padding:1rem;overflow:auto}}</style>"
      "<h1>{0}</h1><pre>{1}</pre><h2>Busiest links</h2><p>Share of the time that packets held "
      "them: "
      "analytical blue, tlm orange; at most {2} links.</p>{3}<h2>Configuration</h2><pre>{4}</pre>"
      "</html>\n",
      escaped(answer.platform.name), escaped(text.str()), most_bars, bars(answer),
      escaped(config::to_yaml(answer.platform)));
}

void write_files(const network_answer& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  make_out_folder(folder);
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "report.html", to_html(answer));
  write(to / "resolved.yaml", config::to_yaml(answer.platform));
}

}  // namespace lamina::app
