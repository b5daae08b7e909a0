// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "lamina/config/network_platform.h"

namespace lamina::config {
namespace {

constexpr int most_count = 1 << 20;

parsed<int> parse_size(std::string_view text) {
  const parsed<std::int64_t> whole = parse_whole(text);
  if (!whole.value) return {std::nullopt, whole.wrong};
  if (*whole.value < 1 || *whole.value > most_count) {
    return {std::nullopt, {fmt::format("{} is not from 1 to {}", *whole.value, most_count), ""}};
  }
  return {static_cast<int>(*whole.value), {}};
}

std::string print_size(const int& size) { return std::to_string(size); }

void declare_flag(mapping& m, const char* name, bool& value, const char* meaning) {
  parameter& p = m.add(name, meaning);
  p.expected = "true or false";
  p.range = "true or false";
  p.schema = [] { return std::string(R"({"type":"boolean"})"); };
  p.text = [&value] { return std::string(value ? "true" : "false"); };
  p.read = [&value](const node& given, const std::string& path, decode_context& context) {
    if (given.is_scalar() && (given.text == "true" || given.text == "false")) {
      value = given.text == "true";
      return;
    }
    context.problems.add(given.place,
                         path + ": " + describe_kind(given) + "; expected true or false", "");
  };
}

mapping declare(packet_protocol& p) {
  mapping m;
  m.bytes("payload", p.payload_bytes, {1, 1 << 24}, "Most payload of a packet");
  m.bytes("header", p.header_bytes, {0, 1 << 20}, "Sent with each packet");
  m.choice("switching", p.switching, {"store_and_forward", "cut_through"},
           "When a node passes a packet on: when all of it or when its header has arrived");
  declare_flag(m, "acknowledged", p.acknowledged,
               "A message is done when its acknowledgement has come back");
  m.time("time_grid", p.time_grid, {0, 1e-6},
         "A packet's time on a link is rounded to the nearest multiple; 0 ns: exact");
  m.time("message_overhead", p.message_overhead, {0, 1}, "At the sender, before each message");
  m.quantity("efficiency", p.efficiency, dimension::fraction, {0.001, 1},
             "Share of the link's rate that packets get");
  return m;
}

mapping declare(flit_protocol& f) {
  mapping m;
  m.time("clock", f.clock, {1e-12, 1e-3}, "Period; a flit's bytes are bandwidth x clock");
  m.whole("virtual_channels", f.virtual_channels, {1, 64}, "Of each router input");
  m.whole("buffer_flits", f.buffer_flits, {1, 4096}, "Of one virtual channel");
  m.whole("router_clocks", f.router_clocks, {1, 64}, "Pipeline of a router");
  m.whole("link_clocks", f.link_clocks, {1, 1024}, "From router to router");
  m.whole("injection_clocks", f.injection_clocks, {0, 64}, "Between endpoint and router");
  m.whole("credit_clocks", f.credit_clocks, {0, 1024}, "Delay of a credit on its way back");
  m.whole("packet_flits_most", f.packet_flits_most, {1, 1 << 20},
          "Longer messages are cut into packets of this length");
  return m;
}

mapping declare(network_link& l) {
  mapping m;
  m.whole("from", l.from, {0, most_count}, "Node: members first, then switches").required();
  m.whole("to", l.to, {0, most_count}, "Node").required();
  m.quantity("bandwidth", l.bandwidth_bytes_per_s, dimension::byte_rate, {0, 1e18},
             "Each way; 0 B/s: that of the level");
  m.time("latency", l.latency, {0, 10}, "0 ns: that of the level");
  declare_flag(m, "both_ways", l.both_ways, "Whether there is one back, too");
  return m;
}

mapping declare(collective_entry& c) {
  mapping m;
  m.choice(
       "kind", c.what.kind,
       {"all_reduce", "reduce_scatter", "all_gather", "all_to_all", "broadcast", "send_receive"},
       "What the ranks do")
      .required();
  m.choice("algorithm", c.what.algorithm,
           {"best", "ring", "per_dimension", "halving_doubling", "rabenseifner",
            "double_binary_tree", "binomial_tree", "direct", "hierarchical"},
           "How they do it; best: the quickest that fits, by the analytical path");
  m.bytes("bytes", c.what.bytes, {0, 0x1p50},
          "Whole buffer (all_reduce, reduce_scatter, broadcast), shard of a rank (all_gather), "
          "message to each peer (all_to_all), message (send_receive)")
      .required();
  m.notation<rank_range>("group", c.group, parse_rank_range, print_rank_range, 1 << 20,
                         "a rank or a range of ranks, such as 0-7 or 0-63:8",
                         "Endpoints in rank order; none: all");
  return m;
}

mapping declare(network_transfer& t) {
  mapping m;
  m.whole("from", t.source, {0, most_count}, "Endpoint").required();
  m.whole("to", t.destination, {0, most_count}, "Endpoint").required();
  m.bytes("bytes", t.bytes, {0, 0x1p50}, "Size of the message").required();
  return m;
}

}  // namespace

parsed<rank_range> parse_rank_range(std::string_view text) {
  rank_range range;
  const complaint wrong{fmt::format("'{}' is no range of ranks", text.substr(0, 40)),
                        "write a rank such as 3, a range such as 0-7, or one with a step: 0-63:8"};
  const auto number = [&](std::string_view part, int& out) {
    const parsed<std::int64_t> whole = parse_whole(part);
    if (!whole.value || *whole.value < 0 || *whole.value > most_count) return false;
    out = static_cast<int>(*whole.value);
    return true;
  };
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view ends = text.substr(0, colon);
  if (colon < text.size() && (!number(text.substr(colon + 1), range.step) || range.step < 1)) {
    return {std::nullopt, wrong};
  }
  const std::size_t dash = ends.find('-');
  if (!number(ends.substr(0, dash), range.first)) return {std::nullopt, wrong};
  range.last = range.first;
  if (dash != std::string_view::npos && !number(ends.substr(dash + 1), range.last)) {
    return {std::nullopt, wrong};
  }
  if (range.last < range.first) return {std::nullopt, wrong};
  return {range, {}};
}

std::string print_rank_range(const rank_range& range) {
  if (range.first == range.last) return std::to_string(range.first);
  const std::string step = range.step == 1 ? "" : fmt::format(":{}", range.step);
  return fmt::format("{}-{}{}", range.first, range.last, step);
}

mapping declare(network_level& l) {
  mapping m;
  m.text("name", l.name, "What people call it");
  m.choice("shape", l.shape,
           {"chain", "ring", "mesh", "torus", "switch", "fully_connected", "fat_tree", "graph"},
           "How its members are joined")
      .required();
  m.notation<int>(
      "sizes", l.sizes, parse_size, print_size, 16, "whole numbers, such as [4, 4]",
      "Members: one number; mesh and torus: of each dimension; fat_tree: arity, levels");
  m.choice("attachment", l.attachment, {"group", "endpoints"},
           "How what is below meets this level: a link for each group, or one for every endpoint");
  m.quantity("bandwidth", l.bandwidth_bytes_per_s, dimension::byte_rate, {0, 1e18},
             "Of a link, each way; every link needs one");
  m.time("latency", l.latency, {0, 10}, "Of a link");
  m.quantity("energy_per_bit", l.energy_j_per_bit, dimension::energy_per_bit, {0, 1e-6},
             "A bit over a link and the node behind it");
  m.choice("transport", l.transport, {"packets", "flits"}, "What its links carry");
  m.section("packets", declare(l.packets), "Between chips");
  m.section("flits", declare(l.flits), "On a chip");
  m.whole("switches", l.switches, {0, most_count}, "Graph: nodes that are no members");
  m.list<network_link>("links", l.links, declare, "Graph: its links");
  return m;
}

mapping declare(interconnect_spec& spec) {
  mapping m;
  m.text("name", spec.name, "What people call it");
  m.list<network_level>("levels", spec.levels, declare, "From the innermost out").required();
  return m;
}

mapping declare(network_traffic& traffic) {
  mapping m;
  m.list<collective_entry>("collectives", traffic.collectives, declare,
                           "All begin at time zero and contend");
  m.list<network_transfer>("transfers", traffic.transfers, declare,
                           "A traffic matrix: all begin at time zero");
  return m;
}

}  // namespace lamina::config
