// SPDX-License-Identifier: Apache-2.0
#include "system_bounds.h"

#include <algorithm>

#include "lamina/models/llm_kernels.h"
#include "system_chip.h"
#include "system_overlap.h"

namespace lamina::analytical {

step_bound::step_bound(llm_system_step step, const system_spec& spec,
                       const std::vector<std::string_view>& alone)
    : step_(std::move(step)), overlap_(spec.overlap) {
  const chip_spec& tiles = spec.tiles();
  const double bandwidth = memory_peak(spec);
  const double launch =
      tiles.launch.mode == launch_mode::graph ? to_seconds(tiles.launch.graph) : 0;
  for (const step_kernel& one : kernels_of(step_.work, tiles.fusion, alone)) {
    const llm_operator& op = step_.work.operators[static_cast<std::size_t>(one.operators[0])];
    const double peak = tiles.peak_flops(bits_of(matrix_format(op)));
    double each = launch;
    if (one.matrix_flops > 0) {  // a gather reads rows that may still be in the shared buffer
      const double moved = one.bytes.weights + one.bytes.kv_read + one.bytes.index_read;
      each += std::max(moved / bandwidth, peak > 0 ? one.matrix_flops / peak : 0);
    }
    kernels_.push_back({op.group, one.operators.back(), one.layers * each});
  }
}

double step_bound::seconds(const std::function<double(const llm_communication&)>& carried) const {
  layer_bound sum(overlap_);
  std::size_t next = 0;
  for (const kernel& one : kernels_) {
    sum.add_kernel(one.group, one.seconds);
    for (; next < step_.communications.size() && step_.communications[next].after <= one.last;
         ++next) {
      const llm_communication& what = step_.communications[next];
      sum.add(what, carried(what));
    }
  }
  return sum.seconds();
}

}  // namespace lamina::analytical
