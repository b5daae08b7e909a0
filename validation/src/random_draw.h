// SPDX-License-Identifier: Apache-2.0
// Draws that give the same numbers with every standard library.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace lamina::validation {

class random_draw {
 public:
  random_draw(std::uint64_t seed, std::uint64_t index) : engine_(mixed(seed, index)) {}

  /// In [0, 1).
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * unit(); }
  /// Uniform in the logarithm.
  double logarithmic(double low, double high) {
    return low * std::exp(unit() * std::log(high / low));
  }
  bool chance(double probability) { return unit() < probability; }
  /// A whole number in [low, high].
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(unit() * static_cast<double>(high - low + 1));
  }
  int whole(int low, int high) {
    return static_cast<int>(whole(std::int64_t{low}, std::int64_t{high}));
  }
  /// A whole number in [low, high], uniform in the logarithm.
  std::int64_t logarithmic_whole(std::int64_t low, std::int64_t high) {
    const double value =
        std::floor(logarithmic(static_cast<double>(low), static_cast<double>(high) + 1));
    return std::min(high, static_cast<std::int64_t>(value));
  }
  int logarithmic_int(int low, int high) { return static_cast<int>(logarithmic_whole(low, high)); }
  /// Two to a power in [low, high].
  int power_of_two(int low_exponent, int high_exponent) {
    return 1 << whole(low_exponent, high_exponent);
  }
  template <typename Value>
  Value one_of(std::initializer_list<Value> values) {
    return values.begin()[whole(0, static_cast<int>(values.size()) - 1)];
  }
  template <typename Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t i = values.size(); i > 1; --i)
      std::swap(values[i - 1], values[static_cast<std::size_t>(whole(0, static_cast<int>(i) - 1))]);
  }

 private:
  /// splitmix64 of both, so that neighbours share nothing.
  static std::uint64_t mixed(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed * 0x9e3779b97f4a7c15U + index + 0x632be59bd9b4e019U;
    for (int i = 0; i < 2; ++i) {
      z += 0x9e3779b97f4a7c15U;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      z ^= z >> 31;
    }
    return z;
  }
  std::mt19937_64 engine_;
};

}  // namespace lamina::validation
