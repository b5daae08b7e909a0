// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "out_folder.h"
#include "run_answer.h"

namespace lamina::app {
namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

}  // namespace

void write_files(const run_answer& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  make_out_folder(folder);
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "report.html", to_html(answer));
  const std::vector<input_point>& points = answer.input.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::string name =
        points[i].at.empty() ? "resolved.yaml" : fmt::format("resolved_{:04}.yaml", i);
    write(to / name, config::to_yaml(points[i].platform));
  }
}

}  // namespace lamina::app
