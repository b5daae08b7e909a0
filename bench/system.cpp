// SPDX-License-Identifier: Apache-2.0
// DeepSeek-V3 on 256 stacked chips: a decode step with kernels and collectives that were met
// before, while mapping and batch change, and the best of all mappings.
#include "lamina/analytical/system.h"

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <vector>

#include "lamina/config/system_platform.h"
#include "lamina/platforms/system.h"

namespace {

using namespace lamina;

const config::system_platform& platform() {
  static const config::system_platform shipped = [] {
    config::diagnostics problems;
    auto loaded = config::load_system_platform(
        {LAMINA_CONFIGS "/platforms/system_256_stacked_chips.yaml", {}}, problems);
    if (!loaded) throw std::runtime_error(problems.text());
    return *loaded;
  }();
  return shipped;
}

struct point {
  mapping_spec mapping;
  llm_phase phase;
};

std::vector<point> points() {
  std::vector<point> all;
  for (const int tensor : {2, 4, 8}) {
    for (const std::int64_t batch : {256, 1024}) {
      mapping_spec m;
      m.tensor = tensor;
      m.data = 256 / tensor;
      m.expert = 64;
      all.push_back({m, decode(batch, 4096)});
    }
  }
  return all;
}

void warm_step(benchmark::State& state) {
  analytical::llm_system system(platform().system());
  const language_model model = config::model_of(platform().workload);
  const std::vector<point> all = points();
  for (const point& p : all) system.step(model, p.phase, p.mapping);
  std::size_t next = 0;
  for (auto _ : state) {
    const point& p = all[next++ % all.size()];
    benchmark::DoNotOptimize(system.step(model, p.phase, p.mapping).seconds);
  }
}
BENCHMARK(warm_step)->Unit(benchmark::kMicrosecond);

/// The same when every batch is new.
void new_batch(benchmark::State& state) {
  analytical::llm_system system(platform().system());
  const language_model model = config::model_of(platform().workload);
  const mapping_spec mapping = points().front().mapping;
  std::int64_t batch = 1000;
  for (auto _ : state) {
    batch += 128;
    benchmark::DoNotOptimize(system.step(model, decode(batch, 4096), mapping).seconds);
  }
}
BENCHMARK(new_batch)->Unit(benchmark::kMillisecond)->Iterations(2);

/// `mapping: best` on 256 stacked chips: all legal mappings compared, and the best one followed.
void best_mapping(benchmark::State& state) {
  config::system_platform asked = platform();
  asked.mapping.best = true;
  std::size_t mappings = 0;
  for (auto _ : state) {
    const platforms::system_outcome outcome = platforms::evaluate(asked);
    mappings = outcome.result->trials.size();
  }
  state.counters["mappings"] = static_cast<double>(mappings);
}
BENCHMARK(best_mapping)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

extern "C" int sc_main(int, char**) { return 0; }

BENCHMARK_MAIN();
