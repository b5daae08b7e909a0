// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/memory_platform.h"

#include <algorithm>

#include "lamina/config/access_stream.h"
#include "lamina/config/describe.h"
#include "lamina/config/dram_stack.h"
#include "lamina/models/dram_stack_check.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

const std::string stack_path = "dram_stack";
const std::string workload_path = "workload";

/// Contradictions are told only where all that they rest on was read well.
bool stack_is_readable(const decode_context& context, const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + '.';
  for (const char* section : {"geometry", "timings", "controller", "thermal", "address_map"}) {
    if (context.faulty.count(prefix + section) > 0) return false;
  }
  return path.empty() || context.places.count(path) > 0;
}

std::map<std::string, std::string> stack_sources(const decode_context& context,
                                                 const std::string& path) {
  const std::string prefix = path.empty() ? "" : path + '.';
  std::map<std::string, std::string> sources;
  for (const auto& [key, note] : context.sources) {
    if (key.compare(0, prefix.size(), prefix) == 0) sources[key.substr(prefix.size())] = note.text;
  }
  return sources;
}

}  // namespace

mapping declare(memory_platform& platform) {
  mapping m;
  declare_kind(m, "memory");
  m.text("name", platform.name, "What people call it");
  m.section(stack_path.c_str(), declare(platform.dram_stack), "The memory").required();
  m.section(workload_path.c_str(), declare(platform.workload), "What it is asked to do").required();
  return m;
}

file_kind kind_of(const load_request& request) {
  diagnostics ignored;
  const node root = load_with_settings(request, ignored);
  const bool part = root.find("geometry") != nullptr || root.find("timings") != nullptr;
  return part ? file_kind::dram_part : file_kind::memory_platform;
}

std::optional<memory_platform> load_memory_platform(const load_request& request,
                                                    diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  memory_platform platform;
  decode_context context{found, request.reader};
  decode(root, declare(platform), "", context, {sweep_key});
  const bool stack_read = stack_is_readable(context, stack_path);
  if (stack_read) {
    const auto problems = check(platform.dram_stack);
    add_problems(problems, stack_path, context);
    if (problems.empty() && context.faulty.count(workload_path) == 0) {
      add_problems(check(platform.workload, platform.dram_stack), workload_path, context);
    }
  }
  if (found.size() > before) return {};
  platform.sources = stack_sources(context, stack_path);
  if (platform.name.empty()) platform.name = platform.dram_stack.name;
  return platform;
}

std::optional<memory_platform> load_dram_part(const load_request& request, diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  memory_platform part;
  decode_context context{found, request.reader};
  decode(root, declare(part.dram_stack), "", context);
  if (stack_is_readable(context, "")) add_problems(check(part.dram_stack), "", context);
  if (found.size() > before) return {};
  part.sources = stack_sources(context, "");
  part.name = part.dram_stack.name;
  return part;
}

std::string to_yaml(const memory_platform& platform) {
  memory_platform copy = platform;  // declarations bind to what they may change
  return dump_yaml(declare(copy));
}

namespace {

void list_parameters(const mapping& declared, const std::string& path,
                     std::vector<parameter_info>& list) {
  for (const parameter& p : declared.parameters()) {
    const std::string own = path.empty() ? p.name : path + '.' + p.name;
    if (p.section) {
      list_parameters(*p.section, own, list);
    } else if (p.item) {
      list_parameters(*p.item, own + ".N", list);
    } else {
      list.push_back({own, p.expected, p.unit, p.range, p.is_required ? "required" : p.text(),
                      p.meaning, p.source});
    }
  }
}

}  // namespace

std::vector<parameter_info> declared_parameters() {
  memory_platform platform;
  std::vector<parameter_info> list;
  list_parameters(declare(platform), "", list);
  return list;
}

std::string json_schema() {
  memory_platform platform;
  return json_schema(declare(platform), "Lamina memory platform");
}

}  // namespace lamina::config
