// SPDX-License-Identifier: Apache-2.0
// Rates of the DRAM stack: requests/s in TLM against a bare SystemC loop, time of the closed form.
#include "lamina/analytical/dram_stack.h"

#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <new>
#include <systemc>
#include <vector>

#include "lamina/tlm/dram_simulation.h"

namespace {

std::size_t allocations = 0;

using lamina::access_pattern;
using lamina::clocked_time;

clocked_time clocks(int count) {
  clocked_time time;
  time.clocks = count;
  return time;
}

/// The HBM2 channel of the command-level references (validation/references/dram_commands).
lamina::dram_stack_spec reference_channel() {
  lamina::dram_stack_spec spec;
  spec.geometry.pseudo_channels = 2;
  lamina::dram_timings& t = spec.timings;
  t.RL = clocks(17), t.WL = clocks(7), t.tRCDRD = clocks(12), t.tRCDWR = clocks(6);
  t.tRP = clocks(14), t.tRAS = clocks(28), t.tRC = clocks(42), t.tRTP = clocks(5);
  t.tWR = clocks(14), t.tCCD_S = clocks(2), t.tCCD_L = clocks(3), t.tCCD_R = clocks(3);
  t.tRRD_S = clocks(4), t.tRRD_L = clocks(6), t.tFAW = clocks(16), t.tWTR_S = clocks(4);
  t.tWTR_L = clocks(9), t.tRTW = clocks(14), t.tRFC = clocks(220), t.tRFCpb = clocks(96);
  t.tREFI = clocks(3900), t.tRREFD = clocks(8);
  t.activate_clocks = 2;
  spec.controller.queues = lamina::queue_organisation::unified;
  return spec;
}

lamina::memory_workload one_stream(access_pattern pattern, double reads, std::int64_t requests) {
  lamina::access_stream stream;
  stream.pattern = pattern;
  stream.read_fraction = reads;
  stream.request_bytes = 32;
  stream.total_bytes = static_cast<std::uint64_t>(requests) * 32;
  stream.range_bytes = 1 << 28;
  return {{stream}, 1};
}

/// Of this process on its cores: others on the machine do not count.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Runs `work` in a child, because the SystemC kernel serves one simulation a process; its seconds.
double seconds_in_child(const std::function<void()>& work) {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const double start = cpu_seconds();
    work();
    const double spent = cpu_seconds() - start;
    const bool sent = write(ends[1], &spent, sizeof spent) == sizeof spent;
    _exit(sent ? 0 : 1);
  }
  double spent = 0;
  if (read(ends[0], &spent, sizeof spent) != sizeof spent) std::abort();
  close(ends[0]);
  close(ends[1]);
  waitpid(child, nullptr, 0);
  return spent;
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
      best = std::min(best, seconds_in_child([] {
                        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO,
                                                                sc_core::SC_DO_NOTHING);
                        bare_loop loop("loop", activations);
                        sc_core::sc_start();
                      }));
    }
    return activations / best;
  }();
  return rate;
}

void simulate(benchmark::State& state, const lamina::dram_stack_spec& spec,
              const lamina::memory_workload& workload) {
  double seconds = 0;
  double requests = 0;
  const double simulated_s =
      lamina::analytical::dram_stack(spec).serve(workload).elapsed.count() * 1e-15;
  for (auto _ : state) {
    const double spent = seconds_in_child([&] { lamina::sysc::simulate(spec, workload); });
    state.SetIterationTime(spent);
    seconds += spent;
    for (const lamina::access_stream& s : workload.streams)
      requests += static_cast<double>(s.requests());
  }
  state.counters["requests/s"] = requests / seconds;
  state.counters["requests_per_bare_activation"] = requests / seconds / bare_rate();
  state.counters["simulated_ns/s"] =
      simulated_s * 1e9 * static_cast<double>(state.iterations()) / seconds;
}

void tlm_sequential(benchmark::State& state) {
  simulate(state, reference_channel(), one_stream(access_pattern::sequential, 1, 1'000'000));
}
void tlm_random(benchmark::State& state) {
  simulate(state, reference_channel(), one_stream(access_pattern::random, 1, 400'000));
}
void tlm_random_half_writes(benchmark::State& state) {
  simulate(state, reference_channel(), one_stream(access_pattern::random, 0.5, 400'000));
}
void tlm_sparse(benchmark::State& state) {
  lamina::memory_workload workload = one_stream(access_pattern::random, 1, 100'000);
  workload.streams[0].rate_bytes_per_s = 32 / 100e-9;
  simulate(state, reference_channel(), workload);
}
/// The same requests on one channel and spread over many: cost follows requests, not channels.
void tlm_channels(benchmark::State& state) {
  lamina::dram_stack_spec spec = reference_channel();
  spec.geometry.channels = static_cast<int>(state.range(0));
  lamina::memory_workload workload = one_stream(access_pattern::random, 1, 200'000);
  workload.streams[0].rate_bytes_per_s = 32 / 20e-9;
  simulate(state, spec, workload);
}

void closed_form(benchmark::State& state, access_pattern pattern, double reads) {
  const lamina::analytical::dram_stack stack(reference_channel());
  const lamina::memory_workload workload = one_stream(pattern, reads, 1'000'000);
  const std::size_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(stack.estimate(workload));
  state.counters["allocations"] = static_cast<double>(allocations - before);
}
void closed_form_sequential(benchmark::State& state) {
  closed_form(state, access_pattern::sequential, 1);
}
void closed_form_random(benchmark::State& state) {
  closed_form(state, access_pattern::random, 0.5);
}

/// The walk for a workload that the stack has not seen: each run has another seed.
void walk(benchmark::State& state, access_pattern pattern) {
  lamina::analytical::dram_stack stack(reference_channel());
  lamina::memory_workload workload = one_stream(pattern, 1, 1'000'000);
  for (auto _ : state) {
    ++workload.seed;
    benchmark::DoNotOptimize(stack.serve(workload));
  }
}
void walk_sequential(benchmark::State& state) { walk(state, access_pattern::sequential); }
void walk_random(benchmark::State& state) { walk(state, access_pattern::random); }

void walk_again(benchmark::State& state) {
  lamina::analytical::dram_stack stack(reference_channel());
  const lamina::memory_workload workload = one_stream(access_pattern::random, 0.5, 1'000'000);
  stack.serve(workload);
  const std::size_t before = allocations;
  for (auto _ : state) benchmark::DoNotOptimize(stack.serve(workload));
  state.counters["allocations"] = static_cast<double>(allocations - before);
}

BENCHMARK(tlm_sequential)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(tlm_random)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(tlm_random_half_writes)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(tlm_sparse)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(3);
BENCHMARK(tlm_channels)
    ->Arg(1)
    ->Arg(16)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);
BENCHMARK(closed_form_sequential);
BENCHMARK(closed_form_random);
BENCHMARK(walk_sequential)->Unit(benchmark::kMicrosecond);
BENCHMARK(walk_random)->Unit(benchmark::kMicrosecond);
BENCHMARK(walk_again);

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" int sc_main(int, char**) { return 0; }

BENCHMARK_MAIN();
