// SPDX-License-Identifier: Apache-2.0
// Reference kind all_reduce_hardware: measured all-reduces of eight GPUs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/network_reference.h"
#include "network_compare.h"

namespace lamina::validation {
namespace {

constexpr int gpus = 8;

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Median of what was measured within a factor of two around `size`.
double median_around(const std::multimap<double, double>& times, double size) {
  const double reach =
      std::min({std::sqrt(2.0), times.rbegin()->first / size, size / times.begin()->first});
  std::vector<double> window;
  const auto end = times.upper_bound(size * reach * (1 + 1e-12));
  for (auto it = times.lower_bound(size / reach * (1 - 1e-12)); it != end; ++it) {
    window.push_back(it->second);
  }
  return median(std::move(window));
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  return compare_networks("all_reduce_hardware", read_all_reduce_hardware(path), {true, false},
                          context);
}

}  // namespace

interconnect_spec h100_nvlink() {
  network_level level;
  level.name = "nvlink";
  level.shape = network_shape::switched;
  level.sizes = {gpus};
  // NVLink 4: 18 links of 25 GB/s each way (H100 data sheet).
  level.bandwidth_bytes_per_s = 450e9;
  // About 1 us from end to end through the switch and 2.5 us for a round of messages, as fused
  // kernels see them (facts of the references): two links of half of the first, and the rest of
  // the round is the GPU's share of each message.
  level.latency = from_nanoseconds(500);
  level.packets.message_overhead = from_nanoseconds(1500);
  // A packet of NVLink is a line of 128 B behind a header of 16 B; NCCL's LL128 protocol carries
  // 120 B of data and 8 B of flags in such a line.
  level.packets.payload_bytes = 120;
  level.packets.header_bytes = 24;
  level.packets.switching = packet_switching::cut_through;
  interconnect_spec spec;
  spec.name = "8 H100 behind NVLink 4 switches";
  spec.levels.push_back(level);
  return spec;
}

std::vector<network_reference_row> read_all_reduce_hardware(const std::string& path) {
  csv_table table(path, {"num_workers", "devices_per_node", "size", "median_of_rank_medians_ms"});
  std::multimap<double, double> times;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto workers = table.integer(row, "num_workers", 1, 1 << 20);
    const auto in_node = table.integer(row, "devices_per_node", 1, 1 << 20);
    const auto size = table.integer(row, "size", 1, std::int64_t{1} << 50);
    const double ms = table.number(row, "median_of_rank_medians_ms", 0);
    if (workers == gpus && in_node == gpus) times.emplace(static_cast<double>(size), ms * 1e6);
  }
  table.finish();
  if (times.empty()) {
    throw reference_error(
        {fmt::format("{}:1:1: expected rows of {} GPUs in one node", path, gpus)});
  }
  std::vector<network_reference_row> rows;
  for (auto it = times.begin(); it != times.end(); it = times.upper_bound(it->first)) {
    network_reference_row found;
    found.group = std::to_string(gpus);
    found.x = it->first;
    found.name = fmt::format("all_reduce_hardware/{}/{}", gpus, static_cast<std::int64_t>(found.x));
    found.time_ns = median_around(times, found.x);
    found.spec = h100_nvlink();
    collective work;
    work.kind = collective_kind::all_reduce;
    work.algorithm = collective_algorithm::ring;  // of what NCCL has, as measured by its bandwidth
    work.bytes = static_cast<std::uint64_t>(found.x);
    found.workload.collectives.push_back(work);
    rows.push_back(std::move(found));
  }
  return rows;
}

reference_kind all_reduce_hardware_kind() {
  using statistic = tolerance::statistic;
  return {"all_reduce_hardware",
          "CSV of measured all-reduces",
          run,
          {{"time", fidelity_path::analytical, statistic::mape, 0.10}}};
}

}  // namespace lamina::validation
