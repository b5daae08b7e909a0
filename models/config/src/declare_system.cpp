// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lamina/config/dram_stack.h"
#include "lamina/config/network_platform.h"
#include "lamina/config/system_platform.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

constexpr bounds ranks{1, 1 << 16};
constexpr bounds seconds{0, 1};

mapping declare_operator(operator_kernels& one) {
  mapping m;
  m.text("operator", one.name, "Its name, as lamina run lists it").required();
  m.whole("kernels", one.kernels, {1, 1000}, "Kernels that the software runs for it");
  return m;
}

void declare_flag(mapping& m, const char* name, bool& value, const char* meaning) {
  parameter& p = m.add(name, meaning);
  p.expected = "true or false";
  p.range = "true, false";
  p.schema = [] { return std::string(R"({"type":"boolean"})"); };
  p.text = [&value] { return std::string(value ? "true" : "false"); };
  p.read = [&value](const node& given, const std::string& path, decode_context& context) {
    value = given.text == "true";
    if (given.is_scalar() && (value || given.text == "false")) return;
    context.problems.add(given.place,
                         path + ": " + describe_kind(given) + "; expected true or false", "");
  };
}

mapping declare_collectives(collective_software& c) {
  mapping m;
  m.choice("algorithm", c.algorithm,
           {"best", "ring", "per_dimension", "halving_doubling", "rabenseifner",
            "double_binary_tree", "binomial_tree", "direct", "hierarchical"},
           "Of every collective that it fits; best: the quickest");
  declare_flag(m, "one_shot", c.one_shot,
               "All-reduces may send whole buffers to everybody in one step");
  m.time("entry", c.entry, seconds, "Of each collective: until all ranks have arrived and left");
  m.time("step", c.step, seconds, "Barrier between the two steps of a direct all-reduce");
  return m;
}

mapping declare_attention(attention_software& a) {
  mapping m;
  constexpr bounds heads{0, 1 << 16};
  m.whole("latent_heads", a.latent_heads, heads,
          "Heads of a rank for which the kernel of latent attention is made; fewer are padded");
  m.whole("sparse_heads", a.sparse_heads, heads, "The same of the kernel for selected keys");
  declare_flag(m, "sparse_all_keys", a.sparse_all_keys,
               "The kernel for selected keys takes as many as the model selects, even of fewer");
  m.quantity(
      "sparse_flops", a.sparse_flops, dimension::number, {0, 1e18},
      "Most FLOP/s of a chip in the kernel for selected keys, padding included; 0: no limit");
  return m;
}

std::vector<std::string> axis_words() {
  std::vector<std::string> words;
  for (int i = 0; i < mapping_axis_count; ++i) {
    words.emplace_back(name_of(static_cast<mapping_axis>(i)));
  }
  return words;
}

/// "tp/pp/dp" as a list, as mappings are named.
node split(const node& text) {
  node list;
  list.what = node::kind::list;
  list.place = text.place;
  std::string rest = text.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    entry& item = list.entries.emplace_back();
    item.value = text;
    item.value.text = rest.substr(0, end);
    rest.erase(0, end + 1);
  }
  return list;
}

void read_order(const node& value, const std::string& path, mapping_spec& spec,
                decode_context& context) {
  const std::vector<std::string> words = axis_words();
  if (value.is_scalar() && !value.text.empty()) {
    read_order(split(value), path, spec, context);
    return;
  }
  std::vector<mapping_axis> order;
  for (const entry& item : value.entries) {
    const auto found = std::find(words.begin(), words.end(), item.value.text);
    const auto axis = static_cast<mapping_axis>(found - words.begin());
    if (found == words.end() || std::count(order.begin(), order.end(), axis) > 0) {
      context.problems.add(item.value.place,
                           path + ": " + describe_kind(item.value) +
                               "; expected each of tp, sp, cp, dp, pp at most once",
                           "");
      return;
    }
    order.push_back(axis);
  }
  if (!value.is_list()) {
    context.problems.add(value.place, path + ": " + describe_kind(value) + "; expected a list",
                         "such as [tp, dp, pp]");
    return;
  }
  for (const mapping_axis axis : mapping_spec{}.order) {
    if (std::count(order.begin(), order.end(), axis) == 0) order.push_back(axis);
  }
  std::copy(order.begin(), order.end(), spec.order.begin());
}

void declare_order(mapping& m, mapping_spec& spec) {
  parameter& p = m.add("order", "Axes from neighbours on the network to the outermost");
  p.expected = "a list of tp, sp, cp, dp, pp, or tp/pp/dp";
  p.schema = [] { return std::string(R"({"type":["array","string"],"items":{"type":"string"}})"); };
  p.text = [&spec] {
    std::string text;
    for (const mapping_axis axis : spec.order) {
      text += (text.empty() ? "[" : ", ") + std::string(name_of(axis));
    }
    return text + "]";
  };
  p.read = [&spec](const node& value, const std::string& path, decode_context& context) {
    read_order(value, path, spec, context);
  };
}

