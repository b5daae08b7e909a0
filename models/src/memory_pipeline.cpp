// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/memory_pipeline.h"

#include <string>

#include "lamina/models/dram_stack_check.h"
#include "lamina/models/interconnect_check.h"

namespace lamina {

namespace {

void add(const std::vector<spec_problem>& problems, const std::string& prefix,
         std::vector<spec_problem>& found) {
  for (const spec_problem& problem : problems) {
    found.push_back({prefix + "." + problem.path, problem.message, problem.suggestion});
  }
}

void check_endpoints(const std::vector<int>& endpoints, std::int64_t count, const std::string& path,
                     std::vector<spec_problem>& found) {
  if (endpoints.empty()) found.push_back({path, "names no endpoint", "give at least one"});
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (endpoints[i] >= 0 && endpoints[i] < count) continue;
    found.push_back({path + "." + std::to_string(i),
                     "endpoint " + std::to_string(endpoints[i]) + " does not exist",
                     "endpoints are 0 to " + std::to_string(count - 1)});
  }
}

}  // namespace

std::string_view name_of(pipeline_stage stage) {
  static constexpr std::string_view names[] = {"buffer", "network", "dram_stack", "in_flight",
                                               "offered_rate"};
  return names[static_cast<std::size_t>(stage)];
}

std::vector<spec_problem> check(const memory_pipeline_spec& spec) {
  std::vector<spec_problem> found;
  if (spec.buffer) add(check(*spec.buffer), "buffer", found);
  add(check(spec.dram_stack), "dram_stack", found);
  if (!spec.network) return found;
  const std::size_t before = found.size();
  add(check(spec.network->interconnect), "network.interconnect", found);
  if (found.size() == before) {
    const std::int64_t endpoints = endpoints_of(spec.network->interconnect);
    check_endpoints(spec.network->requesters, endpoints, "network.requesters", found);
    check_endpoints(spec.network->memories, endpoints, "network.memories", found);
  }
  if (spec.network->interleave_bytes == 0) {
    found.push_back({"network.interleave", "must be at least one byte", ""});
  }
  if (spec.network->request_bytes < 1) {
    found.push_back({"network.request", "must be at least one byte", ""});
  }
  return found;
}

std::vector<spec_problem> check(const memory_workload& workload, const memory_pipeline_spec& spec) {
  return check(workload, spec.dram_stack);
}

}  // namespace lamina
