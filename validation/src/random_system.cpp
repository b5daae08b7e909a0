// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_system.h"

#include <algorithm>
#include <stdexcept>

#include "lamina/models/interconnect_check.h"
#include "lamina/models/llm_system_step.h"
#include "lamina/validation/random_chip.h"
#include "random_draw.h"

namespace lamina::validation {
namespace {

constexpr int most_exponent = 6;  // 64 chips
/// A vocabulary that leaves the layers something of the time.
constexpr int most_words = 1 << 14;

/// A level of 2^exponent members.
network_level draw_level(random_draw& draw, int exponent) {
  network_level level;
  level.shape = draw.one_of({network_shape::ring, network_shape::mesh, network_shape::torus,
                             network_shape::switched, network_shape::switched,
                             network_shape::fully_connected});
  level.sizes = {1 << exponent};
  if (level.shape == network_shape::mesh || level.shape == network_shape::torus) {
    const int first = draw.whole(0, exponent);
    level.sizes = {1 << first, 1 << (exponent - first)};
  }
  level.bandwidth_bytes_per_s = draw.logarithmic(10e9, 2e12);
  level.latency = from_seconds(draw.logarithmic(10e-9, 5e-6));
  packet_protocol& packets = level.packets;
  packets.payload_bytes = draw.power_of_two(7, 13);
  packets.header_bytes = draw.whole(0, 64);
  packets.switching =
      draw.chance(0.5) ? packet_switching::store_and_forward : packet_switching::cut_through;
  packets.acknowledged = draw.chance(0.3);
  packets.message_overhead =
      draw.chance(0.5) ? femtoseconds{0} : from_seconds(draw.logarithmic(1e-9, 2e-6));
  return level;
}

interconnect_spec draw_network(random_draw& draw) {
  interconnect_spec spec;
  int left = draw.whole(1, most_exponent);
  const int levels = draw.whole(1, std::min(3, left));
  for (int i = 0; i < levels; ++i) {
    const int below = levels - 1 - i;
    const int exponent = below == 0 ? left : draw.whole(1, left - below);
    left -= exponent;
    spec.levels.push_back(draw_level(draw, exponent));
    spec.levels.back().name = "level " + std::to_string(i);
  }
  return spec;
}

void draw_software(random_draw& draw, random_system_case& drawn) {
  collective_software& software = drawn.spec.software.collectives;
  software.one_shot = draw.chance(0.5);
  software.entry = draw.chance(0.5) ? femtoseconds{0} : from_seconds(draw.uniform(0, 5e-6));
  drawn.spec.overlap = draw.one_of({overlap_kind::none, overlap_kind::waves, overlap_kind::rings});
}

/// One of all, a third of those that can share weights doing so.
mapping_spec draw_mapping(random_draw& draw, const std::vector<mapping_spec>& all) {
  const auto any = [&draw](const std::vector<mapping_spec>& of) {
    return of[static_cast<std::size_t>(draw.whole(0, static_cast<int>(of.size()) - 1))];
  };
  const mapping_spec plain = any(all);
  const std::vector<mapping_spec> sharing = with_shared_weights(plain);
  return !sharing.empty() && draw.chance(1.0 / 3) ? any(sharing) : plain;
}

bool fits(const random_system_case& drawn) {
  return footprint_of(drawn.model, drawn.phase, drawn.mapping).total_bytes() <=
         drawn.spec.memory_bytes();
}

}  // namespace

random_system_case draw_system_case(std::uint64_t seed, int index) {
  const random_chip_case chip = draw_chip_case(seed, index);
  random_draw draw(seed + 0x5157u, static_cast<std::uint64_t>(index));
  constexpr int most_redraws = 10'000;
  for (int redraws = 0; redraws < most_redraws; ++redraws) {
    random_system_case drawn;
    drawn.redraws = redraws;
    drawn.family = chip.family;
    drawn.spec.name = chip.spec.name;
    drawn.spec.stacked = chip.spec;
    drawn.spec.network = draw_network(draw);
    draw_software(draw, drawn);
    drawn.model = chip.model;
    drawn.model_name = chip.model_name;
    drawn.model.vocabulary = std::min(drawn.model.vocabulary, most_words);
    drawn.model.layers.assign(static_cast<std::size_t>(draw.whole(1, 4)), chip.model.layers[0]);
    const auto all = legal_mappings(drawn.model, endpoints_of(drawn.spec.network));
    if (all.empty()) continue;
    drawn.mapping = draw_mapping(draw, all);
    drawn.decodes = chip.decodes;
    drawn.phase = chip.phase;
    for (sequence_group& group : drawn.phase.groups) group.count *= drawn.mapping.data;
    if (!check(drawn.spec).empty() || !check(drawn.model).empty() || !check(drawn.phase).empty()) {
      continue;
    }
    if (!fits(drawn)) continue;
    return drawn;
  }
  throw std::logic_error("no system could be drawn");
}

}  // namespace lamina::validation