/// Sizes in one value, so that they can be swept: "tp=8, ep=8", as on the command line. False when
/// it is no such text.
bool read_sizes(const node& value, const std::string& path, mapping_choice& choice,
                decode_context& context) {
  if (!value.is_scalar() || value.text.find('=') == std::string::npos) return false;
  choice.given = {};
  const mapping declared = declare(choice.given);
  std::string rest = value.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string item = rest.substr(0, end);
    rest.erase(0, end + 1);
    const std::size_t first = std::min(item.find_first_not_of(' '), item.size());
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) return false;
    const std::string key = item.substr(first, equals - first);
    node number = value;
    number.text = item.substr(equals + 1);
    const auto& all = declared.parameters();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const parameter& p) { return p.name == key; });
    if (found == all.end()) return false;
    found->read(number, path + "." + key, context);
  }
  return true;
}

/// `best`, or a map of sizes.
void declare_choice(mapping& m, mapping_choice& choice) {
  parameter& p = m.add("mapping", "How the model is split over the chips; best: tries all");
  p.expected = "best, or sizes such as {tp: 8, ep: 8}";
  p.schema = [] { return std::string(R"({"anyOf":[{"type":"string"},{"type":"object"}]})"); };
  p.text = [&choice] {
    if (choice.best) return std::string("best");
    std::string text;
    const mapping declared = declare(choice.given);
    for (const parameter& each : declared.parameters()) {
      text += (text.empty() ? "{" : ", ") + each.name + ": " + each.text();
    }
    return text + "}";
  };
  p.read = [&choice](const node& value, const std::string& path, decode_context& context) {
    choice.best = value.is_scalar() && value.text == "best";
    if (choice.best) return;
    if (value.is_map()) {
      decode(value, declare(choice.given), path, context);
      return;
    }
    if (read_sizes(value, path, choice, context)) return;
    context.problems.add(
        value.place,
        path + ": " + describe_kind(value) + "; expected best, or sizes such as {tp: 8, ep: 8}",
        "");
  };
}

mapping declare_with(system_platform& platform, mapping chip) {
  mapping m;
  declare_kind(m, "system");
  m.text("name", platform.name, "What people call it");
  m.section("chip", std::move(chip), "Tiles, shared buffer, and how kernels reach them").required();
  if (platform.dram_stack) {
    m.section("dram_stack", declare(*platform.dram_stack), "The memory on top of each chip");
  }
  if (platform.noc) {
    m.section("noc", declare(*platform.noc), "Between tiles and slices of the shared buffer");
  }
  if (platform.stacked()) {
    m.bytes("piece_bytes", platform.piece_bytes, {1, 1 << 24},
            "Of an address range that one slice of the shared buffer holds, and of one message");
  }
  m.section("network", declare(platform.network), "Between the chips; an endpoint is a chip")
      .required();
  m.section("software", declare(platform.software), "What serving adds to the kernels");
  m.choice("overlap", platform.overlap, {"none", "waves", "rings"},
           "What of a collective hides behind kernels");
  declare_choice(m, platform.mapping);
  m.section("workload", declare(platform.workload), "What it runs").required();
  return m;
}

}  // namespace

mapping declare(serving_stack_spec& s) {
  mapping m;
  m.text("name", s.name, "What people call it");
  m.time("step", s.step, seconds, "Between two steps, while the chips wait for the host");
  m.time("sequence", s.sequence, seconds, "The same for each sequence of the step");
  m.list("kernels", s.kernels, declare_operator,
         "Operators that stand alone, and how many kernels each is");
  m.section("attention", declare_attention(s.attention), "What its kernels do beside the work");
  m.section("collectives", declare_collectives(s.collectives), "How collectives are run");
  return m;
}

mapping declare(mapping_spec& spec) {
  mapping m;
  m.whole("tp", spec.tensor, ranks, "Ranks that split heads and columns");
  m.whole("pp", spec.pipeline, ranks, "Stages of layers");
  m.whole("dp", spec.data, ranks, "Replicas with sequences of their own");
  m.whole("ep", spec.expert, ranks, "Ranks among which the experts are dealt out");
  m.whole("sp", spec.sequence, ranks, "Ranks that split sequences and exchange heads (Ulysses)");
  m.whole("cp", spec.context, ranks, "Ranks that split the cache (ring attention)");
  m.whole("fsdp", spec.fsdp, ranks,
          "Ranks that share out equal weights and gather each layer's before its use (FSDP)");
  m.whole("microbatches", spec.microbatches, {0, 1 << 16},
          "Parts of a replica's batch in the pipeline; 0: as many as stages");
  declare_order(m, spec);
  return m;
}

mapping declare(system_platform& platform) {
  return declare_with(
      platform, platform.stacked() ? declare_logic_die(platform.chip) : declare(platform.chip));
}

mapping declare_everything(system_platform& platform) {
  platform.dram_stack.emplace();
  platform.noc.emplace();
  return declare_with(platform, declare(platform.chip));
}

}  // namespace lamina::config
