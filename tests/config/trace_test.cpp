// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/trace.h"

#include <gtest/gtest.h>

namespace lamina::config {
namespace {

TEST(trace, units_stand_in_the_header_or_in_the_values) {
  diagnostics found;
  const auto trace = parse_trace("t",
                                 "# comment\n"
                                 "time [ns], op, address, bytes [B]\r\n"
                                 "0,read,0x40,64\r\n\n"
                                 "12.5 , W , 128 , 1 KiB\n"
                                 "1 us,R,0,32",
                                 found);
  EXPECT_FALSE(found.has_errors()) << found.text();
  ASSERT_EQ(trace.size(), 3U);
  EXPECT_EQ(trace[0].address, 0x40U);
  EXPECT_EQ(trace[0].bytes, 64U);
  EXPECT_FALSE(trace[0].write);
  EXPECT_EQ(trace[1].time, femtoseconds{12'500'000});
  EXPECT_EQ(trace[1].bytes, 1024U);
  EXPECT_TRUE(trace[1].write);
  EXPECT_EQ(trace[2].time, femtoseconds{1'000'000'000});
}

TEST(trace, problems_are_told_with_line_and_column_but_not_without_end) {
  std::string text = "time,op,address,bytes\n";
  for (int i = 0; i < 1000; ++i) text += "1 ns,read,x,64\n";
  diagnostics found;
  parse_trace("t", text, found);
  EXPECT_EQ(found.size(), 100U);
  EXPECT_EQ(found.sorted().front().where.line, 2);
  EXPECT_EQ(found.sorted().front().where.column, 11);
}

TEST(trace, printed_rows_read_back) {
  const trace_entry request{femtoseconds{1'848'429}, 0xdeadbeef, 96, true};
  const auto again = parse_trace_row(print_trace_row(request));
  ASSERT_TRUE(again.value) << again.wrong.message;
  EXPECT_EQ(again.value->time, request.time);
  EXPECT_EQ(again.value->address, request.address);
  EXPECT_EQ(again.value->bytes, request.bytes);
  EXPECT_TRUE(again.value->write);
}

}  // namespace
}  // namespace lamina::config
