// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/csv_table.h"

#include <gtest/gtest.h>

namespace lamina::validation {
namespace {

/// The messages of what `action` throws; fails when it does not.
template <typename Action>
std::vector<std::string> messages_of(Action action) {
  try {
    action();
  } catch (const reference_error& error) {
    return error.messages();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(csv_table, reads_values_by_column) {
  csv_table table = csv_table::parse("t.csv", "b,a\r\n2, 1\n\n4,3\n", {"a", "b"});
  ASSERT_EQ(table.rows(), 2U);
  EXPECT_EQ(table.integer(0, "a", 0, 9), 1);
  EXPECT_EQ(table.integer(1, "b", 0, 9), 4);
  EXPECT_NO_THROW(table.finish());
}

TEST(csv_table, names_a_missing_column_and_those_that_are_there) {
  const auto messages = messages_of([] { csv_table::parse("t.csv", "a,b\n1,2\n", {"a", "c"}); });
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0], "t.csv:1:1: expected a column 'c'; the header has a, b");
}

TEST(csv_table, locates_rows_of_another_length) {
  const auto messages =
      messages_of([] { csv_table::parse("t.csv", "a,b\n1,2\n3\n4,5,6\n", {"a"}); });
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0], "t.csv:3:1: expected 2 values as in the header, found 1");
  EXPECT_EQ(messages[1], "t.csv:4:1: expected 2 values as in the header, found 3");
}

TEST(csv_table, locates_every_value_that_is_wrong) {
  csv_table table = csv_table::parse("t.csv", "a,b\n1,x\n99,nan\n", {"a", "b"});
  for (std::size_t row = 0; row < table.rows(); ++row) {
    table.integer(row, "a", 0, 9);
    table.number(row, "b", 0);
  }
  const auto messages = messages_of([&] { table.finish(); });
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0], "t.csv:2:3: column 'b': expected a number of at least 0, found 'x'");
  EXPECT_EQ(messages[1], "t.csv:3:1: column 'a': expected a whole number from 0 to 9, found '99'");
  EXPECT_EQ(messages[2], "t.csv:3:4: column 'b': expected a number of at least 0, found 'nan'");
}

TEST(csv_table, refuses_numbers_with_a_tail_and_numbers_beyond_64_bits) {
  csv_table table = csv_table::parse("t.csv", "a\n1x\n99999999999999999999\n\"1\"\n", {"a"});
  for (std::size_t row = 0; row < table.rows(); ++row) table.integer(row, "a", 0, 9);
  EXPECT_EQ(messages_of([&] { table.finish(); }).size(), 3U);
}

TEST(csv_table, does_not_bury_the_first_errors) {
  std::string text = "a\n";
  for (int i = 0; i < 1000; ++i) text += "x\n";
  csv_table table = csv_table::parse("t.csv", text, {"a"});
  for (std::size_t row = 0; row < table.rows(); ++row) table.integer(row, "a", 0, 9);
  EXPECT_EQ(messages_of([&] { table.finish(); }).size(), 21U);
}

TEST(csv_table, wants_a_header) {
  EXPECT_EQ(messages_of([] { csv_table::parse("t.csv", "\n\n", {}); }).at(0),
            "t.csv:1:1: expected a header line, found none");
}

TEST(csv_table, says_which_file_cannot_be_read) {
  EXPECT_EQ(messages_of([] { csv_table("/nowhere/t.csv", {}); }).at(0),
            "/nowhere/t.csv: cannot be read: there is no such file");
  EXPECT_EQ(messages_of([] { csv_table("/", {}); }).at(0),
            "/: cannot be read: it is a folder\n    name a file in it");
}

}  // namespace
}  // namespace lamina::validation
