// SPDX-License-Identifier: Apache-2.0
// Compute tiles in closed form, and the mapper that both paths take their schedules from.
#pragma once

#include <memory>

#include "lamina/models/gemm_mapping.h"
#include "lamina/models/tile_schedule.h"

namespace lamina::analytical {

class compute_tile final : public kernel_runner {
 public:
  /// Throws std::invalid_argument for a chip with problems.
  explicit compute_tile(chip_spec chip);
  kernel_result run(const kernel_schedule& schedule) override;
  const chip_spec& chip() const { return chip_; }

 private:
  chip_spec chip_;
};

/// Finds the quickest mapping of each kernel by trying all that fit, and remembers it. One object
/// must not be used by two threads at a time.
class mapper {
 public:
  /// Throws std::invalid_argument for a chip with problems.
  explicit mapper(const chip_spec& chip);
  ~mapper();
  mapper(mapper&&) noexcept;
  mapper& operator=(mapper&&) noexcept;

  /// Valid until the mapper dies. Throws std::invalid_argument for a kernel with problems, or one
  /// that no mapping fits.
  const kernel_schedule& schedule(const kernel_work& kernel);
  const chip_spec& chip() const;
  std::size_t searches() const;  ///< kernels that were not remembered

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace lamina::analytical
