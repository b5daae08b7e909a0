// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "arguments.h"
#include "quantity_text.h"
#include "system_answer.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;
using analytical::system_part;

json part_json(const system_part& part) {
  json item = {{"operator", part.name},
               {"times", part.layers},
               {"elapsed_fs", part.elapsed.count()},
               {"hidden_fs", part.hidden.count()},
               {"bytes", part.bytes}};
  if (part.communication) {
    item["collective"] = name_of(part.algorithm);
    item["bound_by"] = name_of(part.network_bound);
  } else {
    item["matrix_flops"] = part.matrix_flops;
    item["bound_by"] = name_of(part.bound_by);
  }
  return item;
}

json mapping_json(const mapping_spec& m) {
  json order = json::array();
  for (const mapping_axis axis : m.order) order.push_back(name_of(axis));
  return {{"tp", m.tensor}, {"pp", m.pipeline},          {"dp", m.data},
          {"ep", m.expert}, {"sp", m.sequence},          {"cp", m.context},
          {"fsdp", m.fsdp}, {"microbatches", m.parts()}, {"order", order}};
}

json result_json(const platforms::system_result& r) {
  json steps = json::array();
  for (const auto& step : r.steps) {
    json parts = json::array();
    for (const system_part& part : step.parts) parts.push_back(part_json(part));
    steps.push_back({{"tokens", step.tokens},
                     {"seconds", step.seconds},
                     {"kernel_seconds", step.kernel_seconds},
                     {"communication_seconds", step.communication_seconds},
                     {"stage_wait_seconds", step.stage_wait_seconds},
                     {"bubble_seconds", step.bubble_seconds},
                     {"host_seconds", step.host_seconds},
                     {"operators", parts}});
  }
  json trials = json::array();
  for (const auto& trial : r.trials) {
    trials.push_back({{"mapping", mapping_json(trial.mapping)},
                      {"seconds", trial.seconds},
                      {"bound_only", trial.bounded},
                      {"fits", trial.fits}});
  }
  json refused = json::array();
  for (const auto& each : r.refused) {
    refused.push_back({{"mapping", mapping_json(each.mapping)}, {"reason", each.reason}});
  }
  json energy;
  if (const auto joules = r.energy()) {
    energy = {{"tiles_j", joules->kernels.tiles_j},
              {"shared_buffer_j", joules->kernels.shared_buffer_j},
              {"network_j", joules->kernels.network_j},
              {"memory_j", joules->kernels.memory_j},
              {"static_j", joules->kernels.static_j},
              {"links_j", joules->links_j},
              {"idle_j", joules->idle_j},
              {"total_j", joules->total_j()}};
  }
  json serving;
  if (r.serving) {
    serving = {{"batch", r.serving->batch},
               {"first_token_seconds", r.serving->first_token_s},
               {"token_seconds", r.serving->token_s},
               {"token_seconds_with_prompts", r.serving->longest_token_s},
               {"steps_with_prompts", r.serving->steps_with_prompts},
               {"output_tokens_per_s", r.serving->output_tokens_per_s},
               {"user_tokens_per_s", r.serving->user_tokens_per_s()},
               {"prompt_tokens_per_s", r.serving->prompt_tokens_per_s},
               {"requests_per_s", r.serving->requests_per_s}};
  }
  return {{"chips", r.chips},
          {"mapping", mapping_json(r.mapping)},
          {"serving", serving},
          {"seconds", r.seconds},
          {"tokens", r.tokens},
          {"tokens_per_s", r.tokens_per_s()},
          {"sampled", r.sampled},
          {"energy", energy},
          {"simulated_share", r.simulated_share},
          {"waiting_share", r.waiting_share ? json(*r.waiting_share) : json(nullptr)},
          {"fits", r.fits()},
          {"memory_capacity_bytes", r.memory_capacity},
          {"footprint",
           {{"weight_bytes", r.footprint.weight_bytes},
            {"gathered_bytes", r.footprint.gathered_bytes},
            {"kv_bytes", r.footprint.kv_bytes},
            {"index_bytes", r.footprint.index_bytes},
            {"activation_bytes", r.footprint.activation_bytes},
            {"total_bytes", r.footprint.total_bytes()}}},
          {"trials", trials},
          {"refused", refused},
          {"compared_in_closed_form", r.compared_in_closed_form},
          {"searched",
           {{"mappings", r.searched.mappings},
            {"evaluated", r.searched.evaluated},
            {"most_orders", r.searched.most_orders},
            {"most_microbatch_counts", r.searched.most_microbatches},
            {"needless_mappings", r.searched.needless}}},
          {"steps", steps}};
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

/// A bar for each operator and collective, the longest first.
std::string bars_of(const platforms::system_result& r) {
  std::vector<const system_part*> parts;
  for (const auto& step : r.steps) {
    for (const system_part& part : step.parts) parts.push_back(&part);
  }
  std::stable_sort(parts.begin(), parts.end(), [](const system_part* a, const system_part* b) {
    return a->seconds() > b->seconds();
  });
  constexpr std::size_t most = 24;
  if (parts.size() > most) parts.resize(most);
  constexpr int left = 190, width = 860, row = 20;
  const double longest = parts.empty() ? 1 : std::max(parts.front()->seconds(), 1e-15);
  std::string svg;
  int y = 0;
  for (const system_part* part : parts) {
    svg += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{}\" y=\"{}\" "
        "width=\"{:.1f}\" height=\"14\" fill=\"{}\"/><text x=\"{:.1f}\" y=\"{}\">{}</text>",
        left - 6, y + 13, part->name, left, y + 2, 560 * part->seconds() / longest,
        part->communication ? "#d97b29" : "#2f6db5", left + 560 * part->seconds() / longest + 6,
        y + 13, si_text(part->seconds(), "s"));
    y += row;
  }
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">{}</svg>", width, y + 6, svg);
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw usage_error(fmt::format("--out: {} cannot be written", file.string()));
}

}  // namespace

