// SPDX-License-Identifier: Apache-2.0
#include "lamina/platforms/network.h"

#include <chrono>
#include <cstring>

#include "lamina/analytical/interconnect.h"
#include "lamina/platforms/process_pool.h"
#include "lamina/tlm/interconnect_simulation.h"

namespace lamina::platforms {
namespace {

/// The parts of a result that are plain data.
struct fixed_part {
  femtoseconds elapsed;
  std::uint64_t payload_bytes;
  double packets, packet_hops;
  int busiest;
  std::array<double, network_limit_count> limits_s;
  network_limit bound_by;
  std::size_t levels, edges;
};

std::string to_bytes(const network_result& r) {
  const fixed_part fixed{r.elapsed,     r.payload_bytes,   r.packets,
                         r.packet_hops, r.busiest,         r.limits_s,
                         r.bound_by,    r.energy_j.size(), r.utilisation.size()};
  std::string bytes(reinterpret_cast<const char*>(&fixed), sizeof fixed);
  for (const std::vector<double>* list : {&r.energy_j, &r.utilisation}) {
    bytes.append(reinterpret_cast<const char*>(list->data()), list->size() * sizeof(double));
  }
  return bytes;
}

std::optional<network_result> from_bytes(const std::string& bytes) {
  fixed_part fixed;
  if (bytes.size() < sizeof fixed) return {};
  std::memcpy(&fixed, bytes.data(), sizeof fixed);
  if (bytes.size() != sizeof fixed + (fixed.levels + fixed.edges) * sizeof(double)) return {};
  network_result r;
  r.elapsed = fixed.elapsed;
  r.payload_bytes = fixed.payload_bytes;
  r.packets = fixed.packets;
  r.packet_hops = fixed.packet_hops;
  r.busiest = fixed.busiest;
  r.limits_s = fixed.limits_s;
  r.bound_by = fixed.bound_by;
  r.energy_j.resize(fixed.levels);
  r.utilisation.resize(fixed.edges);
  const char* at = bytes.data() + sizeof fixed;
  if (fixed.levels > 0) std::memcpy(r.energy_j.data(), at, fixed.levels * sizeof(double));
  at += fixed.levels * sizeof(double);
  if (fixed.edges > 0) std::memcpy(r.utilisation.data(), at, fixed.edges * sizeof(double));
  return r;
}

}  // namespace

std::vector<std::vector<algorithm_time>> rank_algorithms(const config::network_platform& platform) {
  analytical::interconnect net(platform.interconnect);
  std::vector<std::vector<algorithm_time>> all;
  for (const collective& item : platform.workload().collectives) {
    std::vector<algorithm_time> ranked;
    for (const auto& choice : net.ranking(item)) ranked.push_back({choice.algorithm, choice.time});
    all.push_back(std::move(ranked));
  }
  return all;
}

network_workload resolved_workload(const config::network_platform& platform) {
  network_workload work = platform.workload();
  analytical::interconnect net(platform.interconnect);
  for (collective& item : work.collectives) {
    if (item.algorithm != collective_algorithm::best) continue;
    item.algorithm = net.ranking(item).front().algorithm;
  }
  return work;
}

network_outcome evaluate(const config::network_platform& platform, fidelity how) {
  const network_workload work = resolved_workload(platform);
  const auto start = std::chrono::steady_clock::now();
  network_outcome outcome;
  if (how == fidelity::analytical) {
    outcome.result = analytical::interconnect(platform.interconnect).carry(work);
  } else {
    const std::vector<process_outcome> ended =
        run_in_processes({[&] { return to_bytes(sysc::simulate(platform.interconnect, work)); }});
    if (ended.front().ok()) outcome.result = from_bytes(ended.front().bytes);
    if (!outcome.result) outcome.error = ended.front().error;
    if (!outcome.result && outcome.error.empty()) outcome.error = "no answer";
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  outcome.wall_s = wall.count();
  return outcome;
}

}  // namespace lamina::platforms
