// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/network_platform.h"

#include "lamina/config/describe.h"
#include "lamina/models/interconnect_check.h"
#include "lamina/models/network_graph.h"
#include "platform_loading.h"

namespace lamina::config {
namespace {

/// Whether each collective's algorithm can do its kind on its ranks.
std::vector<spec_problem> check_algorithms(const network_platform& platform) {
  std::vector<spec_problem> found;
  const network_graph graph(platform.interconnect);
  const network_workload work = platform.workload();
  for (std::size_t i = 0; i < work.collectives.size(); ++i) {
    const collective& item = work.collectives[i];
    const int ranks = item.group.empty() ? graph.endpoints() : static_cast<int>(item.group.size());
    const collective_layout layout = graph.layout_of(item.group);
    if (item.algorithm == collective_algorithm::best ||
        fits(item.kind, item.algorithm, ranks, layout)) {
      continue;
    }
    std::string fitting;
    for (int how = static_cast<int>(collective_algorithm::ring);
         how <= static_cast<int>(collective_algorithm::hierarchical); ++how) {
      const auto algorithm = static_cast<collective_algorithm>(how);
      if (!fits(item.kind, algorithm, ranks, layout)) continue;
      fitting += (fitting.empty() ? "" : ", ") + std::string(name_of(algorithm));
    }
    found.push_back({"collectives." + std::to_string(i) + ".algorithm",
                     std::string(name_of(item.algorithm)) + " does not do " +
                         std::string(name_of(item.kind)) + " on these " + std::to_string(ranks) +
                         " ranks",
                     "use one of best, " + fitting});
  }
  return found;
}

}  // namespace

network_workload network_platform::workload() const {
  network_workload work;
  for (const collective_entry& entry : traffic.collectives) {
    collective item = entry.what;
    item.group.clear();
    for (const rank_range& range : entry.group) {
      for (int rank = range.first; rank <= range.last; rank += range.step) {
        item.group.push_back(rank);
      }
    }
    work.collectives.push_back(std::move(item));
  }
  work.transfers = traffic.transfers;
  return work;
}

mapping declare(network_platform& platform) {
  mapping m;
  declare_kind(m, "network");
  m.text("name", platform.name, "What people call it");
  m.section("interconnect", declare(platform.interconnect), "The network").required();
  m.section("traffic", declare(platform.traffic), "What it carries").required();
  return m;
}

bool is_network_platform(const load_request& request) {
  diagnostics ignored;
  const node root = load_with_settings(request, ignored);
  const node* kind = root.find("platform");
  return (kind != nullptr && kind->text == "network") || root.find("interconnect") != nullptr;
}

std::optional<network_platform> load_network_platform(const load_request& request,
                                                      diagnostics& found) {
  const std::size_t before = found.size();
  const node root = load_with_settings(request, found);
  if (root.what == node::kind::null && found.size() > before) return {};
  network_platform platform;
  decode_context context{found, request.reader};
  decode(root, declare(platform), "", context);
  if (context.faulty.count("interconnect") == 0 && !platform.interconnect.levels.empty()) {
    const auto problems = check(platform.interconnect);
    add_problems(problems, "interconnect", context);
    if (problems.empty() && context.faulty.count("traffic") == 0) {
      const auto work = check(platform.workload(), platform.interconnect);
      add_problems(work, "traffic", context);
      if (work.empty()) add_problems(check_algorithms(platform), "traffic", context);
    }
  }
  if (found.size() > before) return {};
  if (platform.name.empty()) platform.name = platform.interconnect.name;
  return platform;
}

std::string to_yaml(const network_platform& platform) {
  network_platform copy = platform;  // declarations bind to what they may change
  return dump_yaml(declare(copy));
}

std::string network_json_schema() {
  network_platform platform;
  return json_schema(declare(platform), "Lamina network platform");
}

}  // namespace lamina::config
