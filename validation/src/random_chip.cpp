// SPDX-License-Identifier: Apache-2.0
#include "lamina/validation/random_chip.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lamina/config/hugging_face.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/llm_footprint.h"
#include "lamina/models/llm_operators.h"
#include "lamina/validation/dram_family.h"
#include "random_draw.h"

namespace lamina::validation {
namespace {

void draw_geometry(random_draw& draw, const dram_family& family, dram_geometry& g) {
  g.layers = draw.logarithmic_int(1, 16);
  g.stack_ids = (g.layers + family.layers_a_stack_id - 1) / family.layers_a_stack_id;
  g.connected_layers = draw.logarithmic_int(1, g.stack_ids);
  g.channels = draw.power_of_two(2, 5);
  g.pseudo_channels = family.command_bus == command_bus_scope::port ? 1 : draw.whole(1, 2);
  g.bank_groups = draw.power_of_two(0, 2);
  g.banks_per_group = draw.power_of_two(1, 3);
  g.rows = 16384;
  g.row_bytes = draw.power_of_two(9, 11);
  g.burst_bytes = draw.power_of_two(5, 6);
  g.port_bits = family.port_bits;
  g.pin_rate = family.pin_rate;
}

void draw_timings(random_draw& draw, const dram_geometry& geometry, dram_timings& t) {
  for (clocked_time* value : {&t.RL, &t.WL, &t.tRCDRD, &t.tRCDWR, &t.tRP, &t.tRAS, &t.tRC, &t.tWR,
                              &t.tRRD_S, &t.tRRD_L, &t.tFAW, &t.tWTR_S, &t.tWTR_L, &t.tRTW}) {
    const femtoseconds base = t.tCK * value->clocks + value->time;
    *value = {
        0, femtoseconds{std::llround(static_cast<double>(base.count()) * draw.uniform(0.8, 1.25))}};
  }
  make_possible(t, geometry);
}

void draw_controller(random_draw& draw, dram_stack_spec& spec) {
  dram_controller_spec& c = spec.controller;
  c.scheduler = scheduler_policy::fr_fcfs;
  c.page = draw.one_of(
      {page_policy::open, page_policy::open, page_policy::closed, page_policy::adaptive});
  c.queues = queue_organisation::split;
  c.read_queue_entries = draw.logarithmic_int(8, 64);
  c.write_queue_entries = draw.logarithmic_int(8, 64);
  c.write_high_watermark = std::max(2, c.write_queue_entries * 3 / 4);
  c.write_low_watermark = c.write_queue_entries / 4;
  c.refresh =
      draw.one_of({refresh_policy::none, refresh_policy::all_bank, refresh_policy::per_bank});
  c.activation_cap = draw.chance(0.8) ? 0 : spec.geometry.channels * draw.logarithmic_int(1, 8);
}

int bits_of(int size) {
  int bits = 0;
  while ((2 << bits) <= size) ++bits;
  return bits;
}

/// Consecutive bursts of one row, then channels, then what is left, rows last.
void draw_address_map(random_draw& draw, const dram_geometry& g, address_map_spec& map) {
  using field = address_field;
  const int run = draw.power_of_two(0, bits_of(g.bursts_per_row()) / 2);
  map.digits = {{field::column, run}, {field::channel, 0}, {field::pseudo_channel, 0}};
  std::vector<address_digit> rest = {
      {field::bank_group, 0}, {field::stack_id, 0}, {field::column, 0}, {field::bank, 0}};
  draw.shuffle(rest);
  map.digits.insert(map.digits.end(), rest.begin(), rest.end());
  map.digits.push_back({field::row, 0});
  if (draw.chance(0.5)) return;
  int source = 0;
  for (const auto& [target, size] :
       {std::pair{field::bank, g.banks_per_group}, std::pair{field::bank_group, g.bank_groups},
        std::pair{field::channel, g.channels}}) {
    for (int bit = 0; bit < bits_of(size); ++bit) {
      map.xors.push_back({target, bit, field::row, source++ % 8});
    }
  }
}

/// Whether refresh leaves the row-command slots and the banks most of the time.
bool can_refresh(const dram_stack_spec& spec) {
  if (spec.controller.refresh == refresh_policy::none) return true;
  const dram_clocks c = resolve(spec.geometry, spec.timings);
  return spec.controller.refresh != refresh_policy::per_bank || c.tREFIpb > 2 * c.tRREFD;
}

void draw_tile(random_draw& draw, compute_tile_spec& tile) {
  matrix_unit_spec& m = tile.matrix;
  const int side = draw.power_of_two(3, 6);
  m.units = 1;
  m.rows = m.columns = m.depth = side;
  m.dataflow =
      draw.one_of({matrix_dataflow::output_stationary, matrix_dataflow::weight_stationary});
  const double macs = side * side * draw.power_of_two(0, 2);
  m.rates = {{8, 2 * macs}, {16, macs}, {32, macs / 2}};
  m.step_clocks = draw.whole(0, 64);
  m.operand_rows = 128;
  m.accumulator_bytes = std::uint64_t{1} << draw.whole(16, 19);
  tile.vector.operations_per_clock = draw.power_of_two(5, 9);
  tile.special.operations_per_clock = draw.power_of_two(3, 7);
  tile.scratchpad.bytes = std::uint64_t{1} << draw.whole(17, 22);
  tile.scratchpad.block_bytes = tile.scratchpad.bytes;
  tile.scratchpad.bytes_per_clock = draw.power_of_two(8, 11);
  tile.port_bytes_per_clock = draw.power_of_two(6, 9);
  tile.resident_blocks = draw.power_of_two(1, 5);
}

void draw_noc(random_draw& draw, int tiles, interconnect_spec& noc) {
  network_level level;
  level.name = "noc";
  level.shape = draw.one_of({network_shape::mesh, network_shape::mesh, network_shape::torus,
                             network_shape::ring, network_shape::switched});
  const int most = std::min(64, tiles);
  if (level.shape == network_shape::mesh || level.shape == network_shape::torus) {
    const int side = draw.logarithmic_int(1, std::max(1, static_cast<int>(std::sqrt(most))));
    level.sizes = {side, draw.logarithmic_int(1, std::max(1, most / side))};
    level.sizes[1] = std::min(level.sizes[1], 4 * side);
  } else {
    level.sizes = {draw.logarithmic_int(1, std::min(most, 16))};
  }
  level.bandwidth_bytes_per_s = draw.logarithmic(128e9, 4e12);
  level.latency = from_nanoseconds(draw.logarithmic(1, 20));
  level.packets.payload_bytes = draw.power_of_two(6, 10);
  level.packets.header_bytes = 16;
  level.packets.switching = packet_switching::cut_through;
  noc.levels = {level};
}

void draw_chip(random_draw& draw, stacked_chip_spec& spec) {
  chip_spec& chip = spec.chip;
  chip.name = spec.name;
  chip.tiles = draw.logarithmic_int(4, 256);
  chip.clock_hz = draw.uniform(0.5e9, 2e9);
  draw_tile(draw, chip.tile);
  chip.shared_buffer.bytes = std::uint64_t{1} << draw.whole(20, 28);
  chip.shared_buffer.bytes_per_s = draw.logarithmic(1e12, 64e12);
  chip.shared_buffer.latency = from_nanoseconds(draw.logarithmic(5, 100));
  chip.shared_buffer.usable_share = 0.5;
  chip.launch.mode = launch_mode::graph;
  chip.launch.start = from_nanoseconds(draw.uniform(0, 1000));
  chip.launch.graph = from_nanoseconds(draw.uniform(0, 2000));
  chip.fusion.elementwise = draw.chance(0.5);
  draw_noc(draw, chip.tiles, spec.noc);
  spec.piece_bytes = static_cast<std::uint32_t>(draw.power_of_two(8, 12));
}

/// All that a layer counts, over `by`; the sizes of a head stay.
void scale_down(language_model& model, int by) {
  const auto shrink = [by](int& size) { size = size == 0 ? 0 : std::max(1, size / by); };
  for (int* size : {&model.hidden, &model.attention.heads, &model.attention.kv_heads,
                    &model.attention.q_lora_rank, &model.attention.kv_lora_rank,
                    &model.attention.index_heads, &model.feed_forward.intermediate,
                    &model.experts.intermediate, &model.experts.shared_intermediate}) {
    shrink(*size);
  }
}

void draw_model(random_draw& draw, random_chip_case& drawn) {
  static const std::vector<std::string> names = config::known_models();
  const std::string& name =
      names[static_cast<std::size_t>(draw.whole(0, static_cast<int>(names.size()) - 1))];
  drawn.model = *config::known_model(name);
  const int by = draw.power_of_two(0, 3);
  drawn.model_name = by == 1 ? name : fmt::format("{} / {}", name, by);
  if (by > 1) scale_down(drawn.model, by);
  const auto layer =
      static_cast<std::size_t>(draw.whole(0, static_cast<int>(drawn.model.layers.size()) - 1));
  drawn.model.layers = {drawn.model.layers[layer]};
  const std::int64_t batch = draw.logarithmic_whole(1, 1024);
  const std::int64_t context = draw.logarithmic_whole(128, 128 << 10);
  drawn.decodes = draw.chance(0.5);
  drawn.phase = drawn.decodes ? decode(batch, context) : prefill(batch, context);
}

/// The layer's weights and cache; embedding and head are not run.
bool fits(const random_chip_case& drawn) {
  double weights = 0;
  for (const weight_tensor& tensor : weights_of(drawn.model, drawn.model.layers.front())) {
    weights += tensor.bytes();
  }
  const llm_footprint all = footprint_of(drawn.model, drawn.phase);
  return weights + all.kv_bytes + all.index_bytes + all.activation_bytes <=
         static_cast<double>(drawn.spec.dram_stack.geometry.capacity_bytes());
}

}  // namespace

std::vector<step_kernel> random_chip_case::kernels() const {
  const llm_step step = operators_of(model, phase);
  std::vector<step_kernel> all = kernels_of(step, spec.chip.fusion);
  const auto outside = [&step](const step_kernel& kernel) {
    return step.operators[static_cast<std::size_t>(kernel.operators.front())].group < 0;
  };
  all.erase(std::remove_if(all.begin(), all.end(), outside), all.end());
  return all;
}

random_chip_case draw_chip_case(std::uint64_t seed, int index) {
  const std::vector<dram_family> families = dram_families();
  const dram_family& family = families[static_cast<std::size_t>(index) % families.size()];
  random_draw draw(seed, static_cast<std::uint64_t>(index));
  constexpr int most_redraws = 10'000;
  for (int redraws = 0; redraws < most_redraws; ++redraws) {
    random_chip_case drawn;
    drawn.family = family.name;
    drawn.redraws = redraws;
    drawn.spec.name = fmt::format("chip_{}_{}", seed, index);
    dram_stack_spec& stack = drawn.spec.dram_stack;
    stack.name = drawn.spec.name;
    stack.timings = family.timings;
    stack.controller.command_bus = family.command_bus;
    draw_geometry(draw, family, stack.geometry);
    draw_timings(draw, stack.geometry, stack.timings);
    draw_controller(draw, stack);
    draw_address_map(draw, stack.geometry, stack.address_map);
    draw_chip(draw, drawn.spec);
    draw_model(draw, drawn);
    if (!can_refresh(stack) || !check(drawn.spec).empty()) continue;
    if (!check(drawn.model).empty() || !check(drawn.phase).empty() || !fits(drawn)) continue;
    return drawn;
  }
  throw std::logic_error("no chip could be drawn");
}

}  // namespace lamina::validation
