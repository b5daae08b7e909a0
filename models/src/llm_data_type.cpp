// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cmath>

#include "lamina/models/language_model.h"

namespace lamina {
namespace {

constexpr number_format formats[] = {number_format::fp32, number_format::bf16, number_format::fp16,
                                     number_format::fp8, number_format::fp4};

/// A size from 1 to 2^20 that is all of the text; 0 for anything else.
int size_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value >= 1 && value <= (1 << 20) ? value : 0;
}

}  // namespace

std::string_view name_of(number_format format) {
  switch (format) {
    case number_format::fp32:
      return "fp32";
    case number_format::bf16:
      return "bf16";
    case number_format::fp16:
      return "fp16";
    case number_format::fp8:
      return "fp8";
    case number_format::fp4:
      return "fp4";
  }
  return "unknown";
}

int bits_of(number_format format) {
  switch (format) {
    case number_format::fp32:
      return 32;
    case number_format::bf16:
    case number_format::fp16:
      return 16;
    case number_format::fp8:
      return 8;
    case number_format::fp4:
      return 4;
  }
  return 0;
}

bool operator==(const data_type& a, const data_type& b) {
  return a.format == b.format && a.scale_bits == b.scale_bits && a.block_rows == b.block_rows &&
         a.block_columns == b.block_columns;
}

double bytes_of(const data_type& type, double rows, double columns) {
  const double numbers = rows * columns * bits_of(type.format) / 8;
  if (type.scale_bits == 0) return numbers;
  // Expected rows need not be whole.
  const double down = type.block_rows == 1 ? rows : std::ceil(rows / type.block_rows);
  const double blocks = down * std::ceil(columns / type.block_columns);
  return numbers + blocks * type.scale_bits / 8;
}

std::string name_of(const data_type& type) {
  if (type == mxfp4()) return "mxfp4";
  std::string name(name_of(type.format));
  if (type.scale_bits == 0) return name;
  name += '[' + std::to_string(type.block_rows) + 'x' + std::to_string(type.block_columns);
  if (type.scale_bits != 32) name += ", " + std::to_string(type.scale_bits) + " bit";
  return name + ']';
}

std::optional<data_type> data_type_named(std::string_view name) {
  if (name == "mxfp4") return mxfp4();
  const std::size_t open = name.find('[');
  for (const number_format format : formats) {
    if (name.substr(0, open) != name_of(format)) continue;
    if (open == std::string_view::npos) return plain(format);
    const std::size_t times = name.find('x', open);
    if (times == std::string_view::npos || name.back() != ']') return {};
    const int rows = size_in(name.substr(open + 1, times - open - 1));
    const int columns = size_in(name.substr(times + 1, name.size() - times - 2));
    if (rows == 0 || columns == 0) return {};
    return data_type{format, 32, rows, columns};
  }
  return {};
}

}  // namespace lamina
