// SPDX-License-Identifier: Apache-2.0
#include "kinds.h"
#include "lamina/validation/reference_kind.h"
#include "lamina/validation/validate.h"

namespace lamina::validation {

std::vector<reference_kind> reference_kinds() {
  return {all_reduce_hardware_kind(), dram_commands_kind(),
          dram_throughput_kind(),     kernels_kind(),
          llm_serving_kind(),         network_collectives_kind(),
          network_ring_kind(),        noc_latency_kind()};
}

std::vector<random_component> random_components() {
  return {buffer_component(), chip_component(), dram_stack_component(), interconnect_component(),
          system_component()};
}

std::vector<std::string> known_reference_kinds() {
  std::vector<std::string> names;
  for (const reference_kind& kind : reference_kinds()) names.push_back(kind.name);
  return names;
}

std::vector<std::string> known_random_components() {
  std::vector<std::string> names;
  for (const random_component& component : random_components()) names.push_back(component.name);
  return names;
}

}  // namespace lamina::validation
