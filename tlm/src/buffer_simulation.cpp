// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/buffer_simulation.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <systemc>
#include <vector>

#include "lamina/tlm/block_mover.h"
#include "lamina/tlm/buffer.h"

namespace lamina::sysc {
namespace {

/// One buffer and an initiator for each requester that has work.
class test_bench : public sc_core::sc_module {
 public:
  test_bench(const sc_core::sc_module_name& name, const buffer_spec& spec,
             const buffer_workload& workload, bool run_ahead)
      : sc_module(name), workload_(workload), buffer_("buffer", spec, {run_ahead}) {
    for (int requester = 0; requester < workload.requesters; ++requester) {
      if (blocks_of(workload, requester) == 0) break;
      const std::string child = "mover_" + std::to_string(requester);
      movers_.push_back(std::make_unique<block_mover>(child.c_str(), spec, workload, requester));
      block_mover& mover = *movers_.back();
      mover.socket.bind(buffer_.socket);
      mover.unloaded_latency = [this] { return buffer_.unloaded_latency(); };
      mover.on_done = [this] {
        if (--running_ == 0) sc_core::sc_stop();
      };
    }
    running_ = movers_.size();
  }

  buffer_result result() const {
    buffer_result result;
    buffer_demand demand{};
    latency_histogram latencies;
    double unloaded_s = 0;
    femtoseconds last_offer{0};
    for (const auto& mover : movers_) {
      result.elapsed = std::max(result.elapsed, mover->last_completion());
      result.read_bytes += mover->read_bytes();
      result.write_bytes += mover->write_bytes();
      latencies.merge(mover->latencies());
      unloaded_s = std::max(unloaded_s, mover->unloaded_s());
      last_offer = std::max(last_offer, mover->last_offer());
    }
    result.latency = {latencies.mean_s(), latencies.quantile_s(0.5), latencies.quantile_s(0.99),
                      latencies.max_s()};
    buffer_.report(result, demand);
    demand[static_cast<std::size_t>(buffer_limit::offered_rate)] = to_seconds(last_offer);
    demand[static_cast<std::size_t>(buffer_limit::requests)] = unloaded_s / workload_.in_flight;
    name_limits(demand, result);
    add_energy(buffer_.spec(), result);
    return result;
  }

 private:
  const buffer_workload& workload_;
  buffer buffer_;
  std::vector<std::unique_ptr<block_mover>> movers_;
  std::size_t running_ = 0;
};

}  // namespace

buffer_result simulate(const buffer_spec& spec, const buffer_workload& workload,
                       const buffer_simulation_options& options) {
  std::vector<spec_problem> problems = check(spec);
  if (problems.empty()) problems = check(workload, spec);
  if (!problems.empty()) {
    throw std::invalid_argument(problems.front().path + ": " + problems.front().message);
  }
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  test_bench bench("bench", spec, workload, options.run_ahead);
  if (options.time_limit_s <= 0) {
    sc_core::sc_start();
    return bench.result();
  }
  const auto start = std::chrono::steady_clock::now();
  const auto spent = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const sc_core::sc_time slice(10, sc_core::SC_US);
  while (sc_core::sc_get_status() != sc_core::SC_STOPPED && spent() < options.time_limit_s) {
    sc_core::sc_start(slice);
  }
  return bench.result();
}

}  // namespace lamina::sysc
