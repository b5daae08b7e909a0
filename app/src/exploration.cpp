// SPDX-License-Identifier: Apache-2.0
#include "exploration.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>

#include "lamina/explore/csv.h"
#include "lamina/explore/front.h"
#include "lamina/explore/store.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using explore::metric;
using explore::point_result;

void write(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path fresh = file.string() + ".new";
  std::ofstream out(fresh, std::ios::binary);
  out << text;
  out.close();
  std::error_code status;
  if (out) std::filesystem::rename(fresh, file, status);
  if (out && !status) return;
  std::filesystem::remove(fresh, status);
  throw explore::store_error(file.string() + " cannot be written: is the disk full?");
}

void print_removed(const exploration& answer, std::ostream& out) {
  std::map<std::string, std::size_t> by_constraint;
  std::map<std::string, std::size_t> illegal;
  std::size_t feasible = 0;
  for (const point_result& one : answer.results) {
    if (one.what == point_result::state::feasible) ++feasible;
    if (one.what == point_result::state::infeasible) ++by_constraint[one.why];
    if (one.what == point_result::state::illegal) ++illegal[one.why];
  }
  out << fmt::format("{} of {} points evaluated ({} of a space of {}), {} feasible\n",
                     answer.results.size(), answer.asked, name_of(answer.of.how.method),
                     answer.of.size(), feasible);
  if (feasible == 0 && !answer.results.empty()) out << "nothing is feasible:\n";
  for (const auto& [why, count] : by_constraint) {
    out << fmt::format("  {:<24} removed {}\n", why, count);
  }
  for (const auto& [why, count] : illegal) {
    out << fmt::format("  {:<24} {}: {}\n", "no such design", count, why);
  }
}

}  // namespace

std::string amount_text(metric which, double value) {
  if (which == metric::die_area) return fmt::format("{:.1f} mm2", value);
  if (which == metric::tokens_per_joule) return fmt::format("{:.4g} /J", value);
  if (which == metric::memory_used) return percent_text(value);
  return si_text(value, unit_of(which));
}

const point_result* exploration::chosen() const {
  const point_result* best = nullptr;
  for (const std::size_t i : front) {
    if (best == nullptr ||
        explore::dominates(results[i].values, best->values, {of.objectives.front()})) {
      best = &results[i];
    }
  }
  return best;
}

exploration exploration_of(const explore::space& of, std::vector<point_result> results,
                           std::vector<explore::spot_check> checks, std::uint64_t asked) {
  exploration all{of, asked, std::move(results), {}, std::move(checks), {}};
  all.front = explore::front_of(all.results, of.objectives);
  all.envelope = {"lamina explore", of.hash, of.how.seed};
  return all;
}

void print_text(const exploration& answer, std::ostream& out) {
  out << to_text(answer.envelope) << '\n' << answer.of.name << "\n\n";
  print_removed(answer, out);
  if (answer.front.empty()) return;
  constexpr std::size_t shown = 20;
  out << fmt::format("\nfront of {} points{}\n", answer.front.size(),
                     answer.front.size() > shown ? fmt::format(", the first {}", shown) : "");
  for (std::size_t i = 0; i < std::min(shown, answer.front.size()); ++i) {
    const point_result& one = answer.results[answer.front[i]];
    out << fmt::format("{:>8} ", one.point);
    for (const metric each : answer.of.objectives) {
      out << fmt::format(" {:>12}", amount_text(each, value_of(one.values, each)));
    }
    out << fmt::format("  {} {:.0f} %  {}\n", one.bound_by, 100 * one.bound_share,
                       label_of(answer.of, one.point));
  }
  if (answer.checks.empty()) return;
  std::vector<const explore::spot_check*> all;
  for (const auto& one : answer.checks) all.push_back(&one);
  const explore::check_summary s = explore::summary_of(all);
  out << fmt::format(
      "\nspot checks in TLM: {} answered, {} not; closed form off by {} (median), {} (p90), {} "
      "(worst)\n",
      s.count, s.failed, percent_text(s.median), percent_text(s.p90), percent_text(s.worst));
}

void write_files(const exploration& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  write(to / "points.csv", explore::to_csv(answer.of, answer.results));
  std::vector<point_result> front;
  for (const std::size_t i : answer.front) front.push_back(answer.results[i]);
  write(to / "front.csv", explore::to_csv(answer.of, front));
  write(to / "report.html", to_html(answer));
  const point_result* chosen = answer.chosen();
  if (chosen == nullptr) return;
  config::diagnostics problems;
  auto platform = platform_of(answer.of, chosen->point, 0, problems);
  if (!platform) return;
  const std::string model = platform->workload.model_file;
  platform->workload.model_file = std::filesystem::path(model).filename().string();
  write(to / platform->workload.model_file, config::read_file(model).value_or(""));
  write(to / "chosen.yaml", config::to_yaml(*platform));
}

}  // namespace lamina::app
