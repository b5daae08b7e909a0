// SPDX-License-Identifier: Apache-2.0
#include "lamina/tlm/pipeline_simulation.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "lamina/tlm/buffer.h"
#include "lamina/tlm/dram_stack.h"
#include "lamina/tlm/memory_relay.h"
#include "lamina/tlm/relay_stages.h"
#include "lamina/tlm/traffic_generator.h"

namespace lamina::sysc {
namespace {

/// A target that answers at once: the end of a pipeline whose stack is a delay_stage.
class instant_memory : public sc_core::sc_module {
 public:
  ::tlm_utils::multi_passthrough_target_socket<instant_memory> socket;
  explicit instant_memory(const sc_core::sc_module_name& name) : sc_module(name), socket("socket") {
    socket.register_nb_transport_fw(this, &instant_memory::answer);
    socket.register_b_transport(this, &instant_memory::block);
  }

 private:
  ::tlm::tlm_sync_enum answer(int, ::tlm::tlm_generic_payload& payload, ::tlm::tlm_phase& phase,
                              sc_core::sc_time&) {
    if (phase == ::tlm::BEGIN_REQ) payload.set_response_status(::tlm::TLM_OK_RESPONSE);
    return ::tlm::TLM_COMPLETED;
  }
  void block(int, ::tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(::tlm::TLM_OK_RESPONSE);
  }
};

/// Generators, one relay a stage, and what is behind the last.
class test_bench : public sc_core::sc_module {
 public:
  test_bench(const sc_core::sc_module_name& name, const memory_pipeline_spec& spec,
             const memory_workload& workload, const pipeline_stages& known)
      : sc_module(name) {
    add_generators(workload);
    for (const access_stream& stream : workload.streams) most_in_flight_ += stream.in_flight;
    if (spec.buffer && known.buffer) {
      add_relay("buffer_relay", add_delay("buffer", *known.buffer));
    } else if (spec.buffer) {
      buffer_ = std::make_unique<buffer>("buffer", *spec.buffer);
      auto stage = std::make_unique<buffer_stage>("buffer_stage", *spec.buffer);
      for (int port = 0; port < spec.buffer->ports; ++port) stage->initiator.bind(buffer_->socket);
      add_relay("buffer_relay", *stage);
      stages_.push_back(std::move(stage));
    }
    if (spec.network && known.network) {
      add_relay("network_relay", add_delay("network", *known.network));
    } else if (spec.network) {
      auto stage = std::make_unique<network_stage>("network_stage", spec);
      add_relay("network_relay", *stage);
      stages_.push_back(std::move(stage));
    }
    if (known.dram_stack) {
      add_relay("dram_relay", add_delay("dram_stack", *known.dram_stack));
      instant_ = std::make_unique<instant_memory>("memory");
    } else {
      stack_ = std::make_unique<dram_stack>("stack", spec.dram_stack);
    }
    bind_all();
  }

  pipeline_result result() {
    pipeline_result result;
    latency_histogram latencies;
    for (const auto& generator : generators_) {
      result.memory.elapsed = std::max(result.memory.elapsed, generator->last_completion());
      result.memory.read_bytes += generator->read_bytes();
      result.memory.write_bytes += generator->write_bytes();
      latencies.merge(generator->latencies());
    }
    result.memory.latency = {latencies.mean_s(), latencies.quantile_s(0.5),
                             latencies.quantile_s(0.99), latencies.max_s()};
    memory_demand demand;
    if (stack_) stack_->report(result.memory.elapsed, result.memory, demand);
    return result;
  }
  bool done() const { return running_ == 0; }

 private:
  void add_generators(const memory_workload& workload) {
    for (std::size_t i = 0; i < workload.streams.size(); ++i) {
      const std::string child = "generator_" + std::to_string(i);
      generators_.push_back(std::make_unique<traffic_generator>(child.c_str(), workload.streams[i],
                                                                workload.seed, i));
      generators_.back()->on_done = [this] {
        if (--running_ == 0) sc_core::sc_stop();
      };
    }
    running_ = generators_.size();
  }
  delay_stage& add_delay(const std::string& name, const known_stage& known) {
    auto stage =
        std::make_unique<delay_stage>((name + "_delay").c_str(), known.bytes_per_s, known.latency);
    delay_stage& made = *stage;
    stages_.push_back(std::move(stage));
    return made;
  }
  void add_relay(const char* name, relay_stage& stage) {
    relays_.push_back(std::make_unique<memory_relay>(name, stage, most_in_flight_));
  }
  void bind_all() {
    for (const auto& generator : generators_) {
      if (!relays_.empty()) {
        generator->socket.bind(relays_.front()->target);
      } else if (stack_) {
        generator->socket.bind(stack_->socket);
      } else {
        generator->socket.bind(instant_->socket);
      }
      for (std::size_t i = 0; i + 1 < relays_.size(); ++i) {
        relays_[i]->initiator.bind(relays_[i + 1]->target);
      }
      if (relays_.empty()) continue;
      if (stack_) {
        relays_.back()->initiator.bind(stack_->socket);
      } else {
        relays_.back()->initiator.bind(instant_->socket);
      }
    }
  }

  std::vector<std::unique_ptr<traffic_generator>> generators_;
  std::vector<std::unique_ptr<sc_core::sc_module>> stages_;
  std::vector<std::unique_ptr<memory_relay>> relays_;
  std::unique_ptr<buffer> buffer_;
  std::unique_ptr<dram_stack> stack_;
  std::unique_ptr<instant_memory> instant_;
  std::size_t running_ = 0;
  int most_in_flight_ = 1;
};

void refuse(const std::vector<spec_problem>& problems) {
  if (problems.empty()) return;
  throw std::invalid_argument("memory pipeline: " + problems[0].path + ": " + problems[0].message);
}

}  // namespace

pipeline_result simulate(const memory_pipeline_spec& spec, const memory_workload& workload,
                         const pipeline_stages& known) {
  refuse(check(spec));
  refuse(check(workload, spec));
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  test_bench bench("bench", spec, workload, known);
  if (!workload.streams.empty()) sc_core::sc_start();
  if (!bench.done()) throw std::logic_error("memory pipeline: it came to a standstill");
  return bench.result();
}

}  // namespace lamina::sysc
