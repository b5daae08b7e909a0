// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/pipeline_platform.h"

#include "lamina/config/access_stream.h"
#include "lamina/config/describe.h"
#include "lamina/config/dram_stack.h"
#include "lamina/models/buffer.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

std::vector<int> endpoints_of(const std::vector<rank_range>& ranges) {
  std::vector<int> all;
  for (const rank_range& range : ranges) {
    for (int i = range.first; i <= range.last; i += range.step) all.push_back(i);
  }
  return all;
}

mapping declare_network(pipeline_platform& p) {
  mapping m;
  m.section("interconnect", declare(p.interconnect), "Its levels").required();
  m.notation<rank_range>("requesters", p.requesters, parse_rank_range, print_rank_range, 1 << 20,
                         "an endpoint or a range of them, such as 0-7",
                         "Endpoint of each stream; begins again for more streams");
  m.notation<rank_range>("memories", p.memories, parse_rank_range, print_rank_range, 1 << 20,
                         "an endpoint or a range of them, such as 8-15",
                         "Endpoints of the stack, which addresses are dealt to");
  m.bytes("interleave", p.interleave_bytes, {1, 0x1p40}, "Consecutive bytes at one of them");
  m.bytes("request", p.request_bytes, {1, 1 << 16},
          "Address and command, and the answer to a write");
  return m;
}

}  // namespace

mapping declare(buffer_spec& b) {
  mapping m;
  m.whole("banks", b.banks, {1, 1 << 16}, "Each serves one word a clock");
  m.whole("ports", b.ports, {1, 1 << 12}, "Each issues one word a clock");
  m.bytes("bank_bytes", b.bank_bytes, {1, 1 << 16}, "Width of a bank and of a port: one word");
  m.bytes("interleave", b.interleave_bytes, {0, 1 << 30},
          "Consecutive bytes in one bank; 0 B: one word");
  m.time("clock", b.clock, {1e-12, 1e-3}, "Period");
  m.whole("read_latency_clocks", b.read_latency_clocks, {0, 1e6},
          "From a bank's grant to the data");
  m.whole("write_latency_clocks", b.write_latency_clocks, {0, 1e6},
          "From a bank's grant to the acknowledgement");
  m.bytes("capacity", b.capacity_bytes, {1, 0x1p50}, "Of all banks");
  m.whole("in_flight", b.in_flight, {1, 1 << 20}, "Words issued and not complete");
  m.whole("depth", b.depth, {1, 1 << 16},
          "Blocks that a port works on at a time; 2: double buffering");
  m.quantity("read_per_byte", b.read_j_per_byte, dimension::energy, {0, 1}, "Of each byte read");
  m.quantity("write_per_byte", b.write_j_per_byte, dimension::energy, {0, 1},
             "Of each byte written");
  m.quantity("background", b.background_w, dimension::power, {0, 1e6}, "Standing power");
  return m;
}

memory_pipeline_spec pipeline_platform::pipeline() const {
  memory_pipeline_spec spec;
  if (has_buffer) spec.buffer = buffer;
  if (has_network) {
    spec.network = pipeline_network{interconnect, endpoints_of(requesters), endpoints_of(memories),
                                    interleave_bytes, request_bytes};
  }
  spec.dram_stack = dram_stack;
  return spec;
}

mapping declare(pipeline_platform& p) {
  mapping m;
  declare_kind(m, "memory_pipeline");
  m.text("name", p.name, "What people call it");
  if (p.has_buffer) m.section("buffer", declare(p.buffer), "SRAM in front");
  if (p.has_network) m.section("network", declare_network(p), "Between requesters and stack");
  m.section("dram_stack", declare(p.dram_stack), "The memory").required();
  m.section("workload", declare(p.workload), "What it is asked to do").required();
  return m;
}

bool is_pipeline_platform(const load_request& request) {
  diagnostics ignored;
  const node root = load_with_settings(request, ignored);
  const node* kind = root.find("platform");
  if (kind != nullptr && kind->text == "memory_pipeline") return true;
  return root.find("dram_stack") != nullptr && root.find("chip") == nullptr &&
         (root.find("buffer") != nullptr || root.find("network") != nullptr);
}

std::optional<pipeline_platform> load_pipeline_platform(const load_request& request,
                                                        diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  pipeline_platform platform;
  platform.has_buffer = root.find("buffer") != nullptr;
  platform.has_network = root.find("network") != nullptr;
  decode_context context{found, request.reader};
  decode(root, declare(platform), "", context);
  if (found.size() > before) return {};
  const memory_pipeline_spec spec = platform.pipeline();
  const auto problems = check(spec);
  add_problems(problems, "", context);
  if (problems.empty()) add_problems(check(platform.workload, spec), "workload", context);
  if (found.size() > before) return {};
  if (platform.name.empty()) platform.name = platform.dram_stack.name;
  return platform;
}

std::string to_yaml(const pipeline_platform& platform) {
  pipeline_platform copy = platform;  // declarations bind to what they may change
  return dump_yaml(declare(copy));
}

std::string pipeline_json_schema() {
  pipeline_platform platform;
  platform.has_buffer = platform.has_network = true;
  return json_schema(declare(platform), "Lamina memory pipeline platform");
}

}  // namespace lamina::config
