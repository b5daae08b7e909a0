// SPDX-License-Identifier: Apache-2.0
// Reference kind network_collectives: collectives of a packet-level simulator on three topologies.
#include <fmt/format.h>

#include <charconv>

#include "kinds.h"
#include "lamina/validation/csv_table.h"
#include "lamina/validation/network_reference.h"
#include "network_compare.h"

namespace lamina::validation {
namespace {

packet_protocol reference_protocol() {
  packet_protocol protocol;
  protocol.payload_bytes = 1000;
  protocol.header_bytes = 48;
  protocol.switching = packet_switching::store_and_forward;
  protocol.acknowledged = true;
  protocol.time_grid = from_nanoseconds(1);
  return protocol;
}

/// "4x4" as {4, 4}; empty when it is something else.
std::vector<int> sizes_of(std::string_view text) {
  std::vector<int> sizes;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    int size = 0;
    const auto [stop, status] = std::from_chars(at, end, size);
    if (status != std::errc{} || size < 1 || size > 1 << 16) return {};
    sizes.push_back(size);
    if (stop == end) return sizes;
    if (*stop != 'x') return {};
    at = stop + 1;
  }
}

network_level level_of(csv_table& table, std::size_t row, const char* bandwidth,
                       const char* latency) {
  network_level level;
  level.bandwidth_bytes_per_s = table.number(row, bandwidth, 1e-3) * 1e9;
  level.latency = from_nanoseconds(table.number(row, latency, 0));
  level.packets = reference_protocol();
  return level;
}

interconnect_spec spec_of(csv_table& table, std::size_t row) {
  interconnect_spec spec;
  const std::string_view topology = table.text(row, "topology");
  const std::vector<int> sizes = sizes_of(table.text(row, "dims"));
  const bool two_levels = topology == "switch_of_switches";
  const bool torus = topology.substr(0, 5) == "torus";
  if (!two_levels && !torus && topology != "switch") {
    table.complain(
        row, "topology",
        fmt::format("expected torus..., switch or switch_of_switches, found '{}'", topology));
    return spec;
  }
  if (sizes.empty() || (!torus && sizes.size() != (two_levels ? 2U : 1U))) {
    table.complain(row, "dims",
                   fmt::format("expected {}, found '{}'",
                               torus        ? "sizes such as 4x4"
                               : two_levels ? "the size of a group and their number, such as 8x8"
                                            : "one size",
                               table.text(row, "dims")));
    return spec;
  }
  network_level inner = level_of(table, row, "level1_link_gb_s", "level1_hop_ns");
  inner.name = two_levels ? "group" : "network";
  inner.shape = torus ? network_shape::torus : network_shape::switched;
  inner.sizes = torus ? sizes : std::vector<int>{sizes[0]};
  spec.levels.push_back(inner);
  if (!two_levels) return spec;
  network_level outer = level_of(table, row, "level2_uplink_gb_s", "level2_hop_ns");
  outer.name = "uplinks";
  outer.shape = network_shape::switched;
  outer.sizes = {sizes[1]};
  outer.attachment = network_attachment::group;
  spec.levels.push_back(outer);
  return spec;
}

collective_kind kind_of(csv_table& table, std::size_t row) {
  const std::string_view text = table.text(row, "collective");
  for (const collective_kind kind :
       {collective_kind::all_reduce, collective_kind::reduce_scatter, collective_kind::all_gather,
        collective_kind::all_to_all, collective_kind::broadcast}) {
    if (text == name_of(kind)) return kind;
  }
  table.complain(row, "collective", fmt::format("no collective is called '{}'", text));
  return collective_kind::all_reduce;
}

collective_algorithm algorithm_of(csv_table& table, std::size_t row) {
  using algorithm = collective_algorithm;
  const std::string_view text = table.text(row, "algorithm");
  if (text == "direct" && table.text(row, "topology") == "switch_of_switches") {
    return algorithm::hierarchical;
  }
  if (text == "two_dimension_ring" || text == "per_dimension_ring") return algorithm::per_dimension;
  for (const algorithm known :
       {algorithm::ring, algorithm::per_dimension, algorithm::halving_doubling,
        algorithm::rabenseifner, algorithm::direct, algorithm::hierarchical}) {
    if (text == name_of(known)) return known;
  }
  table.complain(row, "algorithm", fmt::format("no algorithm is called '{}'", text));
  return algorithm::ring;
}

collective work_of(csv_table& table, std::size_t row, const interconnect_spec& spec) {
  collective work;
  work.kind = kind_of(table, row);
  work.algorithm = algorithm_of(table, row);
  work.bytes =
      static_cast<std::uint64_t>(table.integer(row, "payload_bytes", 1, std::int64_t{1} << 50));
  if (work.kind == collective_kind::all_to_all && !spec.levels.empty() &&
      spec.levels[0].shape == network_shape::torus) {
    const auto ranks = static_cast<std::uint64_t>(endpoints_of(spec));
    const std::uint64_t behind = ranks / static_cast<std::uint64_t>(spec.levels[0].sizes[0]);
    work.bytes = (work.bytes + behind - 1) / behind;
  }
  return work;
}

std::vector<validation_case> run(const std::string& path, const validation_context& context) {
  return compare_networks("network_collectives", read_network_collectives(path), {true, true},
                          context);
}

}  // namespace

std::vector<network_reference_row> read_network_collectives(const std::string& path) {
  csv_table table(
      path, {"case", "topology", "dims", "level1_link_gb_s", "level1_hop_ns", "level2_uplink_gb_s",
             "level2_hop_ns", "collective", "algorithm", "payload_bytes", "ns3_time_ns"});
  std::vector<network_reference_row> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    network_reference_row found;
    found.spec = spec_of(table, row);
    const collective work = work_of(table, row, found.spec);
    found.group = fmt::format("{}/{}", table.text(row, "topology"), table.text(row, "collective"));
    found.name = fmt::format("network_collectives/{}/{}/{}/{}", table.text(row, "case"),
                             table.text(row, "dims"), table.text(row, "collective"),
                             table.text(row, "payload_bytes"));
    found.x = static_cast<double>(table.integer(row, "payload_bytes", 1, std::int64_t{1} << 50));
    found.time_ns = table.number(row, "ns3_time_ns", 0);
    found.workload.collectives.push_back(work);
    rows.push_back(std::move(found));
  }
  refuse_impossible(table, "dims", rows);
  table.finish();
  return rows;
}

reference_kind network_collectives_kind() {
  using statistic = tolerance::statistic;
  return {"network_collectives",
          "CSV of collectives",
          run,
          {{"time", fidelity_path::analytical, statistic::mape, 0.02},
           {"time", fidelity_path::tlm, statistic::mape, 0.02}}};
}

}  // namespace lamina::validation
