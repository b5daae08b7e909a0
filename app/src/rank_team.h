// SPDX-License-Identifier: Apache-2.0
// The processes that one `mpirun` started: points are spread over them, the first keeps results.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

#include "lamina/explore/evaluate.h"

namespace lamina::app {

/// Which of how many processes this is, by the environment that `mpirun` or `srun` sets. Asks no
/// MPI library, so that a process that was started alone pays for none.
struct rank_place {
  int rank = 0;
  int ranks = 1;
  bool first() const { return rank == 0; }
};
rank_place place_in_environment();

/// While it lives nothing reaches stdout and stderr: what is wrong with a command line is wrong in
/// all ranks, and the first tells.
class silence {
 public:
  silence();
  ~silence();
  silence(const silence&) = delete;
  silence& operator=(const silence&) = delete;

 private:
  struct nowhere : std::streambuf {
    int overflow(int c) override { return traits_type::not_eof(c); }
  };
  nowhere nowhere_;
  std::streambuf* out_;
  std::streambuf* err_;
};

/// What went wrong on a rank other than the first.
struct rank_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Starts MPI when made and ends it when it goes; once in a process. Every rank makes one; then the
/// first calls evaluate(), at most once, and the others serve(). When it goes on the first rank,
/// those that still wait are let go.
class rank_team {
 public:
  /// Throws usage_error in a program that was built without MPI.
  rank_team();
  ~rank_team();
  rank_team(const rank_team&) = delete;
  rank_team& operator=(const rank_team&) = delete;

  using delivery = std::function<void(std::vector<explore::point_result>)>;

  /// As explore::evaluate(), on all ranks; `stop` may be set by a signal or by a rank that was
  /// stopped. Runs of points of nearby hardware go to whoever is free, long ones first. Throws
  /// rank_error for what another rank met.
  void evaluate(const explore::space& of, std::vector<std::uint64_t> points, int jobs,
                std::atomic<bool>& stop, const delivery& deliver);
  /// Of the last evaluate().
  const std::vector<std::size_t>& points_by_rank() const;
  /// Evaluates what the first rank hands over, until there is no more.
  void serve(const explore::space& of, int jobs, std::atomic<bool>& stop);
  /// Instead, where a rank finds what the first did not: the first throws with `why`.
  void refuse(const std::string& why);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace lamina::app
