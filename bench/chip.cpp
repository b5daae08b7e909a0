// SPDX-License-Identifier: Apache-2.0
// A decode step of Llama-3.1-8B on one stacked chip: in closed form, and its layer simulated.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "lamina/analytical/stacked_chip.h"
#include "lamina/config/chip_platform.h"
#include "lamina/models/llm_kernels.h"
#include "lamina/tlm/stacked_chip.h"

namespace {

using namespace lamina;

/// The shipped platform, from the folder of configurations that the build knows.
const config::chip_platform& platform() {
  static const config::chip_platform shipped = [] {
    config::diagnostics problems;
    auto loaded = config::load_chip_platform(
        {LAMINA_CONFIGS "/platforms/stacked_chip_llama_8b_decode.yaml", {}}, problems);
    if (!loaded) throw std::runtime_error(problems.text());
    return *loaded;
  }();
  return shipped;
}

double step_seconds(analytical::stacked_chip& chip, const language_model& model,
                    const llm_phase& phase) {
  double sum = 0;
  for (const step_kernel& kernel :
       kernels_of(operators_of(model, phase), chip.spec().chip.fusion)) {
    sum += to_seconds(chip.plan(kernel.work).result.elapsed) * kernel.layers;
  }
  return sum;
}

/// All that a step needs from the model to its time, with kernels that were met before.
void warm_step(benchmark::State& state) {
  analytical::stacked_chip chip(platform().stacked_chip());
  const language_model model = config::model_of(platform().workload);
  const llm_phase phase = decode(8, 4096);
  double seconds = step_seconds(chip, model, phase);
  for (auto _ : state) benchmark::DoNotOptimize(seconds = step_seconds(chip, model, phase));
  state.counters["step_us"] = seconds * 1e6;
}
BENCHMARK(warm_step)->Unit(benchmark::kMicrosecond);

/// The same with a batch that was not met before: mappings are searched, the stack is asked.
void cold_step(benchmark::State& state) {
  analytical::stacked_chip chip(platform().stacked_chip());
  const language_model model = config::model_of(platform().workload);
  std::int64_t batch = 1;
  for (auto _ : state) benchmark::DoNotOptimize(step_seconds(chip, model, decode(batch++, 4096)));
  state.counters["memory_questions"] = static_cast<double>(chip.memory_questions());
}
BENCHMARK(cold_step)->Unit(benchmark::kMillisecond)->Iterations(3);

/// Each kernel of one layer whole, in a child process each, one after the other.
void simulated_layer(benchmark::State& state) {
  analytical::stacked_chip chip(platform().stacked_chip());
  const language_model model = config::model_of(platform().workload);
  for (auto _ : state) {
    for (const step_kernel& kernel :
         kernels_of(operators_of(model, decode(8, 4096)), chip.spec().chip.fusion)) {
      if (kernel.layers == 1) continue;  // embedding and head
      const kernel_schedule& schedule = *chip.plan(kernel.work).schedule;
      const pid_t child = fork();
      if (child == 0) {
        sysc::simulate(chip.spec(), schedule);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (status != 0) state.SkipWithError("a simulation failed");
    }
  }
}
BENCHMARK(simulated_layer)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace

int sc_main(int, char**) { return 0; }

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
