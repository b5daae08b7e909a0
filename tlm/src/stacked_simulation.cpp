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

double events_of(const tile_schedule& part, const stacked_chip_spec& spec) {
  return events_of_step(part, spec) * static_cast<double>(part.block.steps) *
         static_cast<double>(part.blocks);
}

/// What the budget lets run: three waves, or as many as it holds; of their loops as many steps, but
/// enough to fill the pipeline several times.
part_window window(const tile_schedule& part, const stacked_chip_spec& spec, double most_events) {
  part_window out{0, part.block.steps};
  const std::int64_t slots = std::int64_t{spec.chip.tiles} * part.resident;
  const double step = events_of_step(part, spec);
  const double wave = step * static_cast<double>(part.block.steps) *
                      static_cast<double>(std::min(slots, part.blocks));
  const auto keep = static_cast<std::int64_t>(std::max(3.0, std::floor(most_events / wave)));
  out.waves_beside = std::max<std::int64_t>(0, part.blocks / slots - keep);
  const std::int64_t blocks = part.blocks - out.waves_beside * slots;
  const double steps = most_events / (step * static_cast<double>(blocks));
  const std::int64_t least = std::max<std::int64_t>(16, 4 * part.block.stages);
  out.steps = std::clamp(static_cast<std::int64_t>(steps), std::min(least, part.block.steps),
                         part.block.steps);
  return out;
}

/// What was simulated, against the whole: work goes with bytes, what passes by itself with time.
struct scales {
  double read = 1;
  double write = 1;
  double memory = 1;
  double buffer = 1;
  double time = 1;
};

scales scales_of(const kernel_schedule& schedule, stacked_ways& ways, std::int64_t whole_fs,
                 femtoseconds simulated) {
  double read = 0;
  double write = 0;
  double buffer = 0;
  for (const tile_schedule& part : schedule.parts) {
    read += part.memory_read_bytes;
    write += part.memory_write_bytes;
    buffer += part.load_bytes() + part.store_bytes();
  }
  const auto ratio = [](double whole, double part) { return part > 0 ? whole / part : 1; };
  std::uint64_t written = 0;
  for (const auto& port : ways.ports()) written += port->write_bytes();
  const auto all = static_cast<double>(ways.memory_bytes());
  const auto writes = static_cast<double>(written);
  return {ratio(read, all - writes), ratio(write, writes), ratio(read + write, all),
          ratio(buffer, ways.buffer_bytes()),
          ratio(static_cast<double>(whole_fs), static_cast<double>(simulated.count()))};
}

/// Seconds for which the busiest resource of the stack was needed.
double memory_seconds(const memory_demand& d, const scales& by) {
  return std::max({(d.port_data + d.port_turnaround) * by.memory + d.port_refresh * by.time,
                   d.bank_cycle * by.memory + d.bank_refresh * by.time, d.activation * by.memory,
                   d.command_bus * by.memory});
}

void scale(const scales& by, memory_result& memory) {
  dram_counts& c = memory.counts;
  for (double* count : {&c.activates, &c.precharges, &c.row_hits, &c.turnarounds}) {
    *count *= by.memory;
  }
  c.reads *= by.read;
  c.writes *= by.write;
  c.refreshes *= by.time;
  dram_energy& e = memory.energy;
  for (double* energy : {&e.activate_j, &e.precharge_j, &e.port_j, &e.bond_j}) {
    *energy *= by.memory;
  }
  e.read_j *= by.read;
  e.write_j *= by.write;
  e.refresh_j *= by.time;
  e.background_j *= by.time;
}

/// Fills limits, bytes and energy of a result whose elapsed time and simulated share are known.
void account(const kernel_schedule& schedule, const stacked_chip_spec& spec,
             const stacked_ways& ways, const scales& by, dram_stack& stack, femtoseconds simulated,
             kernel_result& result) {
  memory_result memory;
  memory_demand demand;
  stack.report(simulated, memory, demand);
  way_demand needed{ways.busiest_slice_s() * by.buffer, ways.busiest_link_s() * by.buffer,
                    std::max(memory_seconds(demand, by), ways.stack_occupied_s() * by.memory)};
  if (result.simulated_share < 1) {
    // Scaled from a window: nothing is needed for longer than the kernel takes.
    const double most = to_seconds(result.elapsed);
    for (double* value : {&needed.shared_buffer_s, &needed.network_s, &needed.memory_s}) {
      *value = std::min(*value, most);
    }
  }
  name_limits(schedule, spec.chip, needed, result);
  if (result.simulated_share == 1) {
    // As moved, not as asked for.
    result.shared_buffer_bytes = ways.buffer_bytes();
    result.memory_bytes = static_cast<double>(ways.memory_bytes());
  }
  scale(by, memory);
  result.stack_counts = memory.counts;
  result.stack_energy = memory.energy;
  const double launch_s = to_seconds(launch_time(schedule, spec.chip.launch));
  result.energy.memory_j = memory.energy.total_j() + launch_s * idle_power_w(spec.dram_stack);
  result.energy.network_j = ways.network_energy_j() * by.buffer;
  name_energy(schedule, spec.chip, result);
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
  if (options.most_bursts > 0) {
    double all = 0;
    for (const tile_schedule& part : schedule.parts) all += events_of(part, spec);
    bench.window_of = [&spec, &options, all](const tile_schedule& part) {
      // Each part has its share of the budget.
      return window(part, spec,
                    static_cast<double>(options.most_bursts) * events_of(part, spec) / all);
    };
  }
  bench.on_part = [&](const tile_schedule& part) { ways.begin(part); };
  bench.busy = [&ways] { return 1e15 * ways.stack_occupied_s(); };
  bench.on_end = [] { sc_core::sc_stop(); };
  sc_core::sc_start();
  for (const auto& port : ways.ports()) {
    if (port->failed() > 0) throw std::logic_error("the stack refused a request");
  }

  kernel_result result;
  result.elapsed = femtoseconds{bench.end()} + launch_time(schedule, spec.chip.launch);
  result.simulated_share = bench.simulated_share();
  const femtoseconds simulated = from_sc_time(sc_core::sc_time_stamp());
  scales by;
  if (result.simulated_share < 1) by = scales_of(schedule, ways, bench.end(), simulated);
  account(schedule, spec, ways, by, stack, simulated, result);
  return result;
}

}  // namespace lamina::sysc
