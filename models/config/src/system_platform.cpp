// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/system_platform.h"

#include <algorithm>

#include "lamina/config/describe.h"
#include "lamina/models/network_graph.h"
#include "platform_loading.h"

namespace lamina::config {

mapping declare_everything(system_platform& platform);

namespace {

/// A memory is stacked or stated, and one of both.
void check_memory(const node& root, diagnostics& found) {
  const bool stacked = root.find("dram_stack") != nullptr;
  const node* chip = root.find("chip");
  if (stacked && root.find("noc") == nullptr) {
    found.add(root.find("dram_stack")->place,
              "missing key 'noc', the network between the tiles and what lies under the stack",
              "add 'noc: {extends: ../parts/noc/mesh_8x8.yaml}'");
  }
  if (!stacked && root.find("noc") != nullptr) {
    found.add(root.find("noc")->place,
              "noc: a chip without a dram_stack states its network in no detail",
              "add 'dram_stack: ...', or remove noc");
  }
  if (!stacked && chip != nullptr && chip->is_map() && !chip->incomplete &&
      chip->find("memory") == nullptr) {
    found.add(chip->place, "a chip without memory: neither dram_stack nor chip.memory is there",
              "add 'dram_stack: ...' and 'noc: ...', or 'memory: {bytes: ..., bandwidth: ...}' to "
              "the chip");
  }
}

/// check() names the parts of a stacked chip as the file does.
bool hardware_is_sound(const system_platform& platform, decode_context& context) {
  for (const char* path : {"chip", "noc", "dram_stack", "piece_bytes", "network", "software"}) {
    if (context.faulty.count(path) > 0) return false;
  }
  const std::vector<spec_problem> problems = check(platform.system());
  add_problems(problems, "", context);
  return problems.empty();
}

void check_work(system_platform& platform, bool sound, decode_context& context) {
  if (context.faulty.count("workload") > 0) return;
  const auto problems = check(platform.workload);
  add_problems(problems, "workload", context);
  if (!problems.empty()) return;
  for (const spec_problem& surprise : warnings(platform.workload)) {
    const std::string path = "workload." + surprise.path;
    platform.warnings.push_back(
        {place_of(context, path), path + ": " + surprise.message, surprise.suggestion});
  }
  if (!sound || platform.mapping.best || context.faulty.count("mapping") > 0) return;
  const language_model& model = platform.workload.imported.model;
  const auto told = [&](const spec_problem& each) {
    return std::pair{each.path.empty() ? std::string("mapping") : "mapping." + each.path, each};
  };
  const auto wrong = check(platform.mapping.given, model, endpoints_of(platform.network));
  for (const auto& each : wrong) {
    const auto [path, problem] = told(each);
    context.problems.add(place_of(context, path), path + ": " + problem.message,
                         problem.suggestion);
  }
  if (!wrong.empty()) return;
  for (const auto& each : warnings(platform.mapping.given, platform.workload)) {
    const auto [path, problem] = told(each);
    platform.warnings.push_back(
        {place_of(context, path), path + ": " + problem.message, problem.suggestion});
  }
}

}  // namespace

system_spec system_platform::system() const {
  system_spec spec;
  spec.name = name;
  spec.chip = chip;
  if (stacked()) spec.stacked = stacked_chip_spec{name, chip, *noc, piece_bytes, *dram_stack};
  spec.network = network;
  spec.software = software;
  spec.overlap = overlap;
  return spec;
}

bool is_system_platform(const load_request& request) {
  diagnostics ignored;
  const node root = load_with_settings(request, ignored);
  const node* kind = root.find("platform");
  return kind != nullptr && kind->text == "system";
}

std::optional<system_platform> load_system_platform(const load_request& request,
                                                    diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  check_memory(root, found);
  const bool told = found.size() > before;
  system_platform platform;
  if (root.find("dram_stack") != nullptr) platform.dram_stack.emplace();
  if (root.find("noc") != nullptr) platform.noc.emplace();
  if (platform.stacked()) platform.chip.memory.bytes_per_s = 1;  // the stack's
  decode_context context{found, request.reader};
  decode(root, declare(platform), "", context, {sweep_key, compare_key});
  if (platform.stacked() && platform.chip.area.fill && found.size() == before) {
    platform.chip.tiles = std::max(1, tiles_that_fit({platform.name, platform.chip, *platform.noc,
                                                      platform.piece_bytes, *platform.dram_stack}));
  }
  const bool sound = !told && hardware_is_sound(platform, context);
  check_work(platform, sound, context);
  if (found.size() > before) return {};
  for (const auto& [path, note] : context.sources) platform.sources[path] = note.text;
  if (platform.name.empty()) platform.name = platform.chip.name;
  return platform;
}

std::vector<spec_problem> warnings(const mapping_spec& mapping, const llm_workload& workload) {
  std::vector<spec_problem> found = lamina::warnings(mapping, workload.imported.model);
  const auto is_told = [&found](const spec_problem& problem) {
    return std::any_of(found.begin(), found.end(), [&](const spec_problem& other) {
      return other.path == problem.path && other.message == problem.message;
    });
  };
  for (const llm_phase& step : steps_of(workload)) {
    for (spec_problem& problem : lamina::warnings(mapping, step)) {
      if (!is_told(problem)) found.push_back(std::move(problem));
    }
  }
  return found;
}

parsed<std::string> mapping_setting(std::string_view text) {
  if (text == "best") return {"mapping=best", {}};
  std::string sizes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string item(text.substr(0, end));
    const std::size_t equals = item.find('=');
    if (equals == 0 || equals >= item.size() - 1) {
      return {std::nullopt,
              {"expected best, or sizes such as tp=8,ep=8; found '" + item + "'", ""}};
    }
    sizes += (sizes.empty() ? "" : ", ") + item.substr(0, equals) + ": " + item.substr(equals + 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {"mapping={" + sizes + "}", {}};
}

std::string to_yaml(const system_platform& platform) {
  system_platform copy = platform;  // declarations bind to what they may change
  return dump_yaml(declare(copy));
}

std::string system_json_schema() {
  system_platform platform;
  return json_schema(declare_everything(platform), "Lamina system platform");
}

}  // namespace lamina::config
