// SPDX-License-Identifier: Apache-2.0
// The DRAM stack in closed form: bandwidth, latency, energy and limits of access streams.
#pragma once

#include <memory>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"

namespace lamina::analytical {

class burst_walk;

/// Closed form of a stack. Construction resolves the specification; serve() allocates nothing.
class dram_stack : public memory {
 public:
  /// Throws std::invalid_argument for a specification that does not hold together.
  explicit dram_stack(const dram_stack_spec& spec);
  ~dram_stack() override;
  memory_result serve(const memory_workload& workload) override;

 private:
  memory_result walk(const memory_workload& workload);

  dram_stack_spec spec_;
  dram_clocks clocks_;
  address_map map_;
  std::unique_ptr<burst_walk> walk_;
};

}  // namespace lamina::analytical
