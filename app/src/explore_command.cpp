// SPDX-License-Identifier: Apache-2.0
// `lamina explore`: every point that a space asks for, the front, and checks of it in TLM.
#include "explore_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <sstream>

#include "arguments.h"
#include "exploration.h"
#include "lamina/explore/store.h"
#include "out_folder.h"
#include "rank_team.h"

namespace lamina::app {
namespace {

constexpr int exit_interrupted = 130;
std::atomic<bool> interrupted{false};  // a signal handler reaches nothing else

extern "C" void stop_exploring(int) { interrupted = true; }

/// Ctrl-C keeps what is done, while this lives.
class signal_guard {
 public:
  signal_guard() {
    before_int_ = std::signal(SIGINT, stop_exploring);
    before_term_ = std::signal(SIGTERM, stop_exploring);
  }
  ~signal_guard() {
    std::signal(SIGINT, before_int_);
    std::signal(SIGTERM, before_term_);
  }
  signal_guard(const signal_guard&) = delete;
  signal_guard& operator=(const signal_guard&) = delete;

 private:
  void (*before_int_)(int);
  void (*before_term_)(int);
};

/// Points, rate, time left and the best so far, on stderr: a bar on a terminal, else a line at
/// times.
class progress {
 public:
  /// `best` is that of what was done before.
  progress(std::size_t total, std::size_t done, explore::metric best_of, double best, bool quiet)
      : total_(total), first_(done), done_(done), best_of_(best_of), quiet_(quiet), best_(best) {}

