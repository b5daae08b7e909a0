// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "lamina/validation/csv_table.h"
#include "lamina/validation/dram_reference.h"

namespace lamina::validation {
namespace {

constexpr std::int64_t most_clocks = std::int64_t{1} << 40;

bool is_write(csv_table& table, std::size_t row) {
  const std::string_view op = table.text(row, "op");
  if (op == "W" || op == "w") return true;
  if (op != "R" && op != "r")
    table.complain(row, "op", fmt::format("expected R or W, found '{}'", op));
  return false;
}

dram_address place_in(csv_table& table, std::size_t row, const dram_geometry& geometry) {
  dram_address place;
  const auto part = [&](const char* column, std::int64_t count) {
    return static_cast<int>(table.integer(row, column, 0, count - 1));
  };
  place.pseudo_channel = part("pc", geometry.pseudo_channels);
  place.stack_id = table.has("stack") ? part("stack", geometry.stack_ids) : 0;
  place.bank_group = part("bg", geometry.bank_groups);
  place.bank = part("bank", geometry.banks_per_group);
  place.row = table.integer(row, "row", 0, geometry.rows - 1);
  place.column = part("col", geometry.bursts_per_row());
  return place;
}

}  // namespace

std::vector<dram_stimulus_request> read_stimulus(const std::string& path,
                                                 const dram_stack_spec& spec) {
  csv_table table(path, {"req_id", "arrival", "op", "pc", "bg", "bank", "row", "col"});
  std::vector<dram_stimulus_request> stimulus;
  std::unordered_set<std::int64_t> known;
  const std::int64_t last =
      std::min(most_clocks, std::numeric_limits<std::int64_t>::max() / 4 /
                                std::max<std::int64_t>(1, spec.timings.tCK.count()));
  for (std::size_t row = 0; row < table.rows(); ++row) {
    dram_stimulus_request request;
    request.id = table.integer(row, "req_id", 0, std::numeric_limits<std::int64_t>::max());
    request.arrival = table.integer(row, "arrival", 0, last);
    request.write = is_write(table, row);
    request.place = place_in(table, row, spec.geometry);
    if (!known.insert(request.id).second)
      table.complain(row, "req_id", fmt::format("{} was given before", request.id));
    stimulus.push_back(request);
  }
  table.finish();
  std::stable_sort(stimulus.begin(), stimulus.end(),
                   [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  return stimulus;
}

void reach_stack_ids(const std::string& folder, dram_stack_spec& spec) {
  constexpr int most = 64;
  int highest = spec.geometry.stack_ids - 1;
  for (const std::string& file : files_in(folder, ".csv")) {
    csv_table table(file, {});
    for (std::size_t row = 0; table.has("stack") && row < table.rows(); ++row)
      highest = std::max(highest, static_cast<int>(table.integer(row, "stack", 0, most - 1)));
    table.finish();
  }
  spec.geometry.stack_ids = highest + 1;
  spec.geometry.layers = std::max(spec.geometry.layers, spec.geometry.stack_ids);
}

memory_workload workload_of(const std::vector<dram_stimulus_request>& stimulus,
                            const dram_stack_spec& spec) {
  const address_map map(spec.address_map, spec.geometry);
  access_stream stream;
  stream.name = "stimulus";
  stream.pattern = access_pattern::trace;
  stream.request_bytes = static_cast<std::uint32_t>(spec.geometry.burst_bytes);
  stream.range_bytes = map.capacity_bytes();
  stream.total_bytes = stimulus.size() * stream.request_bytes;
  stream.in_flight = static_cast<int>(std::max<std::size_t>(1, stimulus.size()));
  stream.trace.reserve(stimulus.size());
  for (const dram_stimulus_request& request : stimulus)
    stream.trace.push_back({spec.timings.tCK * request.arrival, map.encode(request.place),
                            stream.request_bytes, request.write});
  memory_workload workload;
  workload.streams.push_back(std::move(stream));
  return workload;
}

dram_command command_of(std::string_view name, const std::string& place) {
  std::string known;
  for (int i = 0; i < dram_command_count; ++i) {
    const auto command = static_cast<dram_command>(i);
    if (name_of(command) == name) return command;
    known += fmt::format("{}{}", i == 0 ? "" : ", ", name_of(command));
  }
  throw reference_error(
      {fmt::format("{}: expected a command ({}), found '{}'", place, known, name)});
}

}  // namespace lamina::validation