json to_json(const system_answer& answer) {
  const auto& result = answer.outcome.result;
  const bool simulated =
      answer.how.chip == platforms::fidelity::tlm || answer.how.network == platforms::fidelity::tlm;
  const std::string key = simulated ? "tlm" : "analytical";
  return {{"program", answer.envelope.program},
          {"version", platforms::version()},
          {"configuration_hash", answer.envelope.configuration_hash},
          {"seed", answer.envelope.seed},
          {"name", answer.platform.name},
          {"model", answer.platform.workload.imported.model.name},
          {"fidelity",
           {{"chip", platforms::name_of(answer.how.chip)},
            {"network", platforms::name_of(answer.how.network)}}},
          {"results", {{key, result ? result_json(*result) : json(nullptr)}}}};
}

std::string to_html(const system_answer& answer) {
  std::ostringstream text;
  print_text(answer, text);
  return fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>"
      "body{{font:15px/1.45 system-ui,sans-serif;color:#1c2430;max-width:60rem;margin:2rem auto;"
      "padding:0 1rem}}svg text{{font:12px system-ui,sans-serif}}"
      "pre{{background:#f5f7f9;padding:1rem;overflow:auto;font-size:12px}}</style><h1>{0}</h1>"
      "<h2>Time by operator</h2><p>Kernels blue, collectives orange: all layers, what is not "
      "hidden.</p>{1}<h2>Numbers</h2><pre>{2}</pre><h2>Configuration</h2><details><summary>complete"
      "</summary><pre>{3}</pre></details></html>\n",
      escaped(answer.platform.name),
      answer.outcome.result ? bars_of(*answer.outcome.result) : std::string(), escaped(text.str()),
      escaped(config::to_yaml(answer.platform)));
}

void write_files(const system_answer& answer, const std::string& folder) {
  const std::filesystem::path to(folder);
  std::error_code status;
  std::filesystem::create_directories(to, status);
  if (status) throw usage_error(fmt::format("--out {}: {}", folder, status.message()));
  write(to / "result.json", to_json(answer).dump(2) + "\n");
  write(to / "report.html", to_html(answer));
  config::system_platform copy = answer.platform;
  const std::string model = copy.workload.model_file;
  copy.workload.model_file = std::filesystem::path(model).filename().string();
  write(to / copy.workload.model_file, config::read_file(model).value_or(""));
  write(to / "resolved.yaml", config::to_yaml(copy));
}

}  // namespace lamina::app
