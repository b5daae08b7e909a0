// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_buffer.h"

#include <algorithm>

#include "random_draw.h"

namespace lamina::validation {
namespace {

buffer_spec draw_spec(random_draw& draw) {
  buffer_spec spec;
  spec.banks = draw.chance(0.5) ? draw.power_of_two(0, 6) : draw.logarithmic_int(1, 64);
  spec.ports = draw.logarithmic_int(1, 16);
  spec.bank_bytes = draw.power_of_two(2, 7);
  const int words = draw.chance(0.5) ? 1 : draw.power_of_two(1, 3);
  spec.interleave_bytes = words * spec.bank_bytes;
  spec.clock = femtoseconds{draw.logarithmic_whole(300'000, 3'000'000)};
  spec.read_latency_clocks = draw.logarithmic_int(1, 40);
  spec.write_latency_clocks = draw.logarithmic_int(1, 40);
  spec.in_flight = draw.logarithmic_int(1, 1024);
  spec.depth = draw.logarithmic_int(1, 8);
  const std::int64_t periods = draw.logarithmic_whole(1 << 16, 1 << 24) / spec.bank_period();
  spec.capacity_bytes = std::max<std::int64_t>(periods, 1) * spec.bank_period();
  return spec;
}

buffer_workload draw_workload(random_draw& draw, const buffer_spec& spec) {
  buffer_workload work;
  using pattern = access_pattern;
  work.pattern = draw.one_of({pattern::sequential, pattern::strided, pattern::random});
  work.block_bytes = static_cast<std::uint32_t>(
      draw.chance(0.5) ? draw.power_of_two(2, 16) : draw.logarithmic_whole(4, 65536));
  const double words = std::max(1.0, static_cast<double>(work.block_bytes) / spec.bank_bytes);
  const auto most = static_cast<std::int64_t>(std::max(1.0, 3e4 / words));
  work.blocks =
      std::min<std::int64_t>(20'000, draw.chance(0.8) ? most : draw.logarithmic_whole(1, most));
  const std::int64_t far = 4 * spec.bank_period();
  work.stride_bytes = draw.logarithmic_whole(spec.bank_bytes, far);
  if (draw.chance(0.5)) {
    std::int64_t power = spec.bank_bytes;
    while (power * 2 <= work.stride_bytes) power *= 2;
    work.stride_bytes = power;
  }
  work.read_fraction = draw.unit();
  work.requesters = draw.logarithmic_int(1, 32);
  work.in_flight = draw.logarithmic_int(1, 1024);
  const double peak = spec.ports * static_cast<double>(spec.bank_bytes) / to_seconds(spec.clock);
  work.rate_bytes_per_s = draw.chance(0.5) ? 0 : peak * draw.logarithmic(0.05, 2);
  work.seed = static_cast<std::uint64_t>(draw.whole(std::int64_t{1}, std::int64_t{1} << 31));
  return work;
}

const char* word_of(access_pattern pattern) {
  switch (pattern) {
    case access_pattern::strided:
      return "strided";
    case access_pattern::random:
      return "random";
    case access_pattern::sequential:
    case access_pattern::trace:
      break;
  }
  return "sequential";
}

}  // namespace

random_buffer_case draw_buffer_case(std::uint64_t seed, int index) {
  random_draw draw(seed, static_cast<std::uint64_t>(index));
  random_buffer_case made;
  while (true) {
    made.spec = draw_spec(draw);
    made.workload = draw_workload(draw, made.spec);
    if (check(made.spec).empty() && check(made.workload, made.spec).empty()) break;
    ++made.redraws;
  }
  made.group = std::string(word_of(made.workload.pattern)) +
               (made.workload.rate_bytes_per_s > 0 ? "/offered rate" : "/saturating");
  return made;
}

}  // namespace lamina::validation
