// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lamina/config/access_stream.h"
#include "lamina/config/trace.h"

namespace lamina::config {
namespace {

void read_rows(const node& rows, const std::string& path, std::vector<trace_entry>& trace,
               decode_context& context) {
  for (const entry& item : rows.entries) {
    const auto request = parse_trace_row(item.value.text);
    if (request.value) trace.push_back(*request.value);
    if (!request.value) {
      context.problems.add(item.value.place, path + ": " + request.wrong.message,
                           request.wrong.suggestion);
    }
  }
}

void read_trace(const node& value, const std::string& path, std::vector<trace_entry>& trace,
                decode_context& context) {
  trace.clear();
  if (value.is_list()) {
    read_rows(value, path, trace, context);
    return;
  }
  if (!value.is_scalar() || value.text.empty()) {
    context.problems.add(
        value.place,
        path + ": " + describe_kind(value) + "; expected a file, or a list of requests", "");
    return;
  }
  // From the command line a file is relative to the working directory.
  const std::string file = value.place.line > 0 ? beside(value.place.file, value.text) : value.text;
  const auto text = context.reader(file);
  if (!text) {
    report_unread(value.place, path + ": ", file, "a path is relative to the file that holds it",
                  context.problems);
    return;
  }
  trace = parse_trace(file, *text, context.problems);
}

void declare_trace(mapping& m, std::vector<trace_entry>& trace) {
  parameter& p = m.add("trace", "Trace: the requests, as a CSV file or as a list of its lines");
  p.expected = "a file, or a list of requests such as '12.5 ns,write,0x1000,64'";
  p.schema = [] {
    return std::string(
        R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})");
  };
  p.read = [&trace](const node& value, const std::string& path, decode_context& context) {
    read_trace(value, path, trace, context);
  };
  p.text = [&trace] {
    std::vector<std::string> rows;
    for (const trace_entry& request : trace) rows.push_back('"' + print_trace_row(request) + '"');
    return fmt::format("[{}]", fmt::join(rows, ", "));
  };
}

}  // namespace

mapping declare(access_stream& s) {
  constexpr double most_bytes = 0x1p50;
  mapping m;
  m.text("name", s.name, "What people call it");
  m.choice("pattern", s.pattern, {"sequential", "strided", "random", "trace"},
           "How consecutive addresses follow each other")
      .required();
  m.bytes("base", s.base, {0, most_bytes}, "Where the stream's addresses start");
  m.bytes("range", s.range_bytes, {0, most_bytes},
          "Addresses wrap inside base .. base + range; 0 B: as large as total");
  m.bytes("stride", s.stride_bytes, {0, most_bytes}, "Strided: distance of consecutive requests");
  m.bytes("request", s.request_bytes, {1, 1 << 24}, "Size of a request");
  m.bytes("total", s.total_bytes, {1, most_bytes}, "What the stream moves");
  m.quantity("read_fraction", s.read_fraction, dimension::fraction, {0, 1},
             "Each request is a read with this probability");
  m.quantity("hit_fraction", s.hit_fraction, dimension::fraction, {0, 1},
             "Random: a request follows its predecessor with this probability");
  m.whole("in_flight", s.in_flight, {1, 1 << 16}, "Requests between issue and completion");
  m.quantity("rate", s.rate_bytes_per_s, dimension::byte_rate, {0, 1e15},
             "Offered, evenly spaced; 0 B/s: as fast as the memory takes it");
  declare_trace(m, s.trace);
  return m;
}

mapping declare(memory_workload& w) {
  mapping m;
  m.whole("seed", w.seed, {0, 0x1p62}, "Of all that is random in the streams");
  m.list("streams", w.streams, declare, "Streams that run side by side, from time zero on")
      .required();
  return m;
}

}  // namespace lamina::config
