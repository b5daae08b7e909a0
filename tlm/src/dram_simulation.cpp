// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/dram_simulation.h"

#include <chrono>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <systemc>

#include "lamina/models/memory_demand.h"
#include "lamina/tlm/dram_stack.h"
#include "lamina/tlm/traffic_generator.h"

namespace lamina::sysc {
namespace {

/// One stack and a generator for each stream.
class test_bench : public sc_core::sc_module {
 public:
  test_bench(const sc_core::sc_module_name& name, const dram_stack_spec& spec,
             const memory_workload& workload, const dram_stack_options& options)
      : sc_module(name), stack_("stack", spec, options) {
    for (std::size_t i = 0; i < workload.streams.size(); ++i) {
      const std::string child = "generator_" + std::to_string(i);
      generators_.push_back(std::make_unique<traffic_generator>(child.c_str(), workload.streams[i],
                                                                workload.seed, i));
      traffic_generator& generator = *generators_.back();
      generator.socket.bind(stack_.socket);
      generator.unloaded_latency = [this] { return stack_.unloaded_latency(); };
      generator.local_time = [this] { return stack_.local_time(); };
      generator.on_done = [this] {
        if (--running_ == 0) sc_core::sc_stop();
      };
    }
    running_ = generators_.size();
  }

  memory_result result() {
    memory_result result;
    latency_histogram latencies;
    double in_flight_rate = 0;
    for (const auto& generator : generators_) {
      result.elapsed = std::max(result.elapsed, generator->last_completion());
      result.read_bytes += generator->read_bytes();
      result.write_bytes += generator->write_bytes();
      latencies.merge(generator->latencies());
      in_flight_rate += generator->in_flight_limit();
    }
    result.latency = {latencies.mean_s(), latencies.quantile_s(0.5), latencies.quantile_s(0.99),
                      latencies.max_s()};
    memory_demand demand;
    stack_.report(result.elapsed, result, demand);
    const double bytes = static_cast<double>(result.read_bytes + result.write_bytes);
    demand.in_flight = bytes / in_flight_rate;
    demand.offered = offered_seconds();
    name_limits(demand, result);
    return result;
  }

 private:
  /// Time in which the offered rates have offered everything; 0 when a stream has no rate.
  double offered_seconds() const {
    double longest = 0;
    for (const auto& generator : generators_) {
      const femtoseconds last = generator->last_offer();
      if (last == femtoseconds{0}) return 0;
      longest = std::max(longest, to_seconds(last));
    }
    return longest;
  }

  dram_stack stack_;
  std::vector<std::unique_ptr<traffic_generator>> generators_;
  std::size_t running_ = 0;
};

int controllers_of(const dram_stack_spec& spec) {
  return spec.geometry.channels * command_bus_layout::buses_per_channel(spec);
}

}  // namespace

memory_result simulate(const dram_stack_spec& spec, const memory_workload& workload,
                       const simulation_options& options) {
  for (const access_stream& stream : workload.streams) {
    if (stream.end_address() > static_cast<std::uint64_t>(spec.geometry.capacity_bytes())) {
      throw std::invalid_argument("stream '" + stream.name +
                                  "' goes beyond the stack's capacity of " +
                                  std::to_string(spec.geometry.capacity_bytes()) + " bytes");
    }
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  dram_stack_options stack_options;
  stack_options.annotate_responses = true;
  stack_options.on_command = options.on_command;
  // Events of several controllers or streams that fall on one time would follow each other in
  // another order were some of the events before them left out.
  if (workload.streams.size() == 1 && controllers_of(spec) == 1) {
    stack_options.run_ahead = options.run_ahead;
  }
  test_bench bench("bench", spec, workload, stack_options);
  if (options.time_limit_s <= 0) {
    sc_core::sc_start();
  } else {
    const auto start = std::chrono::steady_clock::now();
    const auto spent = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const sc_core::sc_time slice(10, sc_core::SC_US);
    while (sc_core::sc_get_status() != sc_core::SC_STOPPED && spent() < options.time_limit_s) {
      sc_core::sc_start(slice);
    }
  }
  return bench.result();
}

}  // namespace lamina::sysc
