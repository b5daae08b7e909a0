// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "lamina/tlm/compute_tile.h"
#include "tile_bench.h"

namespace lamina::sysc {
namespace {

/// Whole waves of a part that its budget leaves out.
std::int64_t waves_beside(const tile_schedule& part, const chip_spec& chip,
                          std::int64_t most_steps) {
  if (most_steps <= 0) return 0;
  const std::int64_t slots = std::int64_t{chip.tiles} * part.resident;
  const std::int64_t keep =
      std::max<std::int64_t>(3, most_steps / std::max<std::int64_t>(1, slots * part.block.steps));
  return std::max<std::int64_t>(0, part.blocks / slots - keep);
}

}  // namespace

kernel_result simulate(const chip_spec& chip, const kernel_schedule& schedule,
                       const tile_simulation_options& options) {
  const std::vector<spec_problem> problems = check(chip);
  if (!problems.empty()) {
    throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
  }
  refuse_empty(schedule);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  shared_ways ways("ways", chip);
  tile_bench bench("chip", chip, schedule, ways, chip.memory.latency);
  bench.window_of = [&](const tile_schedule& part) {
    return part_window{waves_beside(part, chip, options.most_steps), part.block.steps};
  };
  sc_core::sc_start();
  kernel_result result;
  result.elapsed = femtoseconds{bench.end()} + launch_time(schedule, chip.launch);
  name_limits(schedule, chip, demand_of(schedule, chip), result);
  result.simulated_share = bench.simulated_share();
  if (result.simulated_share == 1) {
    // As moved, not as asked for.
    result.shared_buffer_bytes = ways.buffer_bytes();
    result.memory_bytes = ways.memory_bytes();
  }
  return result;
}

}  // namespace lamina::sysc
