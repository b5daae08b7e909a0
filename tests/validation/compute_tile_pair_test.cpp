// SPDX-License-Identifier: Apache-2.0
// Compute tiles in both fidelities on random kernels.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "child_runs.h"
#include "lamina/analytical/compute_tile.h"
#include "lamina/config/chip.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/compute_tile.h"

namespace lamina::validation {
namespace {

std::int64_t draw(std::mt19937_64& engine, double low, double high) {
  return static_cast<std::int64_t>(
      std::exp(std::uniform_real_distribution<>(std::log(low), std::log(high))(engine)));
}

kernel_work small_gemm(std::mt19937_64& engine) {
  kernel_work work;
  work.m = draw(engine, 1, 4096);
  work.n = draw(engine, 64, 4096);
  work.k = draw(engine, 64, 4096);
  return work;
}

kernel_work other_kernel(std::mt19937_64& engine) {
  kernel_work work;
  const kernel_kind kinds[] = {kernel_kind::softmax, kernel_kind::layer_norm,
                               kernel_kind::attention_prefill, kernel_kind::attention_decode};
  work.kind = kinds[draw(engine, 1, 4.999) - 1];
  work.m = draw(engine, 1, 16384);
  work.n = draw(engine, 32, 65536);
  work.batch = draw(engine, 1, 16);
  work.heads = draw(engine, 1, 64);
  work.seqlen = draw(engine, 16, 4096);
  return work;
}

/// Mean absolute error of the closed form over `count` kernels; NaN when a simulation failed.
double mean_error(const std::string& name, std::uint64_t seed, int count,
                  kernel_work (*next)(std::mt19937_64&)) {
  const chip_spec chip = config::known_chip(name).value();
  analytical::mapper plans(chip);
  analytical::compute_tile tile(chip);
  std::mt19937_64 engine(seed);
  std::vector<double> expected;
  std::vector<platforms::process_task> tasks;
  for (int i = 0; i < count; ++i) {
    const kernel_schedule schedule = plans.schedule(next(engine));
    expected.push_back(to_seconds(tile.run(schedule).elapsed));
    tasks.push_back([chip, schedule] {
      std::string bytes;
      pack(bytes, to_seconds(sysc::simulate(chip, schedule).elapsed));
      return bytes;
    });
  }
  const auto outcomes = platforms::run_in_processes(tasks);
  double sum = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::size_t place = 0;
    double seconds = std::nan("");
    if (!unpack(outcomes[i].bytes, place, seconds)) return std::nan("");
    sum += std::abs(expected[i] / seconds - 1);
  }
  return sum / count;
}

TEST(compute_tile_pair, small_products_differ_by_less_than_6_percent) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_LT(mean_error("A100", seed, 60, small_gemm), 0.06) << "seed " << seed;
  }
}

TEST(compute_tile_pair, so_do_other_kernels) {
  EXPECT_LT(mean_error("A100", 4, 60, other_kernel), 0.06);
}

TEST(compute_tile_pair, and_other_chips) {
  EXPECT_LT(mean_error("B200", 5, 30, small_gemm), 0.06);
  EXPECT_LT(mean_error("MI325X", 6, 30, small_gemm), 0.06);
}

}  // namespace
}  // namespace lamina::validation
