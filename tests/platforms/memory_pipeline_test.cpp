// SPDX-License-Identifier: Apache-2.0
// Buffer, network and stack in a row: the fidelities against each other, stage by stage.
#include "lamina/platforms/memory_pipeline.h"

#include <gtest/gtest.h>

#include "hbm2_stack.h"

namespace lamina::platforms {
namespace {

dram_stack_spec stack() {
  dram_stack_spec spec = tests::hbm2_stack();
  spec.geometry.channels = 4;
  spec.geometry.pseudo_channels = 2;
  return spec;
}

memory_pipeline_spec pipeline(double link_bytes_per_s) {
  memory_pipeline_spec spec;
  spec.dram_stack = stack();
  buffer_spec buffer;
  buffer.ports = 4;
  buffer.bank_bytes = 64;
  spec.buffer = buffer;
  pipeline_network network;
  network_level level;
  level.shape = network_shape::mesh;
  level.sizes = {2, 2};
  level.bandwidth_bytes_per_s = link_bytes_per_s;
  level.latency = from_nanoseconds(5);
  level.packets.payload_bytes = 64;
  level.packets.header_bytes = 8;
  level.packets.switching = packet_switching::cut_through;
  network.interconnect.levels = {level};
  network.requesters = {0, 3};
  network.memories = {1, 2};
  network.interleave_bytes = 256;
  spec.network = network;
  return spec;
}

memory_workload work(double reads, int in_flight) {
  access_stream stream;
  stream.pattern = access_pattern::random;
  stream.request_bytes = 256;
  stream.total_bytes = 1 << 19;
  stream.range_bytes = 1 << 24;
  stream.read_fraction = reads;
  stream.in_flight = in_flight;
  return {{stream, stream}, 3};
}

pipeline_fidelity all(fidelity how) { return {how, how, how}; }

TEST(memory_pipeline, a_slow_network_binds_both_fidelities_alike) {
  const memory_pipeline_spec spec = pipeline(4e9);
  const pipeline_result closed = evaluate(spec, work(1, 32), all(fidelity::analytical));
  const pipeline_result simulated = evaluate(spec, work(1, 32), all(fidelity::tlm));
  EXPECT_EQ(closed.bound_by, pipeline_stage::network);
  EXPECT_NEAR(closed.memory.bandwidth_bytes_per_s() / simulated.memory.bandwidth_bytes_per_s(), 1,
              0.08);
}

TEST(memory_pipeline, few_requests_in_flight_wait_for_the_sum_of_the_latencies) {
  const memory_pipeline_spec spec = pipeline(100e9);
  const pipeline_result closed = evaluate(spec, work(1, 1), all(fidelity::analytical));
  const pipeline_result simulated = evaluate(spec, work(1, 1), all(fidelity::tlm));
  EXPECT_EQ(closed.bound_by, pipeline_stage::in_flight);
  EXPECT_NEAR(closed.memory.latency.mean_s / simulated.memory.latency.mean_s, 1, 0.1);
}

TEST(memory_pipeline, a_stage_in_front_never_makes_a_memory_quicker) {
  for (const double reads : {0.0, 0.5, 1.0}) {
    memory_pipeline_spec spec = pipeline(50e9);
    const memory_workload asked = work(reads, 16);
    const femtoseconds whole = evaluate(spec, asked, all(fidelity::tlm)).memory.elapsed;
    spec.network.reset();
    const femtoseconds buffered = evaluate(spec, asked, all(fidelity::tlm)).memory.elapsed;
    spec.buffer.reset();
    const femtoseconds bare = evaluate(spec, asked, all(fidelity::tlm)).memory.elapsed;
    EXPECT_GE(whole, buffered);
    EXPECT_GE(buffered, bare);
  }
}

TEST(memory_pipeline, every_mix_of_fidelities_moves_all_bytes_and_agrees) {
  const memory_pipeline_spec spec = pipeline(4e9);
  const memory_workload asked = work(0.7, 32);
  const double whole = evaluate(spec, asked, all(fidelity::tlm)).memory.bandwidth_bytes_per_s();
  for (int mix = 0; mix < 8; ++mix) {
    const auto pick = [&](int bit) {
      return (mix >> bit & 1) != 0 ? fidelity::tlm : fidelity::analytical;
    };
    const pipeline_result result = evaluate(spec, asked, {pick(0), pick(1), pick(2)});
    EXPECT_EQ(result.memory.read_bytes + result.memory.write_bytes, 1u << 20) << mix;
    EXPECT_NEAR(result.memory.bandwidth_bytes_per_s() / whole, 1, 0.1) << mix;
  }
}

TEST(memory_pipeline, a_missing_endpoint_is_named) {
  memory_pipeline_spec spec = pipeline(50e9);
  spec.network->memories = {7};
  const auto problems = check(spec);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "network.memories.0");
}

}  // namespace
}  // namespace lamina::platforms
