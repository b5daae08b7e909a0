// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace lamina::config {
namespace {

constexpr std::size_t columns = 4;
constexpr std::array<std::string_view, columns> column_names = {"time", "op", "address", "bytes"};
constexpr std::size_t most_problems = 100;
constexpr std::uint64_t largest_request = 1U << 24U;
constexpr std::uint64_t largest_address = std::uint64_t{1} << 50U;

struct cell {
  std::string_view text;
  int column = 1;  ///< of its first character, from 1
};

cell trimmed(cell c) {
  while (!c.text.empty() && (c.text.front() == ' ' || c.text.front() == '\t')) {
    c.text.remove_prefix(1);
    ++c.column;
  }
  while (!c.text.empty() &&
         (c.text.back() == ' ' || c.text.back() == '\t' || c.text.back() == '\r')) {
    c.text.remove_suffix(1);
  }
  return c;
}

struct split_row {
  std::array<cell, columns> cells;
  std::size_t count = 0;  ///< cells that the row has, also beyond four
};

split_row split(std::string_view row) {
  split_row result;
  for (std::size_t begin = 0; begin <= row.size();) {
    const std::size_t comma = std::min(row.find(',', begin), row.size());
    if (result.count < columns) {
      result.cells[result.count] =
          trimmed({row.substr(begin, comma - begin), static_cast<int>(begin) + 1});
    }
    ++result.count;
    begin = comma + 1;
  }
  return result;
}

struct row_problem {
  int column = 1;
  complaint wrong;
};

/// What the header says about units: appended to values that have none.
struct row_format {
  std::string time_unit;
};

parsed<std::uint64_t> parse_address(std::string_view text) {
  constexpr std::string_view expected = "bytes, such as 4096 or 0x1000";
  const bool hexadecimal = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
  const std::string_view digits = hexadecimal ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
  if (error == std::errc::result_out_of_range ||
      (error == std::errc() && value >= largest_address)) {
    return {
        {},
        {fmt::format("address {} is out of range; expected less than 2^50", in_quotes(text)), ""}};
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return {{}, {fmt::format("address {}; expected {}", in_quotes(text), expected), ""}};
  }
  return {value, {}};
}

parsed<std::uint32_t> parse_size(std::string_view text) {
  const bool plain =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  const auto value = parse_bytes(plain ? std::string(text) + " B" : std::string(text));
  if (!value.value) return {{}, value.wrong};
  if (*value.value < 1 || *value.value > largest_request) {
    return {{},
            {fmt::format("{} is out of range; expected 1 to {} bytes", in_quotes(text),
                         largest_request),
             ""}};
  }
  return {static_cast<std::uint32_t>(*value.value), {}};
}

parsed<bool> parse_operation(std::string_view text) {
  if (text == "read" || text == "R") return {false, {}};
  if (text == "write" || text == "W") return {true, {}};
  const std::string near = nearest(text, {"read", "write"});
  return {{},
          {fmt::format("op {}; expected read or write", in_quotes(text)),
           near.empty() ? "" : "did you mean '" + near + "'?"}};
}

std::optional<row_problem> parse_row(std::string_view row, const row_format& format,
                                     trace_entry& request) {
  const split_row parts = split(row);
  if (parts.count != columns) {
    return row_problem{
        1, {fmt::format("{} values; expected 4: time,op,address,bytes", parts.count), ""}};
  }
  const auto& cells = parts.cells;
  const bool plain = cells[0].text.find_first_not_of("0123456789.eE-+") == std::string_view::npos;
  const auto time = parse_time(plain && !format.time_unit.empty() && !cells[0].text.empty()
                                   ? std::string(cells[0].text) + ' ' + format.time_unit
                                   : std::string(cells[0].text));
  if (!time.value) return row_problem{cells[0].column, time.wrong};
  if (time.value->count() < 0) {
    return row_problem{cells[0].column, {in_quotes(cells[0].text) + " is before time zero", ""}};
  }
  const auto write = parse_operation(cells[1].text);
  if (!write.value) return row_problem{cells[1].column, write.wrong};
  const auto address = parse_address(cells[2].text);
  if (!address.value) return row_problem{cells[2].column, address.wrong};
  const auto bytes = parse_size(cells[3].text);
  if (!bytes.value) return row_problem{cells[3].column, bytes.wrong};
  request = {*time.value, *address.value, *bytes.value, *write.value};
  return {};
}

/// The unit in "time [ns]", empty without one.
parsed<std::string> parse_header_cell(std::string_view text, std::string_view name) {
  const std::size_t open = text.find('[');
  const std::string_view word = trimmed({text.substr(0, open), 1}).text;
  if (word != name) {
    return {{},
            {fmt::format("column {}; expected {}", in_quotes(text), name),
             "the first line is 'time,op,address,bytes' or 'time [ns],op,address,bytes'"}};
  }
  if (open == std::string_view::npos) return {std::string(), {}};
  const std::size_t close = text.find(']', open);
  if (close != text.size() - 1)
    return {{}, {in_quotes(text) + " has no closing bracket at its end", ""}};
  const std::string unit(trimmed({text.substr(open + 1, close - open - 1), 1}).text);
  const dimension what = name == "time" ? dimension::time : dimension::bytes;
  const auto unit_works = parse_quantity("1 " + unit, what);
  if (name == "op" || unit.empty() || !unit_works.value || (name != "time" && unit != "B")) {
    return {{},
            {fmt::format("unit {} of column {}; expected {}", in_quotes(unit), name,
                         name == "time" ? "s, ms, us, ns, ps or fs"
                         : name == "op" ? "none"
                                        : "B"),
             ""}};
  }
  return {unit, {}};
}

std::optional<row_problem> parse_header(std::string_view row, row_format& format) {
  const split_row parts = split(row);
  for (std::size_t i = 0; i < columns; ++i) {
    const cell c = i < parts.count ? parts.cells[i] : cell{"", static_cast<int>(row.size()) + 1};
    const auto unit = parse_header_cell(c.text, column_names[i]);
    if (!unit.value) return row_problem{c.column, unit.wrong};
    if (i == 0) format.time_unit = *unit.value;
  }
  if (parts.count > columns)
    return row_problem{1, {fmt::format("{} columns; expected 4", parts.count), ""}};
  return {};
}

}  // namespace

