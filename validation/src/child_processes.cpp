// SPDX-License-Identifier: Apache-2.0
// Child processes by fork: the SystemC kernel is global state, so one process holds one simulation.
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "child_runs.h"

namespace lamina::validation {
namespace {

constexpr char answered = 'A';
constexpr char failed = 'F';

using task_list = std::vector<std::function<std::string()>>;

struct running_child {
  pid_t process = 0;
  int pipe = -1;
  std::size_t task = 0;
  std::string bytes;
};

void write_all(int pipe, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(pipe, bytes.data() + done, bytes.size() - done);
    if (count > 0) done += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) return;
  }
}

[[noreturn]] void live_as_child(const std::function<std::string()>& task, int pipe) {
  dup2(STDERR_FILENO, STDOUT_FILENO);  // nothing but the parent's answer goes to stdout
  std::string bytes;
  try {
    bytes = answered + task();
  } catch (const std::exception& error) {
    bytes = failed + std::string(error.what());
  } catch (...) {
    bytes = failed + std::string("an unknown exception");
  }
  write_all(pipe, bytes);
  _exit(EXIT_SUCCESS);  // the parent's buffers and exit handlers are its own
}

/// False when the system has no room for another process.
bool start(const task_list& tasks, std::size_t task, std::vector<running_child>& running) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  const pid_t process = fork();
  if (process == 0) {
    close(ends[0]);
    live_as_child(tasks[task], ends[1]);
  }
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return false;
  }
  running.push_back({process, ends[0], task, {}});
  return true;
}

child_answer finish(const running_child& child) {
  close(child.pipe);
  int status = 0;
  while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  child_answer answer;
  if (WIFSIGNALED(status)) {
    answer.error = fmt::format("the child process died of signal {} ({})", WTERMSIG(status),
                               strsignal(WTERMSIG(status)));
  } else if (child.bytes.empty() || WEXITSTATUS(status) != EXIT_SUCCESS) {
    answer.error = fmt::format("the child process ended with status {}", WEXITSTATUS(status));
  } else if (child.bytes.front() == failed) {
    answer.error = child.bytes.substr(1);
  } else {
    answer.ok = true;
    answer.bytes = child.bytes.substr(1);
  }
  return answer;
}

/// Reads what is there; false at the end.
bool drain(running_child& child) {
  char buffer[1 << 16];
  const ssize_t count = read(child.pipe, buffer, sizeof(buffer));
  if (count > 0) child.bytes.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

std::vector<child_answer> run_in_children(const task_list& tasks, int jobs,
                                          const std::function<void(std::size_t)>& done) {
  const std::size_t at_once = jobs > 0
                                  ? static_cast<std::size_t>(jobs)
                                  : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  std::vector<child_answer> answers(tasks.size());
  std::vector<running_child> running;
  std::size_t next = 0, ended = 0;
  while (ended < tasks.size()) {
    while (next < tasks.size() && running.size() < at_once && start(tasks, next, running)) ++next;
    if (running.empty()) {
      for (std::size_t task = next; task < tasks.size(); ++task)
        answers[task].error = "no process could be started";
      break;
    }
    std::vector<pollfd> pipes;
    for (const running_child& child : running) pipes.push_back({child.pipe, POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), -1) < 0) continue;
    for (std::size_t i = running.size(); i-- > 0;) {
      if (pipes[i].revents == 0 || drain(running[i])) continue;
      answers[running[i].task] = finish(running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      ++ended;
      if (done) done(ended);
    }
  }
  return answers;
}

}  // namespace lamina::validation
