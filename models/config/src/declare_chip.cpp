// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/chip.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

constexpr bounds size{0, 0x1p50};
constexpr bounds share{0, 1};
constexpr bounds seconds{0, 1};
constexpr bounds rate{0, 1e9};

mapping declare_matrix(matrix_unit_spec& u) {
  mapping m;
  m.whole("units", u.units, {1, 1024}, "Equal matrix units that work on parts of one block");
  m.whole("rows", u.rows, {1, 4096}, "Rows of the smallest product").required();
  m.whole("columns", u.columns, {1, 4096}, "Columns of the smallest product").required();
  m.whole("depth", u.depth, {1, 4096}, "Depth of the smallest product").required();
  m.choice("dataflow", u.dataflow, {"output_stationary", "weight_stationary"},
           "What stays in the unit: partial sums, or a piece of the weights");
  m.list("rates", u.rates, declare, "Rates by operand width, from narrow to wide").required();
  m.quantity("issue_share", u.issue_share, dimension::fraction, share,
             "Share of the rate that back-to-back products sustain");
  m.whole("step_clocks", u.step_clocks, {0, 1e6},
          "Clocks of a block between two steps of its loop: barrier and first operands");
  m.whole("operand_rows", u.operand_rows, {1, 4096},
          "Most rows and columns of a unit's share of a block");
  m.bytes("accumulator_bytes", u.accumulator_bytes, size,
          "Bytes of 32-bit partial sums of all resident blocks");
  return m;
}

mapping declare_vector(vector_unit_spec& u) {
  mapping m;
  m.quantity("operations_per_clock", u.operations_per_clock, dimension::number, rate,
             "32-bit operations of a clock; a fused multiply-add counts once")
      .required();
  m.whole("resident_items", u.resident_items, {1, 1 << 20}, "Threads that a tile keeps at a time");
  m.whole("block_items", u.block_items, {1, 1 << 20}, "Most threads of one block");
  m.bytes("item_bytes", u.item_bytes, {1, 4096}, "Most that a thread loads at once");
  return m;
}

mapping declare_scratchpad(scratchpad_spec& s) {
  mapping m;
  m.bytes("bytes", s.bytes, size, "Bytes of the scratchpad").required();
  m.bytes("block_bytes", s.block_bytes, size, "Most bytes of one block").required();
  m.quantity("bytes_per_clock", s.bytes_per_clock, dimension::number, rate,
             "Bytes that a clock moves in or out")
      .required();
  return m;
}

mapping declare_shared_buffer(shared_buffer_spec& b) {
  mapping m;
  m.bytes("bytes", b.bytes, size, "Bytes of the buffer").required();
  m.quantity("bandwidth", b.bytes_per_s, dimension::byte_rate, {1, 1e16}, "To all tiles together")
      .required();
  m.time("latency", b.latency, seconds, "Of a hit, from a tile and back");
  m.quantity("usable_share", b.usable_share, dimension::fraction, share,
             "Share of the bytes that reuse may count on beside streams");
  return m;
}

mapping declare_memory(chip_memory_spec& s) {
  mapping m;
  m.bytes("bytes", s.bytes, size, "Capacity in bytes");
  m.quantity("bandwidth", s.bytes_per_s, dimension::byte_rate, {0, 1e16}, "Of all data wires")
      .required();
  m.quantity("share", s.share, dimension::fraction, share, "Share of it that long streams reach");
  m.time("latency", s.latency, seconds, "Of a load that misses the shared buffer");
  return m;
}

mapping declare_launch(launch_spec& l) {
  mapping m;
  m.choice("mode", l.mode, {"eager", "graph"},
           "Kernels called one by one by the host, or recorded once and started by the device");
  m.time("gemm", l.gemm, seconds, "Eager: beside a GEMM's own time");
  m.time("softmax", l.softmax, seconds, "Eager: beside a softmax's own time");
  m.time("layer_norm", l.layer_norm, seconds, "Eager: beside a layer norm's own time");
  m.time("attention", l.attention, seconds, "Eager: beside an attention's own time");
  m.time("elementwise", l.elementwise, seconds, "Eager: beside an element-wise kernel's own time");
  m.time("start", l.start, seconds, "From a kernel's start on the chip to its first load");
  m.time("graph", l.graph, seconds, "From one kernel to the next on the device");
  return m;
}

void yes_no(mapping& m, const char* name, bool& value, const char* meaning) {
  parameter& p = m.add(name, meaning);
  p.expected = "true or false";
  p.range = "true, false";
  p.schema = [] { return std::string(R"({"type":"boolean"})"); };
  p.text = [&value] { return std::string(value ? "true" : "false"); };
  p.read = [&value](const node& given, const std::string& path, decode_context& context) {
    value = given.text == "true";
    if (given.is_scalar() && (given.text == "true" || given.text == "false")) return;
    context.problems.add(given.place,
                         path + ": " + describe_kind(given) + "; expected true or false", "");
  };
}

mapping declare_fusion(fusion_spec& f) {
  mapping m;
  yes_no(m, "attention", f.attention, "Products and softmax of attention are one kernel");
  yes_no(m, "elementwise", f.elementwise, "Element-wise work rides in the epilogue before it");
  return m;
}

