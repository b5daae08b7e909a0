// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "child_runs.h"

namespace lamina::validation {
namespace {

using task_list = std::vector<std::function<std::string()>>;

TEST(child_processes, answer_in_the_order_of_the_tasks) {
  task_list tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back([i] { return std::to_string(i); });
  std::size_t calls = 0;
  const auto answers = run_in_children(tasks, 3, [&](std::size_t done) { calls = done; });
  ASSERT_EQ(answers.size(), 20U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].bytes, std::to_string(i));
  EXPECT_EQ(calls, 20U);
}

TEST(child_processes, lose_only_the_one_that_crashes_or_throws) {
  const task_list tasks = {
      [] { return std::string("first"); }, []() -> std::string { std::abort(); },
      []() -> std::string { throw std::runtime_error("no such stack"); },
      []() -> std::string { std::_Exit(7); }, [] { return std::string("last"); }};
  const auto answers = run_in_children(tasks, 2, nullptr);
  EXPECT_EQ(answers[0].bytes, "first");
  EXPECT_FALSE(answers[1].ok);
  EXPECT_NE(answers[1].error.find("signal 6"), std::string::npos);
  EXPECT_EQ(answers[2].error, "no such stack");
  EXPECT_FALSE(answers[3].ok);
  EXPECT_EQ(answers[4].bytes, "last");
}

TEST(child_processes, carry_large_answers) {
  const std::string large(3 << 20, 'x');
  const auto answers = run_in_children({[&] { return large; }}, 0, nullptr);
  EXPECT_EQ(answers[0].bytes, large);
}

TEST(child_processes, do_not_share_memory_with_the_parent) {
  int value = 1;
  run_in_children({[&] {
                    value = 2;
                    return std::string("done");
                  }},
                  1, nullptr);
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace lamina::validation
