// SPDX-License-Identifier: Apache-2.0
// Time of the buffer's closed form, and words a second of its simulation.
#include "lamina/analytical/buffer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <systemc>

#include "lamina/tlm/buffer_simulation.h"

namespace {

using lamina::access_pattern;

lamina::buffer_workload work_of(access_pattern pattern, std::int64_t words, int block_words) {
  lamina::buffer_workload work;
  work.pattern = pattern;
  work.block_bytes = static_cast<std::uint32_t>(32 * block_words);
  work.blocks = words / block_words;
  work.stride_bytes = 32 * block_words * 3;
  work.read_fraction = 0.7;
  work.requesters = 8;
  return work;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const char* name, access_pattern pattern, int block_words) {
  lamina::buffer_spec spec;
  spec.ports = 8;
  constexpr int times = 20'000;
  const lamina::buffer_workload work = work_of(pattern, 2'000'000, block_words);
  const auto start = std::chrono::steady_clock::now();
  double sum = 0;
  for (int i = 0; i < times; ++i) {
    spec.in_flight = 64 + i % 64;
    sum += lamina::analytical::estimate(spec, work).latency.mean_s;
  }
  const double closed_us = seconds_since(start) / times * 1e6;
  std::printf("%-10s blocks of %4d words: closed form %.2f us (%.1e), ", name, block_words,
              closed_us, sum / times);
  std::fflush(stdout);
  // The SystemC kernel serves one simulation a process.
  const pid_t child = fork();
  if (child == 0) {
    const auto begin = std::chrono::steady_clock::now();
    const lamina::buffer_result result = lamina::sysc::simulate(spec, work);
    const double words = result.counts.reads + result.counts.writes;
    std::printf("simulation %.1f M words/s\n", words / seconds_since(begin) * 1e-6);
    std::fflush(stdout);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

}  // namespace

int main() {
  measure("sequential", access_pattern::sequential, 64);
  measure("strided", access_pattern::strided, 4);
  measure("random", access_pattern::random, 4);
  measure("random", access_pattern::random, 1);
}

// libsystemc asks for it; the simulations are started without.
extern "C" int sc_main(int, char**) { return 0; }
