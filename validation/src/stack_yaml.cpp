// SPDX-License-Identifier: Apache-2.0
#include "stack_yaml.h"

#include <fmt/format.h>

namespace lamina::validation {

std::string stack_yaml(const dram_stack_spec& spec, const memory_workload& workload) {
  return fmt::format("# {} streams, seed {}\nname: {}\n", workload.streams.size(), workload.seed,
                     spec.name);
}

}  // namespace lamina::validation
