// SPDX-License-Identifier: Apache-2.0
// Single kernels of random chips, each of which was far off for a reason of its own.
#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "child_runs.h"
#include "lamina/analytical/stacked_chip.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/stacked_chip.h"
#include "lamina/validation/random_chip.h"

namespace lamina::validation {
namespace {

/// Relative error of a kernel's time in closed form.
double error_of(std::uint64_t seed, int index, std::size_t kernel) {
  const random_chip_case drawn = draw_chip_case(seed, index);
  const step_kernel work = drawn.kernels().at(kernel);
  const platforms::process_task task = [&] {
    analytical::stacked_chip chip(drawn.spec);
    const auto& plan = chip.plan(work.work);
    const kernel_result simulated = sysc::simulate(drawn.spec, *plan.schedule, {});
    std::string bytes;
    pack(bytes, to_seconds(plan.result.elapsed) / to_seconds(simulated.elapsed) - 1);
    return bytes;
  };
  const auto outcomes = platforms::run_in_processes({task}, {});
  double error = 0;
  std::size_t place = 0;
  if (!outcomes.front().ok() || !unpack(outcomes.front().bytes, place, error)) {
    throw std::runtime_error(outcomes.front().error);
  }
  return error;
}

/// Blocks that read side by side from rows of their own stay in step, and find no row open.
TEST(stacked_chip_pair, blocks_in_step_find_no_open_rows) {
  EXPECT_LT(std::abs(error_of(5, 29, 15)), 0.1);
}

/// Which loads miss decides who meets whom at a bank.
TEST(stacked_chip_pair, loads_that_miss_in_part) { EXPECT_LT(std::abs(error_of(3, 27, 6)), 0.1); }

/// One block that reads a little: its load is waited for once.
TEST(stacked_chip_pair, a_lone_block) { EXPECT_LT(std::abs(error_of(5, 4, 0)), 0.05); }

/// Few blocks in tiles that have room for many.
TEST(stacked_chip_pair, few_blocks_in_roomy_tiles) { EXPECT_LT(std::abs(error_of(5, 4, 2)), 0.1); }

/// Pieces as long as all channels together.
TEST(stacked_chip_pair, pieces_over_all_channels) { EXPECT_LT(std::abs(error_of(5, 24, 9)), 0.1); }

/// Near slices' pieces come first, all over a row: closed pages then find more banks at once.
TEST(stacked_chip_pair, pieces_in_the_order_of_their_slices) {
  EXPECT_LT(std::abs(error_of(1, 30, 4)), 0.04);
}

/// Four blocks of a tile: one has the vector unit for its end while others multiply.
TEST(stacked_chip_pair, blocks_that_end_while_others_work) {
  EXPECT_LT(std::abs(error_of(3, 54, 8)), 0.04);
}

/// Tiles are busy, and loads hit and miss in turn: who could begin first has the unit first.
TEST(stacked_chip_pair, blocks_that_share_a_busy_unit) {
  EXPECT_LT(std::abs(error_of(3, 30, 8)), 0.04);
}

/// As many bytes are stored as are loaded, in order, into closed pages.
TEST(stacked_chip_pair, stores_in_the_order_of_their_blocks) {
  EXPECT_LT(std::abs(error_of(3, 6, 2)), 0.06);
}

}  // namespace
}  // namespace lamina::validation
