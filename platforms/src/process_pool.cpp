// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/process_pool.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

namespace lamina::platforms {
namespace {

using steady = std::chrono::steady_clock;

constexpr char answered = 'A';
constexpr char threw = 'F';

/// SIGINT and SIGTERM as a readable descriptor while it lives: no handler, no global.
class held_signals {
 public:
  held_signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    descriptor_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~held_signals() {
    if (descriptor_ >= 0) close(descriptor_);
    release();
  }
  held_signals(const held_signals&) = delete;
  held_signals& operator=(const held_signals&) = delete;

  int descriptor() const { return descriptor_; }
  void consume() const {
    signalfd_siginfo information{};
    while (read(descriptor_, &information, sizeof(information)) > 0) {
    }
  }
  void release() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

struct child_process {
  pid_t process = 0;
  int pipe = -1;
  std::size_t task = 0;
  std::string bytes;
  steady::time_point deadline;
  bool late = false;
};

void write_all(int pipe, const std::string& bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(pipe, bytes.data() + written, bytes.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) return;
  }
}

[[noreturn]] void live_as_child(const process_task& task, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  std::string bytes;
  try {
    bytes = answered + task();
  } catch (const std::exception& error) {
    bytes = threw + std::string(error.what());
  } catch (...) {
    bytes = threw + std::string("an exception that is no std::exception");
  }
  write_all(pipe, bytes);
  _exit(EXIT_SUCCESS);  // the parent's buffers and exit handlers are its own
}

/// Reads what is there; false at the end.
bool drain(child_process& child) {
  char buffer[1 << 16];
  const ssize_t count = read(child.pipe, buffer, sizeof(buffer));
  if (count > 0) child.bytes.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

/// Waits for a child whose pipe has ended.
process_outcome reap(child_process& child) {
  close(child.pipe);
  int status = 0;
  while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  process_outcome outcome;
  outcome.what = process_outcome::state::failed;
  if (child.late) {
    outcome.error = "it took longer than its time limit";
  } else if (WIFSIGNALED(status)) {
    outcome.error = std::string("its process died of signal ") + std::to_string(WTERMSIG(status)) +
                    " (" + strsignal(WTERMSIG(status)) + ")";
  } else if (child.bytes.empty()) {
    outcome.error =
        "its process ended with status " + std::to_string(WEXITSTATUS(status)) + " and no answer";
  } else if (child.bytes.front() == threw) {
    outcome.error = child.bytes.substr(1);
  } else {
    outcome.what = process_outcome::state::done;
    outcome.bytes = child.bytes.substr(1);
  }
  return outcome;
}

class pool {
 public:
  pool(const std::vector<process_task>& tasks, const process_pool_options& options)
      : tasks_(tasks), options_(options), outcomes_(tasks.size()) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    at_once_ = options.jobs > 0 ? static_cast<std::size_t>(options.jobs) : cores;
  }

  std::vector<process_outcome> run() {
    while (ended_ < tasks_.size() && !interrupted_) {
      while (next_ < tasks_.size() && running_.size() < at_once_ && start(next_)) ++next_;
      if (running_.empty()) {
        fail_unstarted();
        break;
      }
      wait_for_news();
    }
    for (child_process& child : running_) {
      kill(child.process, SIGKILL);
      reap(child);
    }
    return std::move(outcomes_);
  }

 private:
  /// False when the system has no room for another process.
  bool start(std::size_t task) {
    int ends[2];
    if (::pipe(ends) != 0) return false;
    const pid_t process = fork();
    if (process == 0) {
      close(ends[0]);
      signals_.release();
      live_as_child(tasks_[task], ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
      close(ends[0]);
      return false;
    }
    const auto limit = std::chrono::duration_cast<steady::duration>(
        std::chrono::duration<double>(std::min(options_.time_limit_s, 1e8)));
    running_.push_back({process, ends[0], task, {}, steady::now() + limit});
    return true;
  }

  void fail_unstarted() {
    for (std::size_t task = next_; task < tasks_.size(); ++task) {
      outcomes_[task] = {process_outcome::state::failed, {}, "no process could be started for it"};
    }
  }

  int patience_ms() const {
    if (options_.time_limit_s <= 0) return -1;
    auto nearest = running_.front().deadline;
    for (const child_process& child : running_) nearest = std::min(nearest, child.deadline);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(nearest - steady::now()).count();
    return static_cast<int>(std::clamp<long long>(left + 1, 0, 60'000));
  }

  void wait_for_news() {
    std::vector<pollfd> watched;
    for (const child_process& child : running_) watched.push_back({child.pipe, POLLIN, 0});
    watched.push_back({signals_.descriptor(), POLLIN, 0});
    if (poll(watched.data(), watched.size(), patience_ms()) < 0) return;
    if (watched.back().revents != 0) {
      signals_.consume();
      interrupted_ = true;
      return;
    }
    for (std::size_t i = running_.size(); i-- > 0;) {
      if (watched[i].revents != 0 && !drain(running_[i])) finish(i);
    }
    stop_late();
  }

  void finish(std::size_t place) {
    outcomes_[running_[place].task] = reap(running_[place]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(place));
    ++ended_;
    if (options_.progress) options_.progress(ended_, tasks_.size());
  }

  /// A killed child's pipe ends, and the next round collects it.
  void stop_late() {
    if (options_.time_limit_s <= 0) return;
    for (child_process& child : running_) {
      if (child.late || steady::now() < child.deadline) continue;
      child.late = true;
      kill(child.process, SIGKILL);
    }
  }

  const std::vector<process_task>& tasks_;
  const process_pool_options& options_;
  std::vector<process_outcome> outcomes_;
  std::vector<child_process> running_;
  held_signals signals_;
  std::size_t at_once_ = 1;
  std::size_t next_ = 0, ended_ = 0;
  bool interrupted_ = false;
};

}  // namespace

std::vector<process_outcome> run_in_processes(const std::vector<process_task>& tasks,
                                              const process_pool_options& options) {
  return pool(tasks, options).run();
}

}  // namespace lamina::platforms
