// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include "lamina/models/buffer.h"

namespace lamina {
namespace {

using std::to_string;

class finder {
 public:
  std::vector<spec_problem> found;

  void within(const char* path, std::int64_t value, std::int64_t least, std::int64_t most,
              const char* unit = "") {
    if (value >= least && value <= most) return;
    add(path,
        to_string(value) + unit + " is out of range; expected " + to_string(least) + " to " +
            to_string(most) + unit,
        "");
  }
  void not_negative(const char* path, double value, const char* unit) {
    if (std::isfinite(value) && value >= 0) return;
    add(path, std::string("expected a number of ") + unit + " that is not negative", "");
  }
  void add(const char* path, std::string message, std::string suggestion) {
    found.push_back({path, std::move(message), std::move(suggestion)});
  }
};

}  // namespace

std::vector<spec_problem> check(const buffer_spec& s) {
  finder problems;
  problems.within("banks", s.banks, 1, 1024);
  problems.within("ports", s.ports, 1, 1024);
  problems.within("bank_bytes", s.bank_bytes, 1, 4096, " B");
  problems.within("interleave_bytes", s.interleave_bytes, 0, 1 << 20, " B");
  problems.within("clock", s.clock.count(), 1'000, 1'000'000'000'000, " fs");
  problems.within("read_latency_clocks", s.read_latency_clocks, 1, 10'000);
  problems.within("write_latency_clocks", s.write_latency_clocks, 1, 10'000);
  problems.within("capacity_bytes", s.capacity_bytes, 1, std::int64_t{1} << 40, " B");
  problems.within("in_flight", s.in_flight, 1, 1 << 20);
  problems.within("depth", s.depth, 1, 1 << 16);
  problems.not_negative("read_j_per_byte", s.read_j_per_byte, "J/B");
  problems.not_negative("write_j_per_byte", s.write_j_per_byte, "J/B");
  problems.not_negative("background_w", s.background_w, "W");
  if (!problems.found.empty()) return problems.found;
  if (s.interleave() % s.bank_bytes != 0) {
    problems.add("interleave_bytes",
                 to_string(s.interleave_bytes) + " B is no whole number of words of " +
                     to_string(s.bank_bytes) + " B",
                 "make interleave_bytes a multiple of bank_bytes, or 0");
  } else if (s.capacity_bytes % s.bank_period() != 0) {
    problems.add("capacity_bytes",
                 to_string(s.capacity_bytes) + " B does not fill its banks evenly; expected a " +
                     "multiple of banks * interleave = " + to_string(s.bank_period()) + " B",
                 "");
  }
  return problems.found;
}

std::vector<spec_problem> check(const buffer_workload& w, const buffer_spec& s) {
  finder problems;
  problems.within("blocks", w.blocks, 1, std::int64_t{1} << 40);
  problems.within("requesters", w.requesters, 1, 4096);
  problems.within("in_flight", w.in_flight, 1, 1 << 20);
  problems.within("block_bytes", w.block_bytes, 1, std::int64_t{1} << 31, " B");
  problems.not_negative("rate_bytes_per_s", w.rate_bytes_per_s, "B/s");
  if (!(w.read_fraction >= 0 && w.read_fraction <= 1)) {
    problems.add("read_fraction", "out of range; expected 0 to 1", "");
  }
  if (w.pattern == access_pattern::trace) {
    problems.add("pattern", "a buffer moves no traces; expected sequential, strided or random", "");
  }
  if (w.pattern == access_pattern::strided) {
    problems.within("stride_bytes", w.stride_bytes, 0, std::int64_t{1} << 40, " B");
  }
  const std::int64_t room = s.capacity_bytes - s.bank_period();
  if (problems.found.empty() && w.block_bytes > room) {
    problems.add("block_bytes",
                 to_string(w.block_bytes) +
                     " B does not leave one word of each bank beside it in " +
                     to_string(s.capacity_bytes) + " B; expected at most " + to_string(room) + " B",
                 "lower block_bytes or raise capacity_bytes");
  }
  return problems.found;
}

}  // namespace lamina
