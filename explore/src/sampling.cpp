// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/random/sobol.hpp>
#include <numeric>
#include <random>

#include "lamina/explore/space.h"

namespace lamina::explore {
namespace {

std::uint64_t point_at(const space& of, const std::vector<std::uint64_t>& digits) {
  std::uint64_t point = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    point = point * of.axes[i].values.size() + digits[i];
  }
  return point;
}

/// The value that a number of 32 bits falls to.
std::uint64_t scaled(std::uint64_t bits, std::size_t values) { return (bits * values) >> 32U; }

std::vector<std::uint64_t> sobol_points(const space& of) {
  std::mt19937_64 random(of.how.seed);
  boost::random::sobol_engine<std::uint32_t, 32> sequence(of.axes.size());
  std::vector<std::uint32_t> shift;
  for (std::size_t i = 0; i < of.axes.size(); ++i) {
    shift.push_back(static_cast<std::uint32_t>(random() >> 32U));
  }
  std::vector<std::uint64_t> points;
  std::vector<std::uint64_t> digits(of.axes.size());
  for (std::uint64_t n = 0; n < of.how.points; ++n) {
    for (std::size_t i = 0; i < digits.size(); ++i) {
      digits[i] = scaled(sequence() ^ shift[i], of.axes[i].values.size());
    }
    points.push_back(point_at(of, digits));
  }
  return points;
}

/// Each axis is cut into as many strata as there are points, and each stratum met once.
std::vector<std::uint64_t> latin_points(const space& of) {
  std::mt19937_64 random(of.how.seed);
  std::vector<std::vector<std::uint64_t>> strata;
  for (std::size_t i = 0; i < of.axes.size(); ++i) {
    std::vector<std::uint64_t> order(of.how.points);
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random() % k]);
    strata.push_back(std::move(order));
  }
  std::vector<std::uint64_t> points;
  std::vector<std::uint64_t> digits(of.axes.size());
  for (std::uint64_t n = 0; n < of.how.points; ++n) {
    for (std::size_t i = 0; i < digits.size(); ++i) {
      digits[i] = strata[i][n] * of.axes[i].values.size() / of.how.points;
    }
    points.push_back(point_at(of, digits));
  }
  return points;
}

}  // namespace

std::vector<std::uint64_t> points_of(const space& of) {
  std::vector<std::uint64_t> points;
  if (of.how.method == sampling_method::exhaustive || of.how.points >= of.size()) {
    points.resize(of.size());
    std::iota(points.begin(), points.end(), std::uint64_t{0});
    return points;
  }
  points = of.how.method == sampling_method::sobol ? sobol_points(of) : latin_points(of);
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

}  // namespace lamina::explore
