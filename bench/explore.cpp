// SPDX-License-Identifier: Apache-2.0
// Points of the shipped exploration of DeepSeek-V3 on 256 stacked chips: with one hardware, and
// with all of it varying; from nothing known, as `lamina explore` begins.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "lamina/explore/evaluate.h"

namespace {

using namespace lamina;

explore::space space_of(const std::vector<std::string>& settings) {
  config::diagnostics problems;
  auto found = explore::load_space(
      {LAMINA_CONFIGS "/spaces/deepseek_v3_256_stacked_chips.yaml", settings}, problems);
  if (!found) throw std::runtime_error(problems.text());
  return *found;
}

void evaluate_all(benchmark::State& state, const explore::space& space,
                  const std::vector<std::uint64_t>& points) {
  explore::evaluation_options options;
  options.jobs = static_cast<int>(state.range(0));
  std::size_t illegal = 0;
  for (auto _ : state) {
    illegal = 0;
    explore::evaluate(space, points, options, [&](std::vector<explore::point_result> results) {
      for (const auto& one : results) {
        illegal += one.what == explore::point_result::state::illegal ? 1 : 0;
      }
    });
  }
  const auto count = static_cast<double>(points.size());
  state.counters["points"] = count;
  state.counters["illegal"] = static_cast<double>(illegal);
  state.counters["points/s"] =
      benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
}

/// The last two axes of the shipped space are mapping and batch: all of one hardware's points, with
/// every legal mapping and more batches than the space has.
void mapping_and_batch(benchmark::State& state) {
  const explore::space space =
      space_of({"axes={mapping: legal, workload.batch: {from: 64, to: 4096, factor: 2}}"});
  evaluate_all(state, space, points_of(space));
}
BENCHMARK(mapping_and_batch)
    ->Arg(1)
    ->Arg(2)
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

/// The whole shipped space.
void hardware_as_well(benchmark::State& state) {
  const explore::space space = space_of({});
  evaluate_all(state, space, points_of(space));
}
BENCHMARK(hardware_as_well)
    ->Arg(1)
    ->Arg(2)
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
