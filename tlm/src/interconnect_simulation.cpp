// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/interconnect_simulation.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "interconnect_work.h"
#include "lamina/models/interconnect_check.h"
#include "lamina/models/network_limits.h"
#include "lamina/tlm/collective_engine.h"
#include "lamina/tlm/packet_network.h"

namespace lamina::sysc {
namespace {

std::size_t index(int value) { return static_cast<std::size_t>(value); }

/// A network, the collectives that run on it and the transfers of a matrix.
class test_bench : public sc_core::sc_module, public message_listener {
 public:
  SC_HAS_PROCESS(test_bench);
  test_bench(const sc_core::sc_module_name& name, const network_graph& graph,
             const network_workload& workload, const std::vector<collective_schedule>& schedules,
             const packet_network_options& options)
      : sc_module(name), workload_(workload), network_("network", graph, *this, options) {
    for (std::size_t i = 0; i < schedules.size(); ++i) {
      const collective& item = workload.collectives[i];
      const int which = static_cast<int>(i);
      engines_.push_back(std::make_unique<collective_engine>(
          schedules[i],
          [this, &item, which](int from, int to, std::uint64_t bytes, std::int64_t round) {
            network_.send(endpoint_of(item, from), endpoint_of(item, to), bytes,
                          new_tag({which, from, to, round}));
          }));
    }
    SC_METHOD(start);
  }

  void on_arrival(std::int64_t tag, femtoseconds now) override {
    end_ = std::max(end_, now);
    const pending message = pending_[static_cast<std::size_t>(tag)];
    if (message.engine >= 0) {
      engines_[index(message.engine)]->arrived(message.to, message.round, now);
    }
  }
  void on_sent(std::int64_t tag, femtoseconds now) override {
    end_ = std::max(end_, now);
    const pending message = pending_[static_cast<std::size_t>(tag)];
    free_tags_.push_back(tag);
    if (message.engine >= 0) engines_[index(message.engine)]->sent(message.from, now);
  }

  bool done() const {
    return std::all_of(engines_.begin(), engines_.end(),
                       [](const auto& engine) { return engine->done(); });
  }
  femtoseconds end() const { return end_; }
  const packet_network& network() const { return network_; }

 private:
  struct pending {
    int engine = -1;  ///< -1: a transfer
    int from = 0;
    int to = 0;
    std::int64_t round = 0;
  };

  void start() {
    for (const network_transfer& t : workload_.transfers) {
      if (t.source != t.destination && t.bytes > 0) {
        network_.send(t.source, t.destination, t.bytes, new_tag({}));
      }
    }
    for (const auto& engine : engines_) engine->start(femtoseconds{0});
  }
  std::int64_t new_tag(const pending& message) {
    if (free_tags_.empty()) {
      pending_.push_back(message);
      return static_cast<std::int64_t>(pending_.size()) - 1;
    }
    const std::int64_t id = free_tags_.back();
    free_tags_.pop_back();
    pending_[static_cast<std::size_t>(id)] = message;
    return id;
  }

  const network_workload& workload_;
  packet_network network_;
  std::vector<std::unique_ptr<collective_engine>> engines_;
  std::vector<pending> pending_;
  std::vector<std::int64_t> free_tags_;
  femtoseconds end_{0};
};

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument("interconnect: " + problems[0].path + ": " + problems[0].message);
}

}  // namespace

network_result simulate(const interconnect_spec& spec, const network_workload& workload,
                        const interconnect_options& options) {
  refuse(check(spec));
  refuse(check(workload, spec));
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  const network_graph graph(spec);
  const std::vector<collective_schedule> schedules = schedules_of(graph, workload);
  const interconnect_work work(graph, workload, schedules);
  // Time is 64 bits of femtoseconds.
  constexpr double longest_s = 4000;
  if (!(work.seconds() <= longest_s)) {
    throw std::invalid_argument(
        "interconnect: the work takes some " + std::to_string(work.seconds()) +
        " s on the busiest link and its latencies; at most " +
        std::to_string(static_cast<int>(longest_s)) + " s can be simulated");
  }
  packet_network_options network_options;
  network_options.packets_a_train = std::max<std::int64_t>(
      1, std::llround(work.packet_hops() /
                      static_cast<double>(std::max<std::int64_t>(1, options.most_train_hops))));
  test_bench bench("bench", graph, workload, schedules, network_options);
  sc_core::sc_start();
  if (!bench.done()) throw std::logic_error("interconnect: a collective came to a standstill");

  network_result result;
  result.elapsed = bench.end();
  const packet_network& network = bench.network();
  result.payload_bytes = network.payload_bytes();
  result.packets = network.packets();
  result.packet_hops = network.packet_hops();
  result.energy_j.assign(spec.levels.size(), 0);
  for (std::size_t e = 0; e < graph.edges().size(); ++e) {
    const int level = graph.edges()[e].level;
    result.energy_j[index(level)] +=
        network.bytes_on()[e] * 8 * spec.levels[index(level)].energy_j_per_bit;
  }
  const std::vector<double> busy(network.busy_fs().begin(), network.busy_fs().end());
  name_limits(graph, workload, busy, result);
  return result;
}

}  // namespace lamina::sysc
