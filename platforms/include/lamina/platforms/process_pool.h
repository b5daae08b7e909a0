// SPDX-License-Identifier: Apache-2.0
// Runs tasks in child processes, several at a time, so that a crash in one loses only its own.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace lamina::platforms {

/// A task runs in a child of its own and returns bytes to the parent. What it throws is its
/// failure. It must not print to stdout (what it prints there goes to stderr).
using process_task = std::function<std::string()>;

struct process_outcome {
  enum class state {
    done,        ///< `bytes` is what the task returned
    failed,      ///< it threw, crashed, or took too long; `error` says which
    interrupted  ///< SIGINT or SIGTERM came first
  };
  state what = state::interrupted;
  std::string bytes;
  std::string error;
  bool ok() const { return what == state::done; }
};

struct process_pool_options {
  int jobs = 0;             ///< children at a time; 0: one for each core
  double time_limit_s = 0;  ///< wall-clock seconds for each task; 0: none
  /// Called in the parent after each task that ended.
  std::function<void(std::size_t ended, std::size_t total)> progress;
};

/// Each task once; outcomes are in the order of the tasks. On SIGINT or SIGTERM the children are
/// stopped and the outcomes so far returned, with the rest marked interrupted; the signal is
/// consumed. Forks, so the caller must have no other thread that holds a lock a task needs.
std::vector<process_outcome> run_in_processes(const std::vector<process_task>& tasks,
                                              const process_pool_options& options = {});

}  // namespace lamina::platforms
