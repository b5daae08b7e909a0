// SPDX-License-Identifier: Apache-2.0
#include <lamina/analytical/dram_stack.h>

#include <cstdio>

#include "small_stack.h"

int main() {
  lamina::analytical::dram_stack stack(small_stack());
  lamina::memory_workload workload;
  workload.streams.emplace_back();
  const lamina::memory_result result = stack.serve(workload);
  std::printf("%.3f GB/s\n", result.bandwidth_bytes_per_s() * 1e-9);
  // Two channels of two 16 GB/s ports bound it.
  const double bandwidth = result.bandwidth_bytes_per_s();
  return bandwidth > 1e9 && bandwidth <= 64e9 ? 0 : 1;
}
