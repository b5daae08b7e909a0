// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <ostream>

#include "lamina/models/network_graph.h"
#include "network_answer.h"
#include "quantity_text.h"

namespace lamina::app {
namespace {

using json = nlohmann::ordered_json;

/// A line with a value for each fidelity, and how far the analytical one is from tlm.
void line(const network_answer& answer, std::ostream& out, const std::string& label,
          const std::function<std::string(const network_result&)>& text,
          const std::function<double(const network_result&)>& value = {}) {
  out << fmt::format("{:<20}", label);
  for (const auto& outcome : answer.outcomes) {
    out << fmt::format(" {:>24}", outcome.result ? text(*outcome.result) : "-");
  }
  const bool both =
      answer.outcomes.size() == 2 && answer.outcomes[0].result && answer.outcomes[1].result;
  if (both && value) {
    out << fmt::format(" {:>12}", difference_text(value(*answer.outcomes[0].result),
                                                  value(*answer.outcomes[1].result)));
  }
  out << '\n';
}

void print_algorithms(const network_answer& answer, std::ostream& out) {
  const auto work = answer.platform.workload();
  for (std::size_t i = 0; i < work.collectives.size(); ++i) {
    const collective& item = work.collectives[i];
    if (item.algorithm != collective_algorithm::best || answer.ranked[i].empty()) continue;
    const auto& ranked = answer.ranked[i];
    out << fmt::format("{} of {} alone: {} in {}", name_of(item.kind),
                       bytes_text(static_cast<double>(item.bytes)), name_of(ranked[0].algorithm),
                       si_text(to_seconds(ranked[0].time), "s"));
    if (ranked.size() > 1) {
      out << fmt::format("; next best {} in {}", name_of(ranked[1].algorithm),
                         si_text(to_seconds(ranked[1].time), "s"));
    }
    out << '\n';
  }
}

}  // namespace

void print_text(const network_answer& answer, std::ostream& out) {
  const network_graph graph(answer.platform.interconnect);
  out << platforms::to_text(answer.envelope) << '\n' << answer.platform.name << "\n\n";
  print_algorithms(answer, out);
  out << fmt::format("{:<20}", "");
  for (const platforms::fidelity how : answer.fidelities) {
    out << fmt::format(" {:>24}", platforms::name_of(how));
  }
  out << (answer.fidelities.size() > 1 ? fmt::format(" {:>12}\n", "difference") : "\n");
  const auto elapsed = [](const network_result& r) { return to_seconds(r.elapsed); };
  line(
      answer, out, "time", [&](const network_result& r) { return si_text(elapsed(r), "s"); },
      elapsed);
  line(answer, out, "bound by",
       [](const network_result& r) { return std::string(name_of(r.bound_by)); });
  for (int i = 0; i < network_limit_count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    line(
        answer, out, "  " + std::string(name_of(static_cast<network_limit>(i))) + " alone",
        [at](const network_result& r) { return si_text(r.limits_s[at], "s"); },
        [at](const network_result& r) { return r.limits_s[at]; });
  }
  line(answer, out, "busiest link", [&](const network_result& r) {
    return r.busiest < 0 ? std::string("-") : graph.name_of_edge(r.busiest);
  });
  line(answer, out, "  busy", [](const network_result& r) {
    return r.busiest < 0 ? std::string("-")
                         : percent_text(r.utilisation[static_cast<std::size_t>(r.busiest)]);
  });
  const auto payload = [](const network_result& r) { return static_cast<double>(r.payload_bytes); };
  line(
      answer, out, "payload", [&](const network_result& r) { return si_text(payload(r), "B"); },
      payload);
  line(
      answer, out, "packets", [](const network_result& r) { return count_text(r.packets); },
      [](const network_result& r) { return r.packets; });
  for (std::size_t level = 0; level < answer.platform.interconnect.levels.size(); ++level) {
    const std::string& name = answer.platform.interconnect.levels[level].name;
    const auto energy = [level](const network_result& r) { return r.energy_j[level]; };
    line(
        answer, out, "energy " + (name.empty() ? fmt::format("level {}", level) : name),
        [&](const network_result& r) { return si_text(energy(r), "J"); }, energy);
  }
}

nlohmann::ordered_json to_json(const network_answer& answer) {
  const network_graph graph(answer.platform.interconnect);
  json results = json::object();
  for (std::size_t i = 0; i < answer.fidelities.size(); ++i) {
    const std::string how(platforms::name_of(answer.fidelities[i]));
    if (!answer.outcomes[i].result) {
      results[how] = nullptr;
      continue;
    }
    const network_result& r = *answer.outcomes[i].result;
    json limits = json::object();
    for (int k = 0; k < network_limit_count; ++k) {
      limits[std::string(name_of(static_cast<network_limit>(k)))] =
          r.limits_s[static_cast<std::size_t>(k)];
    }
    json links = json::array();
    for (std::size_t e = 0; e < r.utilisation.size(); ++e) {
      links.push_back(
          {{"link", graph.name_of_edge(static_cast<int>(e))}, {"utilisation", r.utilisation[e]}});
    }
    results[how] = {
        {"elapsed_fs", r.elapsed.count()},
        {"payload_bytes", r.payload_bytes},
        {"packets", r.packets},
        {"packet_hops", r.packet_hops},
        {"bound_by", name_of(r.bound_by)},
        {"limits_s", limits},
        {"busiest", r.busiest < 0 ? json(nullptr) : json(graph.name_of_edge(r.busiest))},
        {"energy_by_level_j", r.energy_j},
        {"links", links}};
  }
  json algorithms = json::array();
  for (const auto& ranked : answer.ranked) {
    json list = json::array();
    for (const auto& one : ranked) {
      list.push_back({{"algorithm", name_of(one.algorithm)}, {"alone_fs", one.time.count()}});
    }
    algorithms.push_back(list);
  }
  return {{"program", answer.envelope.program},
          {"version", platforms::version()},
          {"configuration_hash", answer.envelope.configuration_hash},
          {"seed", answer.envelope.seed},
          {"name", answer.platform.name},
          {"results", results},
          {"algorithms", algorithms}};
}

}  // namespace lamina::app
