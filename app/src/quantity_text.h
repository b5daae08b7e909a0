// SPDX-License-Identifier: Apache-2.0
// Numbers with units, for people: four significant digits and an SI prefix.
#pragma once

#include <string>
#include <string_view>

namespace lamina::app {

/// 1.234e-5 and "s" give "12.34 us"; NaN and infinity give "-".
std::string si_text(double value, std::string_view unit);
/// 0.1234 gives "12.34 %".
std::string percent_text(double fraction);
/// By how much `value` differs from `reference`: "+3.21 %"; "-" where it means nothing.
std::string difference_text(double value, double reference);
/// A count: whole as it is, estimates with one decimal.
std::string count_text(double value);
/// Bytes with a binary prefix: "16 GiB".
std::string bytes_text(double bytes);

}  // namespace lamina::app
