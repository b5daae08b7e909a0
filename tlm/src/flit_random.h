// SPDX-License-Identifier: Apache-2.0
// A small random engine for the choices of the flit network.
#pragma once

#include <cmath>
#include <cstdint>

namespace lamina::sysc {

/// splitmix64 (Steele, Lea, Flood, OOPSLA 2014): one addition and three mixes a draw.
class flit_random {
 public:
  explicit flit_random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// In [0, bound).
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
  /// In (0, 1].
  double share() { return (static_cast<double>(next() >> 11) + 1) * 0x1p-53; }
  /// Failures before the first success of trials that succeed with `probability` in (0, 1].
  std::int64_t failures_before(double probability) {
    if (probability >= 1) return 0;
    return static_cast<std::int64_t>(std::log(share()) / std::log1p(-probability));
  }

 private:
  std::uint64_t state_;
};

}  // namespace lamina::sysc
