// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/chip_platform.h"

#include <algorithm>

#include "lamina/config/describe.h"
#include "lamina/config/dram_stack.h"
#include "lamina/config/network_platform.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

node* find(node& map, std::string_view key) {
  for (entry& item : map.entries) {
    if (item.key == key) return &item.value;
  }
  return nullptr;
}

/// A memory is stacked or stated, and one of both. What contradicts that is told and taken away, so
/// that the rest of the file is read all the same.
void settle_memory(node& root, diagnostics& found) {
  const bool stacked = root.find("dram_stack") != nullptr;
  node* chip = find(root, "chip");
  if (stacked && chip != nullptr && chip->is_map()) {
    const auto is_memory = [](const entry& item) { return item.key == "memory"; };
    auto& keys = chip->entries;
    const auto at = std::find_if(keys.begin(), keys.end(), is_memory);
    if (at != keys.end()) {
      found.add(at->key_place, "chip.memory: this chip's memory is its dram_stack already",
                "remove chip.memory, or start from a chip without one, such as "
                "configs/parts/logic_dies/tiles_8x8.yaml");
      keys.erase(at);
    }
  }
  if (stacked && root.find("noc") == nullptr) {
    found.add(root.find("dram_stack")->place,
              "missing key 'noc', the network between the tiles and what lies under the stack",
              "add 'noc: {extends: ../parts/noc/mesh_8x8.yaml}'");
  }
  const node* noc = root.find("noc");
  if (!stacked && noc != nullptr) {
    found.add(noc->place, "noc: a chip without a dram_stack states its network in no detail",
              "add 'dram_stack: ...', or remove noc");
  }
  if (!stacked && chip != nullptr && chip->is_map() && !chip->incomplete &&
      chip->find("memory") == nullptr) {
    found.add(chip->place, "a chip without memory: neither dram_stack nor chip.memory is there",
              "add 'dram_stack: ...' and 'noc: ...', or 'memory: {bytes: ..., bandwidth: ...}' to "
              "the chip");
  }
}

bool any_faulty(const decode_context& context, std::initializer_list<const char*> paths) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const char* path) { return context.faulty.count(path) > 0; });
}

/// What each part says of itself, and what they say of each other.
void check_hardware(const chip_platform& platform, decode_context& context) {
  if (any_faulty(context, {"chip", "noc", "dram_stack", "piece_bytes"})) return;
  if (platform.stacked()) {
    add_problems(check(platform.stacked_chip()), "", context);
  } else {
    add_problems(check(platform.chip), "chip", context);
  }
}

void check_workload(chip_platform& platform, decode_context& context) {
  if (context.faulty.count("workload") > 0) return;
  auto problems = check(platform.workload);
  if (!platform.workload.requests.empty()) {
    problems.push_back({"requests", "requests are served by systems; a chip runs steps of a phase",
                        "give phase, batch and context, or write a system, such as "
                        "configs/platforms/system_8_stacked_chips.yaml"});
  }
  add_problems(problems, "workload", context);
  if (!problems.empty()) return;
  for (const spec_problem& surprise : warnings(platform.workload)) {
    const std::string path = "workload." + surprise.path;
    platform.warnings.push_back(
        {place_of(context, path), path + ": " + surprise.message, surprise.suggestion});
  }
}

mapping declare_with(chip_platform& platform, mapping chip) {
  mapping m;
  declare_kind(m, "chip");
  m.text("name", platform.name, "What people call it");
  m.section("chip", std::move(chip), "Tiles, shared buffer, and how kernels reach them").required();
  if (platform.dram_stack) {
    m.section("dram_stack", declare(*platform.dram_stack), "The memory on top of it");
  }
  if (platform.noc) {
    m.section("noc", declare(*platform.noc), "Between tiles and slices of the shared buffer");
  }
  if (platform.stacked()) {
    m.bytes("piece_bytes", platform.piece_bytes, {1, 1 << 24},
            "Of an address range that one slice of the shared buffer holds, and of one message");
  }
  m.section("workload", declare(platform.workload), "What it runs").required();
  return m;
}

}  // namespace

stacked_chip_spec chip_platform::stacked_chip() const {
  return {name, chip, *noc, piece_bytes, *dram_stack};
}

double chip_platform::memory_bytes() const {
  return stacked() ? static_cast<double>(dram_stack->geometry.capacity_bytes())
                   : static_cast<double>(chip.memory.bytes);
}

mapping declare(chip_platform& platform) {
  return declare_with(
      platform, platform.stacked() ? declare_logic_die(platform.chip) : declare(platform.chip));
}

bool is_chip_platform(const load_request& request) {
  diagnostics ignored;
  const node root = load_with_settings(request, ignored);
  const node* kind = root.find("platform");
  return kind != nullptr ? kind->text == "chip" : root.find("chip") != nullptr;
}

bool is_chip_part(const load_request& request) {
  diagnostics ignored;
  return load_with_settings(request, ignored).find("tile") != nullptr;
}

std::optional<chip_platform> load_chip_platform(const load_request& request, diagnostics& found) {
  const std::size_t before = found.size();
  node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  settle_memory(root, found);
  chip_platform platform;
  if (root.find("dram_stack") != nullptr) platform.dram_stack.emplace();
  if (root.find("noc") != nullptr) platform.noc.emplace();
  // The stack's answer takes the place of a stated memory.
  if (platform.stacked()) platform.chip.memory.bytes_per_s = 1;
  decode_context context{found, request.reader};
  // Told by settle_memory() with what to do about it.
  const bool told = found.size() > before;
  decode(root, declare(platform), "", context, {sweep_key, compare_key});
  if (platform.stacked() && platform.chip.area.fill && !any_faulty(context, {"chip", "noc"})) {
    platform.chip.tiles = std::max(1, tiles_that_fit(platform.stacked_chip()));
  }
  if (!told) check_hardware(platform, context);
  check_workload(platform, context);
  if (found.size() > before) return {};
  for (const auto& [path, note] : context.sources) platform.sources[path] = note.text;
  if (platform.name.empty()) platform.name = platform.chip.name;
  return platform;
}

std::string to_yaml(const chip_platform& platform) {
  chip_platform copy = platform;  // declarations bind to what they may change
  return dump_yaml(declare(copy));
}

std::string chip_json_schema() {
  chip_platform platform;
  platform.dram_stack.emplace();
  platform.noc.emplace();
  return json_schema(declare_with(platform, declare(platform.chip)), "Lamina chip platform");
}

}  // namespace lamina::config
