// SPDX-License-Identifier: Apache-2.0
// The comparisons that the registry lists.
#pragma once

#include "lamina/validation/reference_kind.h"

namespace lamina::validation {

reference_kind all_reduce_hardware_kind();
reference_kind dram_commands_kind();
reference_kind dram_throughput_kind();
reference_kind kernels_kind();
reference_kind llm_serving_kind();
reference_kind network_collectives_kind();
reference_kind network_ring_kind();
reference_kind noc_latency_kind();
random_component buffer_component();
random_component chip_component();
random_component dram_stack_component();
random_component interconnect_component();
random_component system_component();

}  // namespace lamina::validation
