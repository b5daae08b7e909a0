// SPDX-License-Identifier: Apache-2.0
// Reference kind network_ring: ring collectives over one-way point-to-point links.
#include <fmt/format.h>

#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/network_reference.h"
#include "network_compare.h"

namespace lamina::validation {
namespace {

constexpr int framing_bytes = 2;

interconnect_spec spec_of(csv_table& table, std::size_t row) {
  network_level level;
  level.name = "ring";
  level.shape = network_shape::graph;
  const auto ranks = static_cast<int>(table.integer(row, "n", 1, 1 << 16));
  level.sizes = {ranks};
  level.bandwidth_bytes_per_s = table.number(row, "link_gbps", 1e-3) * 1e9 / 8;
  level.latency = from_nanoseconds(table.number(row, "link_lat_ns", 0));
  level.packets.payload_bytes = static_cast<int>(table.integer(row, "mtu_bytes", 1, 1 << 30));
  level.packets.header_bytes = framing_bytes;
  for (int rank = 0; rank < ranks && ranks > 1; ++rank) {
    network_link link;
    link.from = rank;
    link.to = (rank + 1) % ranks;
    link.both_ways = false;
    level.links.push_back(link);
  }
  interconnect_spec spec;
  spec.levels.push_back(level);
  return spec;
}

collective work_of(csv_table& table, std::size_t row) {
  collective work;
  work.algorithm = collective_algorithm::ring;
  work.bytes = static_cast<std::uint64_t>(table.integer(row, "bytes", 1, std::int64_t{1} << 50));
  const std::string_view kind = table.text(row, "collective");
  if (kind == "all_gather") {
    work.kind = collective_kind::all_gather;
    const auto ranks = static_cast<std::uint64_t>(table.integer(row, "n", 1, 1 << 16));
    work.bytes = (work.bytes + ranks - 1) / ranks;
  } else if (kind == "reduce_scatter") {
    work.kind = collective_kind::reduce_scatter;
  } else if (kind != "all_reduce") {
    table.complain(
        row, "collective",
        fmt::format("expected all_reduce, reduce_scatter or all_gather, found '{}'", kind));
  }
  return work;
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  return compare_networks("network_ring", read_network_ring(path), {true, true}, context);
}

}  // namespace

std::vector<network_reference_row> read_network_ring(const std::string& path) {
  csv_table table(path, {"collective", "topology", "n", "link_gbps", "link_lat_ns", "mtu_bytes",
                         "bytes", "time_ns"});
  std::vector<network_reference_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.text(row, "topology") != "ring_unidir") {
      table.complain(row, "topology",
                     fmt::format("expected ring_unidir, found '{}'", table.text(row, "topology")));
    }
    network_reference_row found;
    found.group = table.text(row, "collective");
    found.name = fmt::format("network_ring/{}/{}/{}", found.group, table.text(row, "n"),
                             table.text(row, "bytes"));
    found.x = static_cast<double>(table.integer(row, "bytes", 1, std::int64_t{1} << 50));
    found.time_ns = table.number(row, "time_ns", 0);
    found.spec = spec_of(table, row);
    found.workload.collectives.push_back(work_of(table, row));
    rows.push_back(std::move(found));
  }
  refuse_impossible(table, "n", rows);
  table.finish();
  return rows;
}

reference_kind network_ring_kind() {
  using statistic = tolerance::statistic;
  return {"network_ring",
          "CSV of ring collectives",
          run,
          {{"time", fidelity_path::tlm, statistic::max, 0.0005}}};
}

}  // namespace lamina::validation
