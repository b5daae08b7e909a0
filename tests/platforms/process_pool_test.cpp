// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/process_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace lamina::platforms {
namespace {

using task_list = std::vector<process_task>;
using state = process_outcome::state;

std::string sleep_long() {
  sleep(60);
  return "awake";
}

TEST(process_pool, answers_in_the_order_of_the_tasks) {
  task_list tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back([i] { return std::to_string(i); });
  process_pool_options options;
  options.jobs = 3;
  std::size_t calls = 0;
  options.progress = [&](std::size_t ended, std::size_t total) {
    EXPECT_EQ(ended, ++calls);
    EXPECT_EQ(total, 20U);
  };
  const auto outcomes = run_in_processes(tasks, options);
  ASSERT_EQ(outcomes.size(), 20U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(outcomes[static_cast<std::size_t>(i)].bytes, std::to_string(i));
  EXPECT_EQ(calls, 20U);
}

TEST(process_pool, loses_only_the_one_that_crashes_or_throws) {
  const task_list tasks = {
      [] { return std::string("first"); }, []() -> std::string { std::abort(); },
      []() -> std::string { throw std::runtime_error("no such stack"); },
      []() -> std::string { std::_Exit(7); }, [] { return std::string("last"); }};
  process_pool_options options;
  options.jobs = 2;
  const auto outcomes = run_in_processes(tasks, options);
  EXPECT_EQ(outcomes[0].bytes, "first");
  EXPECT_EQ(outcomes[1].what, state::failed);
  EXPECT_NE(outcomes[1].error.find("signal 6"), std::string::npos);
  EXPECT_EQ(outcomes[2].error, "no such stack");
  EXPECT_EQ(outcomes[3].what, state::failed);
  EXPECT_NE(outcomes[3].error.find("status 7"), std::string::npos);
  EXPECT_EQ(outcomes[4].bytes, "last");
}

TEST(process_pool, carries_large_answers) {
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(run_in_processes({[&] { return large; }})[0].bytes, large);
}

TEST(process_pool, shares_no_memory_with_the_parent) {
  int value = 1;
  run_in_processes({[&] {
    value = 2;
    return std::string("done");
  }});
  EXPECT_EQ(value, 1);
}

TEST(process_pool, stops_a_task_beyond_its_time_limit_and_keeps_the_others) {
  process_pool_options options;
  options.jobs = 2;
  options.time_limit_s = 2;
  const auto outcomes =
      run_in_processes({sleep_long, [] { return std::string("quick"); }}, options);
  EXPECT_EQ(outcomes[0].what, state::failed);
  EXPECT_NE(outcomes[0].error.find("time limit"), std::string::npos);
  EXPECT_EQ(outcomes[1].bytes, "quick");
}

TEST(process_pool, keeps_what_is_done_when_interrupted) {
  process_pool_options options;
  options.jobs = 1;
  options.progress = [](std::size_t, std::size_t) { kill(getpid(), SIGINT); };
  const auto outcomes = run_in_processes({[] { return std::string("done"); }, sleep_long}, options);
  EXPECT_EQ(outcomes[0].bytes, "done");
  EXPECT_EQ(outcomes[1].what, state::interrupted);
}

}  // namespace
}  // namespace lamina::platforms
