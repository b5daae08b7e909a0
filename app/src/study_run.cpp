// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <numeric>
#include <set>
#include <variant>

#include "chip_run.h"
#include "inputs.h"
#include "lamina/config/chip_platform.h"
#include "lamina/config/system_platform.h"
#include "lamina/platforms/chip.h"
#include "lamina/platforms/system.h"
#include "out_folder.h"
#include "quantity_text.h"
#include "study.h"
#include "system_run.h"

namespace lamina::app {
namespace {

constexpr int exit_interrupted = 130;
constexpr std::size_t most_points = 10'000;

/// Of a kernel, what a simulation does before it goes on in windows.
constexpr std::int64_t window_steps = 20'000;
constexpr std::int64_t window_bursts = 100'000;

using platform = std::variant<config::chip_platform, config::system_platform>;

study_cell cell_of(const config::chip_platform& of, platforms::fidelity how, bool whole) {
  platforms::chip_options options;
  options.pool.jobs = 1;
  if (!whole) {
    options.most_steps = window_steps;
    options.most_bursts = window_bursts;
  }
  const platforms::chip_outcome outcome = platforms::evaluate(of, how, options);
  if (!outcome.result) throw std::runtime_error(outcome.error);
  const platforms::chip_result& result = *outcome.result;
  const auto& by_limit = result.seconds_by_limit;
  const auto most = std::max_element(by_limit.begin(), by_limit.end());
  study_cell cell{result.seconds, result.tokens_per_s(), result.fits(), {}, 0, {}};
  cell.bound_by = name_of(static_cast<tile_limit>(most - by_limit.begin()));
  cell.bound_share = result.seconds > 0 ? *most / result.seconds : 0;
  cell.design = fmt::format("{} tiles", of.chip.tiles);
  if (of.stacked() && of.chip.area.stated()) {
    cell.design += fmt::format(", {:.0f} mm2", area_of(of.stacked_chip()).total());
  }
  return cell;
}

/// Time by what binds it, summed over all parts of all steps.
void tell_bound(const platforms::system_result& result, study_cell& cell) {
  std::vector<std::pair<std::string, double>> seconds;
  double sum = 0;
  for (const auto& step : result.steps) {
    for (const analytical::system_part& part : step.parts) {
      const std::string name(part.communication ? "communication" : name_of(part.bound_by));
      const auto same = std::find_if(seconds.begin(), seconds.end(),
                                     [&name](const auto& one) { return one.first == name; });
      if (same == seconds.end()) {
        seconds.emplace_back(name, part.seconds());
      } else {
        same->second += part.seconds();
      }
      sum += part.seconds();
    }
  }
  for (const auto& [name, took] : seconds) {
    if (sum <= 0 || took / sum <= cell.bound_share) continue;
    cell.bound_by = name;
    cell.bound_share = took / sum;
  }
}

study_cell cell_of(const config::system_platform& of, platforms::fidelity how, bool whole) {
  platforms::system_simulation_options options;
  options.pool.jobs = 1;
  if (!whole) {
    options.most_steps = window_steps;
    options.most_bursts = window_bursts;
  }
  const platforms::system_outcome outcome = platforms::evaluate(of, {how, how}, options);
  if (!outcome.result) throw std::runtime_error(outcome.error);
  const platforms::system_result& result = *outcome.result;
  study_cell cell{result.seconds, result.tokens_per_s(), result.fits(), {}, 0, {}};
  tell_bound(result, cell);
  cell.design = name_of(result.mapping);
  return cell;
}

/// A cell crosses from a child as JSON.
std::string packed(const study_cell& cell) {
  const nlohmann::json all = {cell.seconds,  cell.tokens_per_s, cell.fits,
                              cell.bound_by, cell.bound_share,  cell.design};
  return all.dump();
}

study_cell unpacked(const std::string& bytes) {
  const nlohmann::json all = nlohmann::json::parse(bytes);
  return {all[0], all[1], all[2], all[3], all[4], all[5]};
}

std::vector<std::string> settings_for(const arguments& given) {
  return is_system(given) ? system_settings(given) : chip_settings(given);
}

/// The platform of one point; nothing when anything is wrong with it.
std::optional<platform> load(const config::load_request& request, bool system,
                             config::diagnostics& problems,
                             std::vector<config::diagnostic>& warnings) {
  const auto kept = [&warnings](auto loaded) -> std::optional<platform> {
    if (!loaded) return {};
    warnings.insert(warnings.end(), loaded->warnings.begin(), loaded->warnings.end());
    return std::move(*loaded);
  };
  return system ? kept(config::load_system_platform(request, problems))
                : kept(config::load_chip_platform(request, problems));
}

struct loaded_study {
  study of;
  std::vector<platform> platforms;  ///< of the points
};

/// Everything but the answers. What is wrong goes to stderr, once.
std::optional<loaded_study> load(const arguments& given) {
  if (given.files().size() > 1) {
    throw usage_error("a study is one file: run files with a 'sweep' one at a time");
  }
  const std::string& file = given.files().front();
  const std::vector<std::string> settings = settings_for(given);
  config::diagnostics problems;
  std::vector<config::diagnostic> warnings;
  loaded_study all;
  all.of.file = file;
  all.of.axes = config::load_sweep({file, settings}, problems);
  if (!problems.has_errors()) {
    all.of.compare = config::load_reference({file, settings}, all.of.axes, problems);
  }
  platforms::input_hash hash;
  if (platforms::sweep_size(all.of.axes, most_points + 1) > most_points) {
    problems.add({{file, 0, 0},
                  fmt::format("the sweep has more than {} points", most_points),
                  "give its axes fewer values, or explore a part of them"});
  } else if (!problems.has_errors()) {
    for (const platforms::sweep_point& at : platforms::sweep_points(all.of.axes)) {
      std::vector<std::string> here = settings;
      here.insert(here.end(), at.settings.begin(), at.settings.end());
      auto loaded = load({file, here}, is_system(given), problems, warnings);
      if (!loaded || problems.has_errors()) break;
      std::string yaml = std::visit([](auto& one) { return config::to_yaml(one); }, *loaded);
      hash.add(yaml);
      all.of.points.push_back({at, std::move(yaml), {}});
      all.platforms.push_back(std::move(*loaded));
    }
  }
  for (const config::diagnostic& problem : problems.sorted()) {
    std::cerr << config::to_text(problem) << '\n';
  }
  if (problems.has_errors()) return {};
  std::set<std::string> told;
  for (const config::diagnostic& warning : warnings) {
    const std::string text = config::to_text(warning, "warning");
    if (told.insert(text).second) std::cerr << text << '\n';
  }
  all.of.name = std::visit([](const auto& one) { return one.name; }, all.platforms.front());
  all.of.envelope = {"lamina run", hash.text(), 0};
  return all;
}

std::function<void(std::size_t, std::size_t)> progress_bar() {
  const auto start = std::chrono::steady_clock::now();
  return [start](std::size_t ended, std::size_t total) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const double rate = static_cast<double>(ended) / took.count();
    constexpr std::size_t width = 30;
    const std::size_t filled = width * ended / total;
    std::cerr << fmt::format("\r[{}{}] {} of {} points, {:.2g} a second, {:.0f} s left {}",
                             std::string(filled, '#'), std::string(width - filled, '.'), ended,
                             total, rate, static_cast<double>(total - ended) / rate,
                             ended == total ? "\n" : "")
              << std::flush;
  };
}

/// Fills the cells, each in a child process. The exit code.
int evaluate(loaded_study& all, const arguments& given) {
  platforms::process_pool_options pool;
  pool.jobs = static_cast<int>(given.whole("jobs", 0, std::numeric_limits<int>::max()).value_or(0));
  if (!given.has("quiet") && isatty(STDERR_FILENO) != 0) pool.progress = progress_bar();
  const bool whole = given.has("whole");
  std::vector<platforms::process_task> tasks;
  for (const platform& one : all.platforms) {
    for (const platforms::fidelity how : all.of.fidelities) {
      tasks.push_back([&one, how, whole] {
        return packed(std::visit([&](const auto& p) { return cell_of(p, how, whole); }, one));
      });
    }
  }
  const auto outcomes = platforms::run_in_processes(tasks, pool);
  int code = exit_fine;
  auto next = outcomes.begin();
  for (study_point& point : all.of.points) {
    for (const platforms::fidelity how : all.of.fidelities) {
      const platforms::process_outcome& outcome = *next++;
      point.cells.emplace_back();
      if (outcome.ok()) {
        point.cells.back() = unpacked(outcome.bytes);
        continue;
      }
      const bool interrupted = outcome.what == platforms::process_outcome::state::interrupted;
      code = std::max<int>(code, interrupted ? exit_interrupted : exit_internal);
      std::cerr << fmt::format("{}: {} {}: {}\n", all.of.file, point.at.text(),
                               platforms::name_of(how),
                               interrupted ? "interrupted" : outcome.error);
    }
  }
  return code;
}

}  // namespace

bool is_study(const arguments& given) {
  if (!is_chip(given) && !is_system(given)) return false;
  const auto& files = given.files();
  return std::any_of(files.begin(), files.end(), [&given](const std::string& file) {
    return config::has_sweep({file, given.all("set")});
  });
}

int check_study(const arguments& given) {
  const auto all = load(given);
  if (!all) return exit_bad_input;
  std::cout << fmt::format("{}: ok ({}, sweep of {} points)\n", all->of.file, all->of.name,
                           all->of.points.size());
  return exit_fine;
}

int run_study(const arguments& given) {
  const std::vector<platforms::fidelity> fidelities =
      given.has("fidelity") ? fidelities_of(given, whole_fidelity("a sweep runs"))
                            : std::vector<platforms::fidelity>{platforms::fidelity::analytical};
  auto all = load(given);
  if (!all) return exit_bad_input;
  all->of.fidelities = fidelities;
  if (given.has("out")) make_out_folder(given.text("out"));
  const int code = evaluate(*all, given);
  if (given.has("json")) {
    std::cout << to_json(all->of).dump(2) << '\n';
  } else {
    print_text(all->of, std::cout);
  }
  if (given.has("out")) write_files(all->of, given.text("out"));
  return code;
}

}  // namespace lamina::app