  void add(const std::vector<explore::point_result>& results) {
    done_ += results.size();
    for (const auto& one : results) {
      if (one.what != explore::point_result::state::feasible) continue;
      const double value = value_of(one.values, best_of_);
      const bool better = more_is_better(best_of_) ? value > best_ : value < best_;
      if (!(best_ == best_) || better) best_ = value;
    }
    const auto now = clock::now();
    const bool last = done_ == total_;
    if (quiet_ || (!last && now - told_ < (terminal_ ? half_second : ten_seconds))) return;
    told_ = now;
    tell(last);
  }

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds half_second{500};
  static constexpr std::chrono::milliseconds ten_seconds{10'000};

  void tell(bool last) const {
    const std::chrono::duration<double> took = clock::now() - start_;
    const double rate = static_cast<double>(done_ - first_) / std::max(1e-9, took.count());
    constexpr std::size_t width = 30;
    const std::size_t filled = width * done_ / std::max<std::size_t>(1, total_);
    const std::string bar = terminal_ ? fmt::format("\r[{}{}] ", std::string(filled, '#'),
                                                    std::string(width - filled, '.'))
                                      : "";
    const std::string best =
        best_ == best_ ? fmt::format("best {} {}", name_of(best_of_), amount_text(best_of_, best_))
                       : "nothing feasible yet";
    std::cerr << fmt::format("{}{} of {} points, {:.3g} a second, {:.0f} s left, {} {}", bar, done_,
                             total_, rate,
                             static_cast<double>(total_ - done_) / std::max(1e-9, rate), best,
                             terminal_ && !last ? "" : "\n")
              << std::flush;
  }

  std::size_t total_, first_, done_;
  explore::metric best_of_;
  bool quiet_;
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  double best_;  ///< NaN: nothing is feasible yet
  clock::time_point start_ = clock::now();
  clock::time_point told_ = clock::now();
};

struct shard {
  std::uint64_t index = 1, count = 1;
};

shard shard_of(const arguments& given) {
  if (!given.has("shard")) return {};
  const std::string text = given.text("shard");
  shard one;
  char slash = 0, rest = 0;
  unsigned long index = 0, count = 0;
  const int read = std::sscanf(text.c_str(), "%6lu%c%6lu%c", &index, &slash, &count, &rest);
  if (read != 3 || slash != '/' || index < 1 || index > count) {
    throw usage_error("--shard " + text + ": expected I/N with I from 1 to N, such as 2/3");
  }
  one.index = index;
  one.count = count;
  return one;
}

/// A run of points of nearby hardware.
std::vector<std::uint64_t> points_of_shard(const explore::space& of, const shard& part) {
  std::vector<std::uint64_t> all = points_of(of);
  if (part.count == 1) return all;
  sort_by_hardware(of, all);
  const auto n = static_cast<std::uint64_t>(all.size());
  const auto from = static_cast<std::ptrdiff_t>(n * (part.index - 1) / part.count);
  const auto to = static_cast<std::ptrdiff_t>(n * part.index / part.count);
  std::vector<std::uint64_t> own(all.begin() + from, all.begin() + to);
  std::sort(own.begin(), own.end());
  return own;
}

int jobs_of(const arguments& given) {
  return static_cast<int>(given.whole("jobs", 0, 4096).value_or(0));
}

/// Here, or with the other ranks of a team.
void evaluate_rest(const explore::space& of, const std::vector<std::uint64_t>& points,
                   explore::result_store& store, const arguments& given, rank_team* team) {
  const std::vector<std::uint64_t> known = store.known_points();
  std::vector<std::uint64_t> left;
  std::set_difference(points.begin(), points.end(), known.begin(), known.end(),
                      std::back_inserter(left));
  if (left.empty()) return;
  if (left.size() < points.size() && !given.has("quiet")) {
    std::cerr << fmt::format("going on: {} of {} points are there\n", points.size() - left.size(),
                             points.size());
  }
  progress told(points.size(), points.size() - left.size(), of.objectives.front(),
                store.best(of.objectives.front()), given.has("quiet"));
  const signal_guard guard;
  const auto keep = [&](std::vector<explore::point_result> results) {
    store.put(results);
    told.add(results);
  };
  if (team != nullptr) {
    team->evaluate(of, left, jobs_of(given), interrupted, keep);
    if (!given.has("quiet")) {
      std::cerr << fmt::format("points by rank: {}\n", fmt::join(team->points_by_rank(), ", "));
    }
  } else {
    explore::evaluate(of, left, {jobs_of(given), &interrupted}, keep);
  }
}

void check_rest(const explore::space& of, explore::result_store& store, const arguments& given) {
  const auto most = given.whole("checks", 0, 100'000);
  const int wanted = most ? static_cast<int>(*most) : of.checks.points;
  if (wanted == 0) return;
  const std::vector<explore::spot_check> known = store.checks();
  std::vector<explore::checked_choice> left;
  for (const auto& one : points_to_check(of, store.results(), wanted)) {
    const bool done = std::any_of(known.begin(), known.end(),
                                  [&one](const auto& k) { return k.point == one.point; });
    if (!done) left.push_back(one);
  }
  const signal_guard guard;
  // A few at a time, so that a kill loses no more than those.
  explore::check_options options;
  options.jobs = jobs_of(given);
  options.time_limit_s = of.checks.time_limit_s;
  const std::size_t each = 8;
  for (std::size_t i = 0; i < left.size() && !interrupted; i += each) {
    const std::vector<explore::checked_choice> some(
        left.begin() + static_cast<std::ptrdiff_t>(i),
        left.begin() + static_cast<std::ptrdiff_t>(std::min(left.size(), i + each)));
    const auto done = run_checks(of, some, options);
    store.put(done);
    if (done.size() < some.size()) interrupted = true;
    if (!given.has("quiet")) {
      std::cerr << fmt::format("spot checks: {} of {}\n", i + done.size(), left.size());
    }
  }
}

int explore_space(const explore::space& of, const arguments& given, const rank_place& place) {
  const std::string folder = given.text("out");
  const shard part = shard_of(given);
  const std::vector<std::uint64_t> points = points_of_shard(of, part);
  // MPI ends before simulations are forked.
  auto team = place.ranks > 1 ? std::make_unique<rank_team>() : nullptr;
  explore::result_store store(folder, of);
  evaluate_rest(of, points, store, given, team.get());
  team.reset();
  if (!interrupted && part.count == 1) check_rest(of, store, given);
  const exploration answer = exploration_of(of, store.results(), store.checks(), points.size());
  write_files(answer, folder);
  print_text(answer, std::cout);
  if (interrupted) {
    std::cerr << "interrupted: what was done is kept; the same command goes on\n";
    return exit_interrupted;
  }
  return answer.front.empty() ? exit_outside : exit_fine;
}

/// On every rank but the first, which answers.
int help_first_rank(const arguments& given) {
  std::ostringstream problems;
  const auto of = load_one_space(given, problems);
  rank_team team;
  if (!of) {
    team.refuse(problems.str());
    return exit_fine;
  }
  const signal_guard guard;
  team.serve(*of, jobs_of(given), interrupted);
  return exit_fine;
}

int run(const arguments& given) {
  if (!given.has("out")) throw usage_error("--out DIR is missing: where the results go");
  shard_of(given);
  const rank_place place = place_in_environment();
  if (!place.first()) return help_first_rank(given);
  const auto of = load_one_space(given, std::cerr);
  if (!of) return exit_bad_input;
  make_out_folder(given.text("out"));
  try {
    return explore_space(*of, given, place);
  } catch (const explore::store_error& problem) {
    std::cerr << "lamina explore: " << problem.what() << '\n';
  } catch (const rank_error& problem) {
    std::cerr << "lamina explore: " << problem.what() << '\n';
    return exit_internal;
  }
  return exit_bad_input;
}

}  // namespace

std::optional<explore::space> load_one_space(const arguments& given, std::ostream& problems_to) {
  if (given.files().empty()) throw usage_error("expected the file of a space");
  config::diagnostics problems;
  auto of = explore::load_space({given.files().front(), given.all("set")}, problems);
  for (const config::diagnostic& problem : problems.sorted()) {
    problems_to << config::to_text(problem) << '\n';
  }
  return problems.has_errors() ? std::nullopt : of;
}

command explore_command() {
  return {"explore",
          "SPACE --out DIR [OPTION]...",
          "evaluate a design space, find its front, check it in TLM",
          "Evaluates every point that the space asks for in closed form, and simulates some of\n"
          "them. DIR gets results.sqlite, points.csv, front.csv, report.html and chosen.yaml.\n"
          "Started again with the same DIR it goes on where it was; results do not depend on the\n"
          "number of jobs. With 'mpirun lamina explore ...' all its processes evaluate, and the\n"
          "first keeps the results.\n\n"
          "Exit status: 0 fine, 1 nothing is feasible, 2 bad input, 3 internal error, 130\n"
          "interrupted (what was done is kept).",
          {{"set", "KEY=VALUE", "change one value of the space, such as sampling.points=100", true},
           {"out", "DIR", "where results go, and are gone on with"},
           {"shard", "I/N", "only the I-th of N parts; 'lamina merge' joins them"},
           {"checks", "N", "spot checks in TLM (default: what the space says)"},
           {"jobs", "N", "threads, and spot checks at a time (default: one for each core)"},
           {"quiet", "", "no progress on stderr"},
           {"help", "", "print this"}},
          true,
          run};
}

}  // namespace lamina::app
