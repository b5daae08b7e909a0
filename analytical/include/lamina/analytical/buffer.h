// SPDX-License-Identifier: Apache-2.0
// The buffer without simulation: bandwidth, latency, energy and limits of block moves.
#pragma once

#include "lamina/models/buffer.h"

namespace lamina::analytical {

/// Closed form of a workload on a buffer, in about a microsecond and without allocation. Both must
/// hold together (check()). Latency quantiles are not known here (NaN). docs/buffer.md derives
/// each term.
buffer_result estimate(const buffer_spec& spec, const buffer_workload& workload);

class buffer : public block_store {
 public:
  /// Throws std::invalid_argument for a specification that does not hold together.
  explicit buffer(const buffer_spec& spec);
  /// Throws std::invalid_argument for a workload that does not hold together.
  buffer_result move(const buffer_workload& workload) override;

 private:
  const buffer_spec spec_;
};

}  // namespace lamina::analytical
