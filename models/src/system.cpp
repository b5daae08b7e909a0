// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/system.h"

#include "lamina/models/interconnect_check.h"

namespace lamina {

double system_spec::memory_bytes() const {
  return stacked ? static_cast<double>(stacked->dram_stack.geometry.capacity_bytes())
                 : static_cast<double>(chip.memory.bytes);
}

std::vector<spec_problem> check(const system_spec& system) {
  std::vector<spec_problem> found;
  const auto add = [&found](const char* prefix, std::vector<spec_problem> problems) {
    for (spec_problem& each : problems) {
      if (prefix[0] != 0) each.path = prefix + (each.path.empty() ? "" : "." + each.path);
      found.push_back(std::move(each));
    }
  };
  if (system.stacked) {
    add("", check(*system.stacked));
  } else {
    add("chip", check(system.chip));
  }
  add("network", check(system.network));
  for (std::size_t i = 0; i < system.software.kernels.size(); ++i) {
    if (system.software.kernels[i].kernels >= 1) continue;
    found.push_back({"software.kernels." + std::to_string(i) + ".kernels",
                     "an operator is at least one kernel", ""});
  }
  return found;
}

}  // namespace lamina
