// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_dram_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lamina/models/dram_timing_rules.h"
#include "lamina/validation/dram_family.h"
#include "random_draw.h"

namespace lamina::validation {
namespace {

constexpr std::uint64_t most_bursts = 200'000;
constexpr std::uint64_t smallest_size = 4 << 10;
constexpr std::uint64_t largest_size = 64 << 20;
constexpr std::int64_t rows_of_a_bank = 16384;

void draw_geometry(random_draw& draw, const dram_family& family, dram_geometry& g) {
  g.layers = draw.logarithmic_int(1, 16);
  g.stack_ids = (g.layers + family.layers_a_stack_id - 1) / family.layers_a_stack_id;
  g.connected_layers = draw.logarithmic_int(1, g.stack_ids);
  g.channels = draw.logarithmic_int(1, 32);
  g.pseudo_channels = draw.whole(1, 2);
  g.bank_groups = draw.logarithmic_int(1, 8);
  g.banks_per_group = draw.logarithmic_int(1, 8);
  g.rows = rows_of_a_bank;
  g.row_bytes = draw.power_of_two(9, 12);
  g.burst_bytes = draw.power_of_two(4, 7);
  g.port_bits = family.port_bits;
  g.pin_rate = family.pin_rate;
}

void draw_timings(random_draw& draw, const dram_geometry& geometry, dram_timings& t) {
  for (clocked_time* value :
       {&t.RL,     &t.WL,     &t.tRCDRD, &t.tRCDWR, &t.tRP,    &t.tRAS,   &t.tRC,         &t.tRTP,
        &t.tWR,    &t.tCCD_S, &t.tCCD_L, &t.tCCD_R, &t.tRRD_S, &t.tRRD_L, &t.tFAW,        &t.tWTR_S,
        &t.tWTR_L, &t.tRTW,   &t.tRFC,   &t.tRFCpb, &t.tREFI,  &t.tRREFD, &t.vertical_hop}) {
    const femtoseconds base = t.tCK * value->clocks + value->time;
    const double scaled = static_cast<double>(base.count()) * draw.uniform(0.6, 1.6);
    *value = {0, femtoseconds{std::llround(scaled)}};
  }
  make_possible(t, geometry);
}

void draw_controller(random_draw& draw, dram_stack_spec& spec) {
  dram_controller_spec& c = spec.controller;
  c.scheduler = draw.one_of({scheduler_policy::fr_fcfs, scheduler_policy::fcfs});
  c.page = draw.one_of({page_policy::open, page_policy::closed, page_policy::adaptive});
  c.queues = draw.one_of({queue_organisation::unified, queue_organisation::split});
  c.queue_entries = draw.logarithmic_int(4, 256);
  c.read_queue_entries = draw.logarithmic_int(4, 256);
  c.write_queue_entries = draw.logarithmic_int(4, 256);
  c.write_high_watermark = draw.whole(1, c.write_queue_entries);
  c.write_low_watermark = draw.whole(0, c.write_high_watermark - 1);
  c.activation_cap = draw.chance(0.5) ? 0 : draw.logarithmic_int(1, 32);
  enum class refresh { none, all_bank, per_bank, hot };
  const refresh kind =
      draw.one_of({refresh::none, refresh::all_bank, refresh::per_bank, refresh::hot});
  const bool per_bank = kind == refresh::per_bank || (kind == refresh::hot && draw.chance(0.5));
  c.refresh = kind == refresh::none ? refresh_policy::none
              : per_bank            ? refresh_policy::per_bank
                                    : refresh_policy::all_bank;
  spec.thermal.temperature_c = kind == refresh::hot ? 90 : 60;
}

int size_of(address_field field, const dram_geometry& g) {
  switch (field) {
    case address_field::column:
      return g.bursts_per_row();
    case address_field::channel:
      return g.channels;
    case address_field::pseudo_channel:
      return g.pseudo_channels;
    case address_field::stack_id:
      return g.stack_ids;
    case address_field::bank_group:
      return g.bank_groups;
    case address_field::bank:
      return g.banks_per_group;
    case address_field::row:
      break;
  }
  return static_cast<int>(g.rows);
}

/// Every bit on its own; what is left of a size that is no power of two stays one digit.
std::vector<address_digit> single_bits(const dram_geometry& geometry) {
  std::vector<address_digit> digits;
  for (int i = 0; i < address_field_count; ++i) {
    const auto field = static_cast<address_field>(i);
    int rest = size_of(field, geometry);
    for (; rest % 2 == 0; rest /= 2) digits.push_back({field, 2});
    if (rest > 1) digits.push_back({field, rest});
  }
  return digits;
}

int bits_of(int size) {
  int bits = 0;
  while ((1 << bits) < size) ++bits;
  return (1 << bits) == size ? bits : 0;
}

void draw_address_map(random_draw& draw, const dram_geometry& geometry, address_map_spec& map) {
  if (draw.chance(0.5)) {
    map.digits = single_bits(geometry);
  } else {
    map.digits = default_address_digits();
  }
  if (draw.chance(0.75)) draw.shuffle(map.digits);
  if (draw.chance(0.5)) return;
  std::vector<address_field> targets;
  for (const address_field field :
       {address_field::channel, address_field::pseudo_channel, address_field::stack_id,
        address_field::bank_group, address_field::bank})
    if (bits_of(size_of(field, geometry)) > 0) targets.push_back(field);
  std::vector<address_field> sources;
  for (const address_field field : {address_field::row, address_field::column})
    if (bits_of(size_of(field, geometry)) > 0) sources.push_back(field);
  if (targets.empty()) return;
  const auto pick = [&](const std::vector<address_field>& fields, address_field& field, int& bit) {
    field = fields[static_cast<std::size_t>(draw.whole(0, static_cast<int>(fields.size()) - 1))];
    bit = draw.whole(0, bits_of(size_of(field, geometry)) - 1);
  };
  for (int left = draw.whole(1, 4); left > 0; --left) {
    address_xor x;
    pick(targets, x.target, x.target_bit);
    pick(sources, x.source, x.source_bit);
    map.xors.push_back(x);
  }
}

void draw_stream(random_draw& draw, const dram_stack_spec& spec, std::uint64_t size,
                 access_stream& stream) {
  stream.pattern =
      draw.one_of({access_pattern::sequential, access_pattern::strided, access_pattern::random});
  const std::uint64_t request = stream.request_bytes;
  const auto capacity = static_cast<std::uint64_t>(spec.geometry.capacity_bytes());
  stream.range_bytes = std::min(std::max(size, request), capacity);
  if (stream.pattern == access_pattern::strided) {
    // A power of two of bytes, or an odd number of requests; a request at least.
    const auto steps = static_cast<std::uint64_t>(draw.logarithmic_whole(
        1, static_cast<std::int64_t>(std::max<std::uint64_t>(1, stream.range_bytes / request))));
    if (draw.chance(0.5)) {
      stream.stride_bytes = 1;
      while (stream.stride_bytes < request * steps) stream.stride_bytes *= 2;
    } else {
      stream.stride_bytes = request * (steps | 1);
    }
  }
  stream.hit_fraction = stream.pattern == access_pattern::random ? draw.unit() : 0;
  const auto burst = static_cast<std::uint64_t>(spec.geometry.burst_bytes);
  const std::uint64_t bursts = (capacity - stream.range_bytes) / burst + 1;
  stream.base = burst * static_cast<std::uint64_t>(draw.unit() * static_cast<double>(bursts));
}

void draw_workload(random_draw& draw, random_dram_case& drawn) {
  const int burst = drawn.spec.geometry.burst_bytes;
  const int streams = draw.logarithmic_int(1, 16);
  access_stream common;
  common.request_bytes = static_cast<std::uint32_t>(burst * draw.logarithmic_int(1, 4096 / burst));
  common.read_fraction = draw.unit();
  common.in_flight = draw.logarithmic_int(1, 1024);
  const auto size = static_cast<std::uint64_t>(
      draw.logarithmic_whole(smallest_size, static_cast<std::int64_t>(largest_size)));
  // Above the peak an offered rate is no different from none.
  const double share = draw.logarithmic(0.05, 2);
  drawn.offered_share = share < 1 ? share : 0;
  const auto count = static_cast<std::uint64_t>(streams);
  const std::uint64_t most = most_bursts * static_cast<std::uint64_t>(burst);
  common.total_bytes = std::max<std::uint64_t>(std::min(size, most) / count, common.request_bytes);
  common.rate_bytes_per_s = drawn.offered_share * peak_bandwidth(drawn.spec) / streams;
  for (int i = 0; i < streams; ++i) {
    access_stream stream = common;
    stream.name = fmt::format("stream{}", i);
    draw_stream(draw, drawn.spec, size / count, stream);
    drawn.workload.streams.push_back(std::move(stream));
  }
  drawn.workload.seed = static_cast<std::uint64_t>(draw.whole(0, 1 << 30));
}

/// A refresh scheme that needs more than a quarter of the row-command slots cannot be built.
bool can_exist(const dram_stack_spec& spec) {
  if (!address_map::check(spec.address_map, spec.geometry).empty()) return false;
  if (spec.controller.refresh == refresh_policy::none) return true;
  const dram_clocks clocks = resolve(spec.geometry, spec.timings);
  const bool per_bank = spec.controller.refresh == refresh_policy::per_bank;
  const double interval =
      (per_bank ? clocks.tREFIpb : clocks.tREFI) / (spec.thermal.hot(0) ? 2.0 : 1.0);
  const dram_geometry& g = spec.geometry;
  const bool by_port = spec.controller.command_bus == command_bus_scope::port;
  const double units = by_port ? (g.stack_ids + g.connected_layers - 1) / g.connected_layers
                               : g.pseudo_channels * g.stack_ids;
  if (per_bank && clocks.tRREFD > interval) return false;
  return units / interval <= 0.25;
}

}  // namespace

double peak_bandwidth(const dram_stack_spec& spec) {
  const dram_clocks clocks = resolve(spec.geometry, spec.timings);
  const double burst_s = to_seconds(clocks.tCK) * clocks.burst;
  return spec.geometry.channels * spec.geometry.ports() * (spec.geometry.burst_bytes / burst_s);
}

random_dram_case draw_dram_case(std::uint64_t seed, int index) {
  const std::vector<dram_family> families = dram_families();
  const dram_family& family = families[static_cast<std::size_t>(index) % families.size()];
  random_draw draw(seed, static_cast<std::uint64_t>(index));
  constexpr int most_redraws = 10'000;
  for (int redraws = 0; redraws < most_redraws; ++redraws) {
    random_dram_case drawn;
    drawn.family = family.name;
    drawn.redraws = redraws;
    drawn.spec.name = fmt::format("dram_stack_{}_{}", seed, index);
    drawn.spec.timings = family.timings;
    drawn.spec.controller.command_bus = family.command_bus;
    draw_geometry(draw, family, drawn.spec.geometry);
    draw_timings(draw, drawn.spec.geometry, drawn.spec.timings);
    draw_controller(draw, drawn.spec);
    draw_address_map(draw, drawn.spec.geometry, drawn.spec.address_map);
    if (!can_exist(drawn.spec)) continue;
    draw_workload(draw, drawn);
    return drawn;
  }
  throw std::logic_error("no stack could be drawn");
}

}  // namespace lamina::validation
