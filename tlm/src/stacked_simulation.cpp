// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "lamina/tlm/stacked_chip.h"
#include "tile_bench.h"

namespace lamina::sysc {
namespace {

/// Bursts and messages of one step of one block, its part of the store included.
double events_of_step(const tile_schedule& part, const stacked_chip_spec& spec) {
  const piece_layout layout(part, spec);
  const auto bursts = static_cast<double>(layout.burst_bytes);
  const double store =
      static_cast<double>(layout.pieces_of_store) + layout.through_of_store / bursts;
  return static_cast<double>(layout.pieces_of_load) + layout.missed_of_load / bursts +
         store / static_cast<double>(part.block.steps) + 1;
}

/// What the budget lets run: three waves, or as many as it holds; of their loops as many steps, but
/// enough to fill the pipeline several times.
part_window window(const tile_schedule& part, const stacked_chip_spec& spec,
                   std::int64_t most_events) {
  part_window out{0, part.block.steps};
  if (most_events <= 0) return out;
  const std::int64_t slots = std::int64_t{spec.chip.tiles} * part.resident;
  const double step = events_of_step(part, spec);
  const auto budget = static_cast<double>(most_events);
  const double wave = step * static_cast<double>(part.block.steps) *
                      static_cast<double>(std::min(slots, part.blocks));
  const auto keep = static_cast<std::int64_t>(std::max(3.0, std::floor(budget / wave)));
  out.waves_beside = std::max<std::int64_t>(0, part.blocks / slots - keep);
  const std::int64_t blocks = part.blocks - out.waves_beside * slots;
  const double steps = budget / (step * static_cast<double>(blocks));
  const std::int64_t least = std::max<std::int64_t>(16, 4 * part.block.stages);
  out.steps = std::clamp(static_cast<std::int64_t>(steps), std::min(least, part.block.steps),
                         part.block.steps);
  return out;
}

double memory_seconds(const memory_demand& d) {
  return std::max({d.port_data + d.port_turnaround + d.port_refresh, d.bank_cycle + d.bank_refresh,
                   d.activation, d.command_bus});
}

void refuse(const stacked_chip_spec& spec) {
  const std::vector<spec_problem> problems = check(spec);
  if (problems.empty()) return;
  throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
}

}  // namespace

kernel_result simulate(const stacked_chip_spec& spec, const kernel_schedule& schedule,
                       const tile_simulation_options& options) {
  refuse(spec);
  refuse_empty(schedule);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  dram_stack_options stack_options;
  stack_options.annotate_responses = true;
  dram_stack stack("stack", spec.dram_stack, stack_options);
  stacked_ways ways("ways", spec);
  for (const auto& port : ways.ports()) port->socket.bind(stack.socket);
  tile_bench bench("chip", spec.chip, schedule, ways, femtoseconds{0});
  bench.window_of = [&](const tile_schedule& part) {
    return window(part, spec, options.most_bursts);
  };
  bench.on_part = [&](const tile_schedule& part) { ways.begin(part); };
  bench.on_end = [] { sc_core::sc_stop(); };
  sc_core::sc_start();

  kernel_result result;
  result.elapsed = femtoseconds{bench.end()} + launch_time(schedule, spec.chip.launch);
  result.simulated_share = bench.simulated_share();
  memory_result memory;
  memory_demand demand;
  stack.report(femtoseconds{from_sc_time(sc_core::sc_time_stamp())}, memory, demand);
  const double whole = 1 / result.simulated_share;
  name_limits(schedule, spec.chip,
              {ways.busiest_slice_s() * whole, ways.busiest_link_s() * whole,
               memory_seconds(demand) * whole},
              result);
  if (result.simulated_share == 1) {
    // As moved, not as asked for.
    result.shared_buffer_bytes = ways.buffer_bytes();
    result.memory_bytes = static_cast<double>(ways.memory_bytes());
  }
  for (const auto& port : ways.ports()) {
    if (port->failed() > 0) throw std::logic_error("the stack refused a request");
  }
  return result;
}

}  // namespace lamina::sysc