mapping declare_area(die_area_spec& a) {
  mapping m;
  const auto mm2 = [&m](const char* name, double& value, const char* meaning) {
    m.quantity(name, value, dimension::number, {0, 1e4}, meaning);
  };
  mm2("mac", a.mac, "mm2 of a 16-bit multiply-accumulate a clock, control and registers included");
  mm2("vector_operation", a.vector_operation, "mm2 of a 32-bit operation a clock");
  mm2("sram_mib", a.sram_mib, "mm2 of a MiB of scratchpad or shared buffer");
  mm2("link_byte", a.link_byte, "mm2 of a byte a clock of a network link, with its routers' share");
  mm2("signal", a.signal,
      "mm2 of a data wire of a port, with its share of power, ground and commands");
  mm2("controller", a.controller, "mm2 of a DRAM controller with its queues");
  mm2("rest", a.rest, "mm2 of what has to be there in any case");
  m.quantity("limit", a.limit, dimension::number, {1, 1e5}, "mm2 that the die may take");
  yes_no(m, "fill", a.fill, "Take as many tiles as the limit leaves room for");
  return m;
}

mapping declare_energy(chip_energy_spec& e) {
  mapping m;
  const bounds each{0, 1e-6}, bit{0, 1e-9};
  m.quantity("mac", e.mac_j, dimension::energy, each,
             "Of a 16-bit multiply-accumulate, its operands' registers included");
  m.quantity("vector_operation", e.vector_operation_j, dimension::energy, each,
             "Of a 32-bit operation");
  m.quantity("special_operation", e.special_operation_j, dimension::energy, each,
             "Of an exponential, reciprocal or root");
  m.quantity("scratchpad_per_bit", e.scratchpad_j_per_bit, dimension::energy_per_bit, bit,
             "Of a bit read or written in a scratchpad");
  m.quantity("shared_buffer_per_bit", e.shared_buffer_j_per_bit, dimension::energy_per_bit, bit,
             "Of a bit read or written in the shared buffer");
  m.quantity("static", e.static_w, dimension::power, {0, 1e4},
             "Clocks and leakage of the die, as long as a kernel lasts");
  return m;
}

}  // namespace

mapping declare(matrix_rate& r) {
  mapping m;
  m.whole("operand_bits", r.operand_bits, {1, 64}, "Width of the wider operand").required();
  m.quantity("macs_per_clock", r.macs_per_clock, dimension::number, rate,
             "Multiply-accumulates of a clock of the whole tile")
      .required();
  return m;
}

mapping declare(compute_tile_spec& t) {
  mapping m;
  m.section("matrix", declare_matrix(t.matrix), "Matrix units").required();
  m.section("vector", declare_vector(t.vector), "Vector unit").required();
  mapping special;
  special
      .quantity("operations_per_clock", t.special.operations_per_clock, dimension::number, rate,
                "Exponentials, reciprocals and roots of a clock")
      .required();
  m.section("special", std::move(special), "Special-function unit").required();
  m.section("scratchpad", declare_scratchpad(t.scratchpad), "SRAM of the tile").required();
  m.quantity("port_bytes_per_clock", t.port_bytes_per_clock, dimension::number, rate,
             "Bytes of a clock between the tile and the rest of the chip")
      .required();
  m.whole("resident_blocks", t.resident_blocks, {1, 1024}, "Most blocks of a tile at a time");
  return m;
}

namespace {

mapping declare_chip(chip_spec& c, bool has_memory) {
  mapping m;
  m.text("name", c.name, "What people call it");
  m.whole("tiles", c.tiles, {1, 1 << 20}, "Compute tiles of the chip").required();
  m.quantity("clock", c.clock_hz, dimension::frequency, {1e3, 1e12}, "Of the tiles").required();
  m.section("tile", declare(c.tile), "One compute tile").required();
  m.section("shared_buffer", declare_shared_buffer(c.shared_buffer), "SRAM that all tiles share")
      .required();
  if (has_memory) {
    m.section("memory", declare_memory(c.memory), "What lies behind the shared buffer");
  }
  m.section("area", declare_area(c.area), "What the parts take of a logic die under a stack");
  m.section("energy", declare_energy(c.energy), "What the parts take of a logic die under a stack");
  m.section("launch", declare_launch(c.launch), "How kernels reach the chip");
  m.section("fusion", declare_fusion(c.fusion), "What is joined into one kernel");
  return m;
}

std::optional<chip_spec> load(const load_request& request, bool has_memory, diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  chip_spec chip;
  if (!has_memory) chip.memory.bytes_per_s = 1;  // the stack's
  decode_context context{found, request.reader};
  decode(root, declare_chip(chip, has_memory), "", context);
  if (found.size() > before) return {};
  add_problems(check(chip), "", context);
  if (found.size() > before) return {};
  return chip;
}

}  // namespace

mapping declare_logic_die(chip_spec& c) { return declare_chip(c, false); }
mapping declare(chip_spec& c) { return declare_chip(c, true); }

std::optional<chip_spec> load_chip(const load_request& request, diagnostics& found) {
  return load(request, true, found);
}

std::optional<chip_spec> load_logic_die(const load_request& request, diagnostics& found) {
  return load(request, false, found);
}

}  // namespace lamina::config
