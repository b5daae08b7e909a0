// SPDX-License-Identifier: Apache-2.0
#include "quantity_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lamina::app {

std::string si_text(double value, std::string_view unit) {
  if (!std::isfinite(value)) return "-";
  if (value == 0) return fmt::format("0 {}", unit);
  constexpr std::string_view prefixes[] = {"f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P"};
  const double exponent = std::floor(std::log10(std::abs(value)) / 3 + 1e-12);
  const int place = std::clamp(static_cast<int>(exponent), -5, 5);
  const double scaled = value / std::pow(10.0, 3 * place);
  return fmt::format("{:.4g} {}{}", scaled, prefixes[place + 5], unit);
}

std::string percent_text(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.2f} %", 100 * fraction) : "-";
}

std::string difference_text(double value, double reference) {
  if (!std::isfinite(value) || !std::isfinite(reference)) return "-";
  if (value == reference) return "0 %";
  if (reference == 0) return "-";
  return fmt::format("{:+.2f} %", 100 * (value / reference - 1));
}

std::string count_text(double value) {
  if (!std::isfinite(value)) return "-";
  return value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

std::string bytes_text(double bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(units)) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.6g} {}", bytes, units[unit]);
}

}  // namespace lamina::app
