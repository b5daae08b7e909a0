// SPDX-License-Identifier: Apache-2.0
#include "lamina/models/chip.h"

#include <cmath>

namespace lamina {

double chip_spec::peak_flops(double bits) const {
  return 2 * tile.macs_per_clock(bits) * tiles * clock_hz;
}

std::vector<spec_problem> check(const chip_spec& chip) {
  std::vector<spec_problem> found;
  const auto above_zero = [&found](double value, const char* path, const char* help) {
    if (std::isfinite(value) && value > 0) return;
    found.push_back({path, "must be above 0", help});
  };
  above_zero(chip.tiles, "tiles", "a chip computes on at least one tile");
  above_zero(chip.clock_hz, "clock", "");
  above_zero(chip.shared_buffer.bytes_per_s, "shared_buffer.bandwidth", "");
  above_zero(chip.memory.bytes_per_s, "memory.bandwidth", "a chip without memory runs no kernel");
  const auto share = [&found](double value, const char* path) {
    if (value > 0 && value <= 1) return;
    found.push_back({path, "a share is above 0 and at most 1", ""});
  };
  share(chip.memory.share, "memory.share");
  share(chip.shared_buffer.usable_share, "shared_buffer.usable_share");
  for (spec_problem problem : check(chip.tile)) {
    problem.path = "tile." + problem.path;
    found.push_back(std::move(problem));
  }
  return found;
}

}  // namespace lamina
