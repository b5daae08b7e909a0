// SPDX-License-Identifier: Apache-2.0
#include "packet_runs.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <functional>
#include <string>

#include "lamina/tlm/interconnect_simulation.h"
#include "lamina/tlm/packet_network.h"

namespace lamina::sysc {
namespace {

/// What `task` returns in a process of its own; empty when that failed.
std::string in_child(const std::function<std::string()>& task) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::string bytes;
    try {
      bytes = task();
    } catch (const std::exception&) {
      _exit(1);
    }
    std::size_t written = 0;
    while (written < bytes.size()) {
      const ssize_t count = write(ends[1], bytes.data() + written, bytes.size() - written);
      if (count <= 0) _exit(1);
      written += static_cast<std::size_t>(count);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string bytes;
  char part[4096];
  for (ssize_t count = 0; (count = read(ends[0], part, sizeof part)) > 0;) {
    bytes.append(part, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? bytes : std::string();
}

class recorder : public sc_core::sc_module, public message_listener {
 public:
  SC_HAS_PROCESS(recorder);
  recorder(const sc_core::sc_module_name& name, const network_graph& graph,
           const std::vector<network_transfer>& transfers, const packet_network_options& options)
      : sc_module(name),
        fates(transfers.size()),
        transfers_(transfers),
        network_("network", graph, *this, options) {
    SC_METHOD(start);
  }
  void on_arrival(std::int64_t tag, femtoseconds now) override {
    transfer_fate& fate = fates[static_cast<std::size_t>(tag)];
    fate.arrived_fs = now.count();
    ++fate.arrivals;
  }
  void on_sent(std::int64_t tag, femtoseconds now) override {
    transfer_fate& fate = fates[static_cast<std::size_t>(tag)];
    fate.sent_fs = now.count();
    ++fate.sent;
  }
  std::vector<transfer_fate> fates;

 private:
  void start() {
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      const network_transfer& t = transfers_[i];
      network_.send(t.source, t.destination, t.bytes, static_cast<std::int64_t>(i));
    }
  }
  const std::vector<network_transfer>& transfers_;
  packet_network network_;
};

}  // namespace

std::vector<transfer_fate> fates_of(const interconnect_spec& spec,
                                    const std::vector<network_transfer>& transfers,
                                    std::int64_t packets_a_train) {
  const std::string bytes = in_child([&] {
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
    const network_graph graph(spec);
    packet_network_options options;
    options.packets_a_train = packets_a_train;
    recorder bench("bench", graph, transfers, options);
    sc_core::sc_start();
    return std::string(reinterpret_cast<const char*>(bench.fates.data()),
                       bench.fates.size() * sizeof(transfer_fate));
  });
  std::vector<transfer_fate> fates(transfers.size());
  if (bytes.size() == fates.size() * sizeof(transfer_fate)) {
    std::memcpy(fates.data(), bytes.data(), bytes.size());
  }
  return fates;
}

network_answer answer_of(const interconnect_spec& spec, const network_workload& workload,
                         std::int64_t most_train_hops) {
  const std::string bytes = in_child([&] {
    interconnect_options options;
    options.most_train_hops = most_train_hops;
    const network_result result = simulate(spec, workload, options);
    network_answer answer;
    answer.elapsed_fs = result.elapsed.count();
    answer.payload_bytes = result.payload_bytes;
    answer.packets = result.packets;
    answer.packet_hops = result.packet_hops;
    answer.energy_j = result.energy_total_j();
    if (result.busiest >= 0) {
      answer.largest_utilisation = result.utilisation[static_cast<std::size_t>(result.busiest)];
    }
    answer.bound_by = result.bound_by;
    return std::string(reinterpret_cast<const char*>(&answer), sizeof answer);
  });
  network_answer answer;
  if (bytes.size() == sizeof answer) std::memcpy(&answer, bytes.data(), bytes.size());
  return answer;
}

interconnect_spec plain_network(network_shape shape, std::vector<int> sizes) {
  network_level level;
  level.shape = shape;
  level.sizes = std::move(sizes);
  level.bandwidth_bytes_per_s = 1e9;
  level.latency = from_nanoseconds(10);
  level.packets.payload_bytes = 1000;
  level.packets.header_bytes = 24;
  interconnect_spec spec;
  spec.levels.push_back(level);
  return spec;
}

}  // namespace lamina::sysc
