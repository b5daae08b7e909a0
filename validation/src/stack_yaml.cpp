// SPDX-License-Identifier: Apache-2.0
#include "stack_yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <vector>

namespace lamina::validation {
namespace {

std::string text_of(const clocked_time& value) {
  if (value.clocks == 0) return fmt::format("{} fs", value.time.count());
  if (value.time.count() == 0) return fmt::format("{} clk", value.clocks);
  return fmt::format("{} clk + {} fs", value.clocks, value.time.count());
}

const char* name_of(scheduler_policy value) {
  return value == scheduler_policy::fcfs ? "fcfs" : "fr_fcfs";
}

const char* name_of(page_policy value) {
  constexpr std::array<const char*, 3> names = {"open", "closed", "adaptive"};
  return names[static_cast<std::size_t>(value)];
}

const char* name_of(refresh_policy value) {
  constexpr std::array<const char*, 3> names = {"none", "all_bank", "per_bank"};
  return names[static_cast<std::size_t>(value)];
}

const char* name_of(queue_organisation value) {
  return value == queue_organisation::split ? "split" : "unified";
}

const char* name_of(command_bus_scope value) {
  return value == command_bus_scope::port ? "port" : "channel";
}

const char* name_of(address_field value) {
  constexpr std::array<const char*, address_field_count> names = {
      "column", "channel", "pseudo_channel", "stack_id", "bank_group", "bank", "row"};
  return names[static_cast<std::size_t>(value)];
}

const char* name_of(access_pattern value) {
  constexpr std::array<const char*, 4> names = {"sequential", "strided", "random", "trace"};
  return names[static_cast<std::size_t>(value)];
}

class yaml_writer {
 public:
  void section(const char* name) { text_ += fmt::format("  {}:\n", name); }
  template <typename Value>
  void add(const char* key, const Value& value, const char* unit = "") {
    text_ += fmt::format("    {}: {}{}\n", key, value, unit);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_geometry(const dram_geometry& g, yaml_writer& yaml) {
  yaml.section("geometry");
  yaml.add("layers", g.layers);
  yaml.add("stack_ids", g.stack_ids);
  yaml.add("connected_layers", g.connected_layers);
  yaml.add("channels", g.channels);
  yaml.add("pseudo_channels", g.pseudo_channels);
  yaml.add("bank_groups", g.bank_groups);
  yaml.add("banks_per_group", g.banks_per_group);
  yaml.add("rows", g.rows);
  yaml.add("row_bytes", g.row_bytes, " B");
  yaml.add("burst_bytes", g.burst_bytes, " B");
  yaml.add("port_bits", g.port_bits);
  yaml.add("pin_rate", g.pin_rate / 1e6, " Mb/s");
}

void add_timings(const dram_timings& t, yaml_writer& yaml) {
  yaml.section("timings");
  yaml.add("tCK", t.tCK.count(), " fs");
  using member = clocked_time dram_timings::*;
  constexpr std::array<std::pair<const char*, member>, 24> times = {
      {{"RL", &dram_timings::RL},         {"WL", &dram_timings::WL},
       {"tRCDRD", &dram_timings::tRCDRD}, {"tRCDWR", &dram_timings::tRCDWR},
       {"tRP", &dram_timings::tRP},       {"tRAS", &dram_timings::tRAS},
       {"tRC", &dram_timings::tRC},       {"tRTP", &dram_timings::tRTP},
       {"tWR", &dram_timings::tWR},       {"tCCD_S", &dram_timings::tCCD_S},
       {"tCCD_L", &dram_timings::tCCD_L}, {"tCCD_R", &dram_timings::tCCD_R},
       {"tRRD_S", &dram_timings::tRRD_S}, {"tRRD_L", &dram_timings::tRRD_L},
       {"tFAW", &dram_timings::tFAW},     {"tWTR_S", &dram_timings::tWTR_S},
       {"tWTR_L", &dram_timings::tWTR_L}, {"tRTW", &dram_timings::tRTW},
       {"tRFC", &dram_timings::tRFC},     {"tRFCpb", &dram_timings::tRFCpb},
       {"tREFI", &dram_timings::tREFI},   {"tREFIpb", &dram_timings::tREFIpb},
       {"tRREFD", &dram_timings::tRREFD}, {"vertical_hop", &dram_timings::vertical_hop}}};
  for (const auto& [name, time] : times) yaml.add(name, text_of(t.*time));
  yaml.add("activate_clocks", t.activate_clocks);
}

void add_controller(const dram_controller_spec& c, yaml_writer& yaml) {
  yaml.section("controller");
  yaml.add("scheduler", name_of(c.scheduler));
  yaml.add("page", name_of(c.page));
  yaml.add("queues", name_of(c.queues));
  if (c.queues == queue_organisation::unified) {
    yaml.add("queue_entries", c.queue_entries);
  } else {
    yaml.add("read_queue_entries", c.read_queue_entries);
    yaml.add("write_queue_entries", c.write_queue_entries);
    yaml.add("write_high_watermark", c.write_high_watermark);
    yaml.add("write_low_watermark", c.write_low_watermark);
  }
  yaml.add("refresh", name_of(c.refresh));
  yaml.add("command_bus", name_of(c.command_bus));
  yaml.add("activation_cap", c.activation_cap);
}

void add_address_map(const address_map_spec& map, yaml_writer& yaml) {
  yaml.section("address_map");
  std::vector<std::string> digits, xors;
  for (const address_digit& digit : map.digits)
    digits.push_back(digit.radix == 0 ? name_of(digit.field)
                                      : fmt::format("{}:{}", name_of(digit.field), digit.radix));
  for (const address_xor& x : map.xors)
    xors.push_back(fmt::format("\"{}[{}] ^= {}[{}]\"", name_of(x.target), x.target_bit,
                               name_of(x.source), x.source_bit));
  if (!digits.empty()) yaml.add("digits", fmt::format("[{}]", fmt::join(digits, ", ")));
  if (!xors.empty()) yaml.add("xors", fmt::format("[{}]", fmt::join(xors, ", ")));
}

std::string stream_text(const access_stream& s) {
  std::string text =
      fmt::format("    - name: {}\n      pattern: {}\n      base: {} B\n      range: {} B\n",
                  s.name, name_of(s.pattern), s.base, s.range_bytes);
  if (s.pattern == access_pattern::strided)
    text += fmt::format("      stride: {} B\n", s.stride_bytes);
  if (s.pattern == access_pattern::random)
    text += fmt::format("      hit_fraction: {}\n", s.hit_fraction);
  text += fmt::format(
      "      request: {} B\n      total: {} B\n      read_fraction: {}\n      in_flight: {}\n",
      s.request_bytes, s.total_bytes, s.read_fraction, s.in_flight);
  if (s.rate_bytes_per_s > 0) text += fmt::format("      rate: {} B/s\n", s.rate_bytes_per_s);
  return text;
}

}  // namespace

std::string stack_yaml(const dram_stack_spec& spec, const memory_workload& workload) {
  yaml_writer yaml;
  add_geometry(spec.geometry, yaml);
  add_timings(spec.timings, yaml);
  add_controller(spec.controller, yaml);
  yaml.section("thermal");
  yaml.add("temperature", spec.thermal.temperature_c, " C");
  add_address_map(spec.address_map, yaml);
  std::string text = fmt::format("dram_stack:\n  name: {}\n", spec.name) + yaml.take();
  text += fmt::format("workload:\n  seed: {}\n  streams:\n", workload.seed);
  for (const access_stream& stream : workload.streams) text += stream_text(stream);
  return text;
}

}  // namespace lamina::validation
