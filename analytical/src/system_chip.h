// SPDX-License-Identifier: Apache-2.0
// The chip of a system, stacked or not: times of kernels, and bounds of them that are quick to get.
#pragma once

#include <map>
#include <memory>

#include "lamina/analytical/compute_tile.h"
#include "lamina/analytical/stacked_chip.h"
#include "lamina/models/kernel_key.h"
#include "lamina/models/system.h"

namespace lamina::analytical {

/// Bytes/s of all data wires of a chip's memory.
double memory_peak(const system_spec& system);

/// A chip with its mapper. Remembers kernels; not for two threads at a time.
class system_chip {
 public:
  system_chip(const system_spec& system, model_detail detail);
  struct answer {
    const kernel_schedule* schedule;
    kernel_result result;
  };
  answer run(const kernel_work& work);
  /// Whether run() has no stack to ask first.
  bool is_known(const kernel_work& work) const;
  /// What is known, or a time that run() does not undercut.
  answer least(const kernel_work& work);

 private:
  std::unique_ptr<stacked_chip> stacked_;
  std::unique_ptr<mapper> plans_;
  std::unique_ptr<compute_tile> tile_;
  std::map<kernel_key, const stacked_chip::planned*> known_;
  std::map<kernel_key, answer> bounds_;
};

}  // namespace lamina::analytical
