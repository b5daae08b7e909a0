// SPDX-License-Identifier: Apache-2.0
// Time of the closed form of a collective on 256 ranks, first asked and asked again.
#include "lamina/analytical/interconnect.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <new>
#include <vector>

namespace {

std::size_t allocations = 0;

using lamina::collective;
using lamina::collective_algorithm;
using lamina::collective_kind;
using lamina::interconnect_spec;
using lamina::network_level;
using lamina::network_shape;

interconnect_spec network(network_shape shape, std::vector<int> sizes) {
  network_level level;
  level.shape = shape;
  level.sizes = std::move(sizes);
  level.bandwidth_bytes_per_s = 100e9;
  level.latency = lamina::from_nanoseconds(100);
  level.packets.header_bytes = 48;
  level.packets.acknowledged = true;
  interconnect_spec spec;
  spec.levels.push_back(std::move(level));
  return spec;
}

/// 256 members in a random-looking but fixed graph of degree six.
interconnect_spec arbitrary_graph() {
  interconnect_spec spec = network(network_shape::graph, {256});
  for (int i = 0; i < 256; ++i) {
    spec.levels[0].links.push_back({i, (i + 1) % 256});
    spec.levels[0].links.push_back(
        {i, (i * 7 + 31) % 256 == i ? (i + 2) % 256 : (i * 7 + 31) % 256});
    spec.levels[0].links.push_back({i, (i + 97) % 256});
  }
  return spec;
}

void first_time(benchmark::State& state, const interconnect_spec& spec, const collective& item) {
  for (auto _ : state) {
    lamina::analytical::interconnect net(spec);
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(net.time_of(item));
    const auto spent = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(std::chrono::duration<double>(spent).count());
  }
}

void again(benchmark::State& state, const interconnect_spec& spec, collective item) {
  lamina::analytical::interconnect net(spec);
  net.time_of(item);
  const std::size_t before = allocations;
  for (auto _ : state) {
    item.bytes = item.bytes % 1'000'000 + 1000;
    benchmark::DoNotOptimize(net.time_of(item));
  }
  state.counters["allocations_each"] =
      static_cast<double>(allocations - before) / static_cast<double>(state.iterations());
}

void declare(const char* name, const interconnect_spec& spec, collective_kind kind,
             collective_algorithm algorithm) {
  const collective item{kind, algorithm, 1 << 20, {}};
  benchmark::RegisterBenchmark((std::string("first/") + name).c_str(), first_time, spec, item)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark((std::string("again/") + name).c_str(), again, spec, item)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main(int argc, char** argv) {
  using kind = collective_kind;
  using how = collective_algorithm;
  const interconnect_spec ring = network(network_shape::ring, {256});
  const interconnect_spec torus = network(network_shape::torus, {16, 16});
  const interconnect_spec mesh = network(network_shape::mesh, {16, 16});
  const interconnect_spec flat = network(network_shape::switched, {256});
  const interconnect_spec tree = network(network_shape::fat_tree, {4, 4});
  declare("ring/all_reduce/ring", ring, kind::all_reduce, how::ring);
  declare("torus/all_reduce/per_dimension", torus, kind::all_reduce, how::per_dimension);
  declare("torus/all_reduce/ring", torus, kind::all_reduce, how::ring);
  declare("torus/all_reduce/rabenseifner", torus, kind::all_reduce, how::rabenseifner);
  declare("torus/all_to_all/direct", torus, kind::all_to_all, how::direct);
  declare("mesh/all_reduce/rabenseifner", mesh, kind::all_reduce, how::rabenseifner);
  declare("mesh/all_to_all/direct", mesh, kind::all_to_all, how::direct);
  declare("switch/all_reduce/rabenseifner", flat, kind::all_reduce, how::rabenseifner);
  declare("switch/all_to_all/direct", flat, kind::all_to_all, how::direct);
  declare("fat_tree/all_reduce/rabenseifner", tree, kind::all_reduce, how::rabenseifner);
  declare("graph/all_reduce/rabenseifner", arbitrary_graph(), kind::all_reduce, how::rabenseifner);
  declare("graph/all_to_all/direct", arbitrary_graph(), kind::all_to_all, how::direct);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
