// SPDX-License-Identifier: Apache-2.0
// What of a system's communication hides behind kernels, and bounds of what does not.
#pragma once

#include <vector>

#include "lamina/analytical/system.h"
#include "lamina/models/llm_kernels.h"

namespace lamina::analytical {

/// Waves in which the blocks of a kernel's last part end.
double waves_of(const kernel_schedule& schedule, const chip_spec& chip);

/// Of a collective that carries a kernel's results: those of a wave leave while the next is
/// computed, so that the shorter of both hides but for one wave.
femtoseconds hidden_by(femtoseconds compute, femtoseconds carried, double waves);

/// Of a gathering of the next layer's weights at the end of a layer (the last of `parts`): it waits
/// for nothing, and hides behind the layer's kernels while no other collective does. The layer
/// before is taken as one of the same kind.
femtoseconds hidden_by_layer(const std::vector<system_part>& parts, const system_part& gathering);

/// Whether the kernel is attention of a prompt that runs on one part of the keys after the other.
bool runs_in_a_ring(const step_kernel& kernel, const mapping_spec& mapping, overlap_kind overlap);

/// The same on one of the parts.
kernel_work part_of_ring(kernel_work work, int parts);

/// Of keys that pass `parts` ranks in parts - 1 steps, while attention runs on the part that is
/// there (`attention` is that of all parts): each step takes the longer of both.
femtoseconds hidden_by_ring(femtoseconds attention, femtoseconds carried, int parts);

/// Adds up the least time of kernels and of what they do not hide, layer by layer.
class layer_bound {
 public:
  explicit layer_bound(overlap_kind overlap) : overlap_(overlap) {}
  /// Seconds of all layers.
  void add_kernel(int group, double seconds);
  void add(const llm_communication& what, double seconds);
  double seconds();

 private:
  void close_kernel();
  void close_layer();
  overlap_kind overlap_;
  int group_ = -1;
  double kernel_ = 0;   ///< the last one
  double shown_ = 0;    ///< the longest collective of its results, or all that do not hide
  double layer_ = 0;    ///< before the last kernel
  double weights_ = 0;  ///< gathered in this layer
  double rings_ = 0;    ///< of keys, in this layer
  double sum_ = 0;      ///< of the layers before
};

}  // namespace lamina::analytical
