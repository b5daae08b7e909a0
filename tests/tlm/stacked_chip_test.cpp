// SPDX-License-Identifier: Apache-2.0
// A chip under its stack, event by event. One simulation fits in a process, so each has its own.
#include "lamina/tlm/stacked_chip.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "lamina/models/gemm_mapping.h"
#include "lamina/tlm/dram_simulation.h"

namespace lamina::sysc {
namespace {

/// What `task` returns in a process of its own. Results are plain bytes.
template <class Task>
auto in_child(const Task& task) {
  using outcome = decltype(task());
  static_assert(std::is_trivially_copyable_v<outcome>);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    try {
      const outcome found = task();
      _exit(write(ends[1], &found, sizeof found) == static_cast<ssize_t>(sizeof found) ? 0 : 1);
    } catch (const std::exception&) {
      _exit(1);
    }
  }
  close(ends[1]);
  outcome found{};
  const ssize_t got = read(ends[0], &found, sizeof found);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (got != static_cast<ssize_t>(sizeof found) || status != 0) {
    throw std::runtime_error("the simulation failed");
  }
  return found;
}

clocked_time ns(double value) { return {0, from_nanoseconds(value)}; }

/// A hybrid-bonded stack as the shipped ones, with 16 columns instead of 64.
dram_stack_spec columns(int layers) {
  dram_stack_spec s;
  s.name = "columns";
  dram_geometry& g = s.geometry;
  g.layers = g.stack_ids = g.connected_layers = layers;
  g.channels = 16;
  g.bank_groups = 2, g.banks_per_group = 4;
  g.rows = 2048, g.row_bytes = 1024, g.burst_bytes = 64;
  g.port_bits = 256, g.pin_rate = 541e6;
  dram_timings& t = s.timings;
  t.tCK = femtoseconds{1'848'429};
  t.RL = ns(12.5), t.WL = ns(6.25), t.tRCDRD = ns(19.375), t.tRCDWR = ns(9.375);
  t.tRP = ns(16.25), t.tRAS = ns(28.125), t.tRC = ns(45), t.tRTP = ns(5.625), t.tWR = ns(20.625);
  t.tCCD_S = {2, {}}, t.tCCD_L = ns(2.5), t.tCCD_R = {3, {}};
  t.tRRD_S = ns(2.5), t.tRRD_L = ns(3.125), t.tFAW = ns(15);
  t.tWTR_S = ns(4.375), t.tWTR_L = ns(6.25), t.tRTW = ns(12.5);
  t.tRFC = ns(90), t.tRFCpb = ns(60), t.tREFI = ns(15600), t.tRREFD = ns(8);
  dram_controller_spec& c = s.controller;
  c.read_queue_entries = c.write_queue_entries = 32;
  c.write_high_watermark = 24, c.write_low_watermark = 8;
  c.refresh = refresh_policy::per_bank;
  c.command_bus = command_bus_scope::port;
  s.energy.read_j = s.energy.write_j = 2e-10;
  s.energy.background_w = 1;
  using f = address_field;
  s.address_map.digits = {{f::column, 4},     {f::channel, 0}, {f::stack_id, 0}, {f::column, 0},
                          {f::bank_group, 0}, {f::bank, 0},    {f::row, 0}};
  s.address_map.xors = {{f::bank, 0, f::row, 0},
                        {f::bank, 1, f::row, 1},
                        {f::bank_group, 0, f::row, 2},
                        {f::channel, 0, f::row, 0},
                        {f::channel, 1, f::row, 1}};
  return s;
}

/// 16 systolic tiles of 128 x 128 on a mesh of `side` x `side` nodes under `layers` layers.
stacked_chip_spec chip_of(int side = 2, int layers = 4) {
  stacked_chip_spec s;
  s.name = s.chip.name = "test";
  chip_spec& chip = s.chip;
  chip.tiles = 16;
  chip.clock_hz = 1e9;
  matrix_unit_spec& m = chip.tile.matrix;
  m.units = 1, m.rows = m.columns = m.depth = 128;
  m.dataflow = matrix_dataflow::weight_stationary;
  m.rates = {{16, 16384}};
  m.accumulator_bytes = 256 << 10;
  chip.tile.vector.operations_per_clock = 256;
  chip.tile.scratchpad = {1 << 20, 1 << 20, 1024};
  chip.tile.port_bytes_per_clock = 256;
  chip.shared_buffer = {32 << 20, 8e12, from_nanoseconds(20), 0.5};
  network_level level;
  level.name = "noc";
  level.shape = network_shape::mesh;
  level.sizes = {side, side};
  level.bandwidth_bytes_per_s = 1e12;
  level.latency = from_nanoseconds(2);
  level.packets.payload_bytes = 1024;
  level.packets.header_bytes = 16;
  level.packets.switching = packet_switching::cut_through;
  level.energy_j_per_bit = 1e-13;
  s.noc.levels = {level};
  s.dram_stack = columns(layers);
  return s;
}

kernel_schedule schedule_of(const tile_schedule& part) {
  kernel_schedule schedule;
  schedule.parts = {part};
  return schedule;
}

/// Reads `blocks` x 64 KiB from the stack, with little else to do.
kernel_schedule reading(std::int64_t blocks) {
  tile_schedule part;
  part.blocks = blocks;
  part.resident = 2;
  part.block.steps = 4;
  part.block.stages = 4;
  part.block.step.load_bytes = 16384;
  part.block.step.vector_clocks = 16;
  part.memory_read_bytes = part.load_bytes();
  return schedule_of(part);
}

/// Loads that miss in part, and stores that go through in part.
kernel_schedule mixed(std::int64_t blocks) {
  tile_schedule part;
  part.blocks = blocks;
  part.block.steps = 20;
  part.block.stages = 3;
  part.block.step.load_bytes = 10000;
  part.block.step.matrix_clocks = 100;
  part.block.store_bytes = 7000;
  part.memory_read_bytes = part.load_bytes() * 0.37;
  part.memory_write_bytes = part.store_bytes() * 0.6;
  return schedule_of(part);
}

kernel_schedule product(std::int64_t m, std::int64_t n, std::int64_t k, const chip_spec& chip) {
  kernel_work work;
  work.m = m, work.n = n, work.k = k;
  gemm_mapping mapping;
  mapping.tile_m = mapping.tile_n = mapping.tile_k = 128;
  mapping.stages = 4;
  return schedule_gemm(work, mapping, chip);
}

kernel_result run(const stacked_chip_spec& spec, const kernel_schedule& schedule,
                  std::int64_t most_bursts = 0) {
  tile_simulation_options options;
  options.most_bursts = most_bursts;
  return in_child([&] { return simulate(spec, schedule, options); });
}

void expect_all_moved(const kernel_schedule& schedule, const stacked_chip_spec& spec,
                      const kernel_result& result) {
  double memory = 0;
  double buffer = 0;
  for (const tile_schedule& part : schedule.parts) {
    memory += part.memory_read_bytes + part.memory_write_bytes;
    buffer += part.load_bytes() + part.store_bytes();
  }
  const auto pieces = static_cast<double>(2 * schedule.parts.size());
  EXPECT_NEAR(result.shared_buffer_bytes, buffer, 1);
  EXPECT_NEAR(result.memory_bytes, memory, pieces * spec.piece_bytes);
}

TEST(stacked_chip, a_load_that_hits_takes_the_buffer_and_its_rate) {
  stacked_chip_spec spec = chip_of(1);
  spec.chip.tiles = 1;
  tile_schedule part;
  part.block.step.load_bytes = 1024;
  part.block.step.matrix_clocks = 100;
  // 20 ns, 1024 B at 8000 B/ns, 100 clocks; no network, no stack.
  const kernel_result result = run(spec, schedule_of(part));
  EXPECT_EQ(result.elapsed, from_nanoseconds(20 + 0.128 + 100));
  EXPECT_EQ(result.limit(tile_limit::network), 0);
  EXPECT_EQ(result.energy.network_j, 0);
  EXPECT_EQ(result.memory_bytes, 0);
}

TEST(stacked_chip, pieces_as_long_as_all_channels_leave_from_all_slices) {
  stacked_chip_spec spec = chip_of(2);
  const double of_short = run(spec, reading(64)).limit(tile_limit::network);
  spec.piece_bytes = 4096;
  const double of_long = run(spec, reading(64)).limit(tile_limit::network);
  EXPECT_LT(of_long, 1.3 * of_short);
}

TEST(stacked_chip, a_message_crosses_the_network_there_and_back) {
  stacked_chip_spec spec = chip_of(2);
  spec.chip.tiles = 4;
  tile_schedule part;
  part.block.step.load_bytes = 2048;
  part.block.step.matrix_clocks = 100;
  // Two pieces: at the tile's own node, and at a neighbour's. The request of 32 B with its header
  // takes 2.032 ns, the slice 1024 B at a quarter of 8000 B/ns, the message 1040 B at 1000 B/ns.
  const kernel_result result = run(spec, schedule_of(part));
  EXPECT_EQ(result.elapsed, from_nanoseconds(2.032 + 20 + 0.512 + 2 + 1.04 + 100));
  EXPECT_DOUBLE_EQ(result.energy.network_j, 1040 * 8 * 1e-13);
}

TEST(stacked_chip, moves_what_is_asked_for) {
  const stacked_chip_spec spec = chip_of();
  expect_all_moved(mixed(50), spec, run(spec, mixed(50)));
}

TEST(stacked_chip, moves_what_a_product_asks_for) {
  const stacked_chip_spec spec = chip_of();
  const kernel_schedule schedule = product(700, 1500, 900, spec.chip);
  const kernel_result result = run(spec, schedule);
  expect_all_moved(schedule, spec, result);
  EXPECT_EQ(result.flops, 2.0 * 700 * 1500 * 900);
}

TEST(stacked_chip, needs_no_network_with_one_node) {
  const stacked_chip_spec spec = chip_of(1);
  const kernel_result result = run(spec, mixed(50));
  expect_all_moved(mixed(50), spec, result);
  EXPECT_EQ(result.limit(tile_limit::network), 0);
}

TEST(stacked_chip, short_queues_lose_nothing) {
  stacked_chip_spec spec = chip_of();
  const kernel_result roomy = run(spec, mixed(200));
  dram_controller_spec& c = spec.dram_stack.controller;
  c.read_queue_entries = c.write_queue_entries = 4;
  c.write_high_watermark = 3, c.write_low_watermark = 1;
  const kernel_result tight = run(spec, mixed(200));
  expect_all_moved(mixed(200), spec, tight);
  EXPECT_EQ(tight.stack_counts.reads, roomy.stack_counts.reads);
  EXPECT_EQ(tight.stack_counts.writes, roomy.stack_counts.writes);
  EXPECT_GE(to_seconds(tight.elapsed), to_seconds(roomy.elapsed) * 0.99);
}

TEST(stacked_chip, reads_as_fast_as_the_stack_alone) {
  const stacked_chip_spec spec = chip_of();
  const kernel_schedule schedule = reading(400);
  const kernel_result result = run(spec, schedule);
  const memory_result alone = in_child([&] {
    memory_workload work;
    for (std::uint64_t i = 0; i < 32; ++i) {
      access_stream stream;
      stream.request_bytes = spec.piece_bytes;
      stream.total_bytes = static_cast<std::uint64_t>(result.memory_bytes) / 32;
      stream.base = i * stream.total_bytes / 1024 * 1024;
      work.streams.push_back(stream);
    }
    return simulate(spec.dram_stack, work);
  });
  const double bandwidth = result.memory_bytes / to_seconds(result.elapsed);
  EXPECT_GT(bandwidth, 0.9 * alone.bandwidth_bytes_per_s());
  EXPECT_LT(bandwidth, 1.1 * alone.bandwidth_bytes_per_s());
  EXPECT_EQ(result.bound_by, tile_limit::memory);
}

TEST(stacked_chip, computes_as_fast_as_its_tiles) {
  stacked_chip_spec spec = chip_of();
  spec.chip.tile.port_bytes_per_clock = 1024;
  spec.chip.shared_buffer.bytes_per_s = 32e12;
  spec.noc.levels[0].bandwidth_bytes_per_s = 8e12;
  const kernel_result result = run(spec, product(1024, 1024, 8192, spec.chip));
  EXPECT_EQ(result.bound_by, tile_limit::matrix);
  EXPECT_LT(to_seconds(result.elapsed), 1.06 * result.limit(tile_limit::matrix));
}

TEST(stacked_chip, more_layers_are_never_slower_for_reads) {
  femtoseconds before = run(chip_of(2, 1), reading(200)).elapsed;
  for (const int layers : {2, 4, 8}) {
    const femtoseconds now = run(chip_of(2, layers), reading(200)).elapsed;
    EXPECT_LE(now, before) << layers << " layers";
    before = now;
  }
}

TEST(stacked_chip, no_resource_is_busier_than_the_kernel_is_long) {
  stacked_chip_spec spec = chip_of();
  spec.noc.levels[0].bandwidth_bytes_per_s = 1.28e11;
  for (const kernel_schedule& schedule :
       {mixed(200), reading(200), product(1024, 1024, 512, spec.chip)}) {
    const kernel_result result = run(spec, schedule);
    for (const double limit : result.limits_s) {
      EXPECT_LE(limit, to_seconds(result.elapsed) * (1 + 1e-9));
    }
  }
}

TEST(stacked_chip, narrow_links_bind) {
  stacked_chip_spec spec = chip_of();
  spec.noc.levels[0].bandwidth_bytes_per_s = 6.4e10;
  const kernel_result result = run(spec, reading(200));
  EXPECT_EQ(result.bound_by, tile_limit::network);
  EXPECT_LT(to_seconds(result.elapsed), 1.1 * result.limit(tile_limit::network));
}

void expect_window_like_whole(const kernel_schedule& schedule, std::int64_t most_bursts) {
  const stacked_chip_spec spec = chip_of();
  const kernel_result whole = run(spec, schedule);
  const kernel_result window = run(spec, schedule, most_bursts);
  EXPECT_EQ(whole.simulated_share, 1);
  EXPECT_LT(window.simulated_share, 0.5);
  EXPECT_NEAR(to_seconds(window.elapsed), to_seconds(whole.elapsed),
              0.05 * to_seconds(whole.elapsed));
  EXPECT_EQ(window.bound_by, whole.bound_by);
  EXPECT_NEAR(window.memory_bytes, whole.memory_bytes, 2.0 * spec.piece_bytes);
  EXPECT_NEAR(window.stack_counts.reads, whole.stack_counts.reads, 0.02 * whole.stack_counts.reads);
  EXPECT_NEAR(window.stack_energy.total_j(), whole.stack_energy.total_j(),
              0.05 * whole.stack_energy.total_j());
  EXPECT_NEAR(window.energy.network_j, whole.energy.network_j, 0.02 * whole.energy.network_j);
}

TEST(stacked_chip, a_window_of_waves_is_as_long_as_the_whole) {
  expect_window_like_whole(reading(32 * 16), 120'000);
}

TEST(stacked_chip, a_window_of_steps_is_as_long_as_the_whole) {
  expect_window_like_whole(product(512, 512, 16384, chip_of().chip), 30'000);
}

double window_over_whole(const stacked_chip_spec& spec, const kernel_schedule& schedule,
                         std::int64_t most_bursts) {
  const kernel_result whole = run(spec, schedule);
  const kernel_result window = run(spec, schedule, most_bursts);
  EXPECT_LT(window.simulated_share, 0.5);
  return to_seconds(window.elapsed) / to_seconds(whole.elapsed);
}

/// 16 tiles on nine nodes, seven of which have two, that wait for narrow links.
TEST(stacked_chip, a_window_of_one_wave_ends_with_its_slowest_tile) {
  stacked_chip_spec spec = chip_of(3);
  spec.noc.levels[0].bandwidth_bytes_per_s = 5e10;
  tile_schedule part;
  part.blocks = 16;
  part.block.steps = 200;
  part.block.stages = 4;
  part.block.step.load_bytes = 8192;
  part.block.step.matrix_clocks = 100;
  EXPECT_NEAR(window_over_whole(spec, schedule_of(part), 5'000), 1, 0.03);
}

/// Of slots that are alike, one that was slow in a short window is not for that slow in the rest.
TEST(stacked_chip, a_window_takes_no_chance_for_a_slow_tile) {
  tile_schedule part;
  part.resident = 4;
  part.blocks = 16L * part.resident;
  part.block.steps = 400;
  part.block.stages = 6;
  part.block.step.load_bytes = 1024;
  part.block.step.matrix_clocks = 8;
  part.memory_read_bytes = part.load_bytes();
  EXPECT_NEAR(window_over_whole(chip_of(), schedule_of(part), 5'000), 1, 0.04);
}

/// Stores that the stack serves behind the loads are still to be written when all turns are done.
TEST(stacked_chip, a_window_counts_the_stores_that_pile_up) {
  tile_schedule part;
  part.blocks = 16L * 24;
  part.block.steps = 8;
  part.block.stages = 4;
  part.block.step.load_bytes = 8192;
  part.block.step.vector_clocks = 16;
  part.block.store_bytes = 65536;
  part.memory_read_bytes = part.load_bytes();
  part.memory_write_bytes = part.store_bytes();
  EXPECT_NEAR(window_over_whole(chip_of(), schedule_of(part), 100'000), 1, 0.04);
}

TEST(stacked_chip, two_runs_are_equal) {
  const stacked_chip_spec spec = chip_of();
  const kernel_result one = run(spec, mixed(200));
  const kernel_result two = run(spec, mixed(200));
  EXPECT_EQ(one.elapsed, two.elapsed);
  EXPECT_EQ(one.limits_s, two.limits_s);
  EXPECT_EQ(one.stack_counts.row_hits, two.stack_counts.row_hits);
  EXPECT_EQ(one.stack_energy.total_j(), two.stack_energy.total_j());
}

TEST(stacked_chip, parts_follow_each_other) {
  const stacked_chip_spec spec = chip_of();
  const kernel_result one = run(spec, mixed(50));
  kernel_schedule schedule = mixed(50);
  schedule.parts.push_back(schedule.parts.front());
  const kernel_result two = run(spec, schedule);
  expect_all_moved(schedule, spec, two);
  EXPECT_NEAR(to_seconds(two.elapsed), 2 * to_seconds(one.elapsed), 0.05 * to_seconds(one.elapsed));
}

TEST(stacked_chip, asks_nothing_of_the_stated_memory_and_network) {
  stacked_chip_spec spec = chip_of();
  const kernel_result one = run(spec, mixed(50));
  spec.chip.memory = {1, 1.0, 0.1, from_nanoseconds(1e6)};
  spec.chip.network = {1.0, from_nanoseconds(1e6)};
  const kernel_result two = run(spec, mixed(50));
  EXPECT_EQ(one.elapsed, two.elapsed);
  EXPECT_EQ(one.limits_s, two.limits_s);
}

TEST(stacked_chip, refuses_what_does_not_hold_together) {
  stacked_chip_spec spec = chip_of();
  spec.piece_bytes = 100;
  EXPECT_THROW(simulate(spec, mixed(50)), std::invalid_argument);
  kernel_schedule schedule = mixed(50);
  schedule.parts.clear();
  EXPECT_THROW(simulate(chip_of(), schedule), std::invalid_argument);
}

}  // namespace
}  // namespace lamina::sysc