std::vector<trace_entry> parse_trace(const std::string& file, std::string_view text,
                                     diagnostics& problems) {
  std::vector<trace_entry> trace;
  row_format format;
  bool header_seen = false;
  int line = 0;
  const std::size_t before = problems.size();
  for (std::size_t begin = 0; begin < text.size() && problems.size() - before < most_problems;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view row = text.substr(begin, end - begin);
    begin = end + 1;
    ++line;
    const std::string_view content = trimmed({row, 1}).text;
    if (content.empty() || content.front() == '#') continue;
    trace_entry request;
    std::optional<row_problem> wrong =
        header_seen ? parse_row(row, format, request) : parse_header(row, format);
    if (!wrong && header_seen && !trace.empty() && request.time < trace.back().time) {
      wrong = row_problem{1,
                          {"time goes back, from " + print_time(trace.back().time) + " to " +
                               print_time(request.time),
                           "sort the requests by time"}};
    }
    if (wrong) {
      problems.add({file, line, wrong->column}, wrong->wrong.message, wrong->wrong.suggestion);
      if (!header_seen) return {};
    } else if (header_seen) {
      trace.push_back(request);
    }
    header_seen = true;
  }
  if (!header_seen || (trace.empty() && problems.size() == before)) {
    problems.add({file, line == 0 ? 1 : line, 1}, "the trace holds no requests",
                 "expected the line 'time [ns],op,address,bytes', then one request a line");
  }
  return trace;
}

parsed<trace_entry> parse_trace_row(std::string_view row) {
  trace_entry request;
  auto wrong = parse_row(row, {}, request);
  if (wrong) return {{}, std::move(wrong->wrong)};
  return {request, {}};
}

std::string print_trace_row(const trace_entry& request) {
  return fmt::format("{},{},0x{:x},{}", print_time(request.time), request.write ? "write" : "read",
                     request.address, request.bytes);
}

}  // namespace lamina::config
