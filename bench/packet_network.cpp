// SPDX-License-Identifier: Apache-2.0
// Rates of the packet network: packet-hops/s and events/s against a bare SystemC loop.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <systemc>
#include <vector>

#include "lamina/tlm/interconnect_simulation.h"

namespace {

using kind = lamina::collective_kind;
using algorithm = lamina::collective_algorithm;
using shape = lamina::network_shape;

struct measured {
  double seconds = 0;
  double packet_hops = 0;
};

/// A kernel lives only once in a process: each run gets a child.
measured in_child(const std::function<double()>& work) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    measured run;
    const auto start = std::chrono::steady_clock::now();
    run.packet_hops = work();
    run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool sent = write(ends[1], &run, sizeof run) == sizeof run;
    _exit(sent ? 0 : 1);
  }
  measured run;
  if (read(ends[0], &run, sizeof run) != sizeof run) std::abort();
  close(ends[0]);
  close(ends[1]);
  waitpid(child, nullptr, 0);
  return run;
}

class bare_loop : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(bare_loop);
  bare_loop(const sc_core::sc_module_name& name, std::int64_t activations)
      : sc_module(name), left_(activations) {
    SC_METHOD(tick);
    sensitive << next_;
  }

 private:
  void tick() {
    if (--left_ > 0) next_.notify(sc_core::sc_time(1, sc_core::SC_NS));
  }
  sc_core::sc_event next_;
  std::int64_t left_;
};

/// Timed method activations a second of a bare kernel: the best of three, measured once.
double bare_rate() {
  static const double rate = [] {
    constexpr std::int64_t activations = 3'000'000;
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      best = std::min(best, in_child([] {
                              sc_core::sc_report_handler::set_actions(sc_core::SC_INFO,
                                                                      sc_core::SC_DO_NOTHING);
                              bare_loop loop("loop", activations);
                              sc_core::sc_start();
                              return 0.0;
                            }).seconds);
    }
    return activations / best;
  }();
  return rate;
}

lamina::network_level level(shape what, std::vector<int> sizes, double bytes_per_s) {
  lamina::network_level made;
  made.shape = what;
  made.sizes = std::move(sizes);
  made.bandwidth_bytes_per_s = bytes_per_s;
  made.latency = lamina::from_nanoseconds(128);
  made.packets.payload_bytes = 1000;
  made.packets.header_bytes = 48;
  made.packets.acknowledged = true;
  made.packets.time_grid = lamina::from_nanoseconds(1);
  return made;
}

void simulate(benchmark::State& state, const std::vector<lamina::network_level>& levels, kind what,
              algorithm how, std::uint64_t bytes, std::int64_t most_train_hops) {
  lamina::interconnect_spec spec;
  spec.levels = levels;
  lamina::network_workload workload;
  workload.collectives.push_back({what, how, bytes, {}});
  lamina::sysc::interconnect_options options;
  options.most_train_hops = most_train_hops;
  measured sum;
  for (auto _ : state) {
    const measured run =
        in_child([&] { return lamina::sysc::simulate(spec, workload, options).packet_hops; });
    state.SetIterationTime(run.seconds);
    sum.seconds += run.seconds;
    sum.packet_hops += run.packet_hops;
  }
  state.counters["packet_hops/s"] = sum.packet_hops / sum.seconds;
  state.counters["packet_hops_per_bare_activation"] = sum.packet_hops / sum.seconds / bare_rate();
}

constexpr std::int64_t every_packet_alone = std::int64_t{1} << 60;

void torus_rings(benchmark::State& state) {
  simulate(state, {level(shape::torus, {8, 8}, 32e9)}, kind::all_reduce, algorithm::per_dimension,
           16 << 20, every_packet_alone);
}
void torus_all_to_all(benchmark::State& state) {
  simulate(state, {level(shape::torus, {8, 8}, 32e9)}, kind::all_to_all, algorithm::direct, 64'000,
           every_packet_alone);
}
void switch_all_to_all(benchmark::State& state) {
  simulate(state, {level(shape::switched, {64}, 32e9)}, kind::all_to_all, algorithm::direct,
           256'000, every_packet_alone);
}
void two_levels_all_reduce(benchmark::State& state) {
  simulate(state, {level(shape::switched, {8}, 256e9), level(shape::switched, {8}, 32e9)},
           kind::all_reduce, algorithm::rabenseifner, 8 << 20, every_packet_alone);
}
/// One packet a message: the cost of messages and steps.
void short_messages(benchmark::State& state) {
  simulate(state, {level(shape::ring, {256}, 32e9)}, kind::all_reduce, algorithm::ring, 128'000,
           every_packet_alone);
}
/// A gibibyte, in trains.
void trains(benchmark::State& state) {
  simulate(state, {level(shape::torus, {8, 8}, 32e9)}, kind::all_reduce, algorithm::per_dimension,
           1 << 30, lamina::sysc::interconnect_options{}.most_train_hops);
}

BENCHMARK(torus_rings)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(torus_all_to_all)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(switch_all_to_all)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(two_levels_all_reduce)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(short_messages)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(trains)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace

extern "C" int sc_main(int, char**) { return 0; }

BENCHMARK_MAIN();
