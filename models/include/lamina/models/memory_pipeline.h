// SPDX-License-Identifier: Apache-2.0
// Buffer, network and DRAM stack in a row: what a requester sees of a memory behind both.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lamina/models/buffer.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/interconnect.h"
#include "lamina/models/memory.h"
#include "lamina/models/spec_problem.h"

namespace lamina {

/// The network between requesters and stack. A read sends a request and gets data back; a write
/// sends request and data in one message, and gets an answer of the request's size.
struct pipeline_network {
  interconnect_spec interconnect;
  std::vector<int> requesters{0};  ///< endpoint of each stream; begins again for more streams
  std::vector<int> memories{1};    ///< endpoints of the stack, which addresses are dealt to
  std::uint64_t interleave_bytes = 4096;  ///< consecutive bytes at one of them
  int request_bytes = 16;
};

/// Data passes the buffer twice, into it and out of it: reads on their way back, writes on their
/// way there. Each part may be left out but the stack.
struct memory_pipeline_spec {
  std::optional<buffer_spec> buffer;
  std::optional<pipeline_network> network;
  dram_stack_spec dram_stack;

  int endpoint_of_stream(std::size_t stream) const {
    return network->requesters[stream % network->requesters.size()];
  }
  int endpoint_of_address(std::uint64_t address) const {
    return network->memories[address / network->interleave_bytes % network->memories.size()];
  }
};

enum class pipeline_stage { buffer, network, dram_stack, in_flight, offered_rate };
inline constexpr int pipeline_stage_count = 5;
std::string_view name_of(pipeline_stage stage);

struct pipeline_result {
  memory_result memory;  ///< as the requesters see it; counts and energy of the stack
  /// Bandwidth that each stage alone would allow, bytes/s; infinity where there is none.
  std::array<double, pipeline_stage_count> limits{};
  pipeline_stage bound_by = pipeline_stage::dram_stack;
  double& limit(pipeline_stage which) { return limits[static_cast<std::size_t>(which)]; }
  double limit(pipeline_stage which) const { return limits[static_cast<std::size_t>(which)]; }
};

/// All that is wrong with a pipeline and its work; empty when nothing is.
std::vector<spec_problem> check(const memory_pipeline_spec& spec);
std::vector<spec_problem> check(const memory_workload& workload, const memory_pipeline_spec& spec);

}  // namespace lamina
