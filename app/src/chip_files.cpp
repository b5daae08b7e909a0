// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "arguments.h"
#include "chip_answer.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;

json limits_of(const std::array<double, tile_limit_count>& seconds) {
  json limits = json::object();
  for (int i = 0; i < tile_limit_count; ++i) {
    limits[std::string(name_of(static_cast<tile_limit>(i)))] = seconds[static_cast<std::size_t>(i)];
  }
  return limits;
}

json energy_json(const kernel_energy& e) {
  return {{"tiles_j", e.tiles_j},     {"shared_buffer_j", e.shared_buffer_j},
          {"network_j", e.network_j}, {"memory_j", e.memory_j},
          {"static_j", e.static_j},   {"total_j", e.total_j()}};
}

json kernel_json(const platforms::chip_kernel& item) {
  return {{"operator", item.kernel.name},
          {"times", item.kernel.layers},
          {"elapsed_fs", item.result.elapsed.count()},
          {"matrix_flops", item.kernel.matrix_flops},
          {"operand_bytes", item.kernel.bytes.total()},
          {"memory_bytes", item.result.memory_bytes},
          {"bound_by", name_of(item.result.bound_by)},
          {"runner_up", name_of(runner_up(item.result))},
          {"limits_s", limits_of(item.result.limits_s)},
          {"simulated_share", item.result.simulated_share},
          {"mapping", item.mapping}};
}

json result_json(const platforms::chip_result& r) {
  json steps = json::array();
  for (const auto& step : r.steps) {
    json kernels = json::array();
    for (const auto& item : step.kernels) kernels.push_back(kernel_json(item));
    steps.push_back(
        {{"tokens", step.phase.tokens()}, {"seconds", step.seconds}, {"operators", kernels}});
  }
  return {{"seconds", r.seconds},
          {"tokens", r.tokens},
          {"tokens_per_s", r.tokens_per_s()},
          {"sampled", r.sampled},
          {"matrix_flops", r.matrix_flops},
          {"memory_bytes", r.memory_bytes},
          {"simulated_share", r.simulated_share},
          {"energy", energy_json(r.energy)},
          {"seconds_by_limit", limits_of(r.seconds_by_limit)},
          {"fits", r.fits()},
          {"memory_capacity_bytes", r.memory_capacity},
          {"footprint",
           {{"weight_bytes", r.footprint.weight_bytes},
            {"kv_bytes", r.footprint.kv_bytes},
            {"index_bytes", r.footprint.index_bytes},
            {"activation_bytes", r.footprint.activation_bytes},
            {"total_bytes", r.footprint.total_bytes()}}},
          {"steps", steps}};
}

json track_name(int process, int track, const std::string& kind, std::string_view name) {
  return {
      {"name", kind}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"name", name}}}};
}

json bar(const platforms::chip_kernel& item, int process, int track, double at_us, double long_us) {
  return {{"name", item.kernel.name},
          {"ph", "X"},
          {"pid", process},
          {"tid", track},
          {"ts", at_us},
          {"dur", long_us},
          {"args", {{"times", item.kernel.layers}, {"bound by", name_of(item.result.bound_by)}}}};
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

json area_json(const die_area& area) {
  return {{"tiles", area.tiles},     {"shared_buffer", area.shared_buffer},
          {"network", area.network}, {"stack_interface", area.stack_interface},
          {"rest", area.rest},       {"total", area.total()}};
}

}  // namespace

json to_json(const chip_answer& answer) {
  json results = json::object();
  for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
    const auto& result = answer.outcomes[i].result;
    results[std::string(platforms::name_of(answer.fidelities[i]))] =
        result ? result_json(*result) : json(nullptr);
  }
  json all = {{"program", answer.envelope.program},
              {"version", platforms::version()},
              {"configuration_hash", answer.envelope.configuration_hash},
              {"seed", answer.envelope.seed},
              {"name", answer.platform.name},
              {"model", answer.platform.workload.imported.model.name},
              {"results", results}};
  if (answer.platform.stacked() && answer.platform.chip.area.stated()) {
    all["tiles"] = answer.platform.chip.tiles;
    all["die_area_mm2"] = area_json(area_of(answer.platform.stacked_chip()));
  }
  return all;
}

json timeline_of(const chip_answer& answer) {
  json events = json::array();
  for (std::size_t i = 0; i < answer.outcomes.size(); ++i) {
    if (!answer.outcomes[i].result) continue;
    const int process = static_cast<int>(i) + 1;
    events.push_back(
        track_name(process, 0, "process_name", platforms::name_of(answer.fidelities[i])));
    events.push_back(track_name(process, 0, "thread_name", "operators (all layers of each)"));
    for (int k = 0; k < tile_limit_count; ++k) {
      events.push_back(track_name(process, k + 1, "thread_name",
                                  fmt::format("{} alone", name_of(static_cast<tile_limit>(k)))));
    }
    double at = 0;
    for (const auto& step : answer.outcomes[i].result->steps) {
      for (const auto& item : step.kernels) {
        const double took = 1e6 * item.seconds();
        events.push_back(bar(item, process, 0, at, took));
        for (int k = 0; k < tile_limit_count; ++k) {
          const double alone =
              1e6 * item.result.limit(static_cast<tile_limit>(k)) * item.kernel.layers;
          if (alone > 0) events.push_back(bar(item, process, k + 1, at, std::min(alone, took)));
        }
        at += took;
      }
    }
  }
  return {{"displayTimeUnit", "ns"}, {"traceEvents", events}};
}

void write_files(const chip_answer& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  std::error_code status;
  std::filesystem::create_directories(to, status);
  if (status) throw usage_error(fmt::format("--out {}: {}", folder, status.message()));
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "report.html", to_html(answer));
  write(to / "timeline.json", timeline_of(answer).dump() + "\n");
  config::chip_platform copy = answer.platform;
  const std::string model = copy.workload.model_file;
  copy.workload.model_file = std::filesystem::path(model).filename().string();
  write(to / copy.workload.model_file, config::read_file(model).value_or(""));
  write(to / "resolved.yaml", config::to_yaml(copy));
}

}  // namespace lamina::app
