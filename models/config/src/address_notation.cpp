// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "lamina/config/dram_stack.h"

namespace lamina::config {
namespace {

const std::vector<std::string>& field_names() {
  static const std::vector<std::string> names = {
      "column", "channel", "pseudo_channel", "stack_id", "bank_group", "bank", "row"};
  return names;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

parsed<address_field> parse_field(std::string_view text) {
  const auto& names = field_names();
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) return {static_cast<address_field>(found - names.begin()), {}};
  const std::string near = nearest(text, names);
  return {{},
          {fmt::format("{} is no field of an address; expected one of {}", in_quotes(text),
                       fmt::join(names, ", ")),
           near.empty() ? "" : "did you mean '" + near + "'?"}};
}

struct field_bit {
  address_field field = address_field::row;
  int bit = 0;
};

/// "bank[0]"
parsed<field_bit> parse_field_bit(std::string_view text) {
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || text.back() != ']') {
    return {{}, {in_quotes(text) + " names no bit of a field", "such as 'bank[0]'"}};
  }
  const auto field = parse_field(trimmed(text.substr(0, open)));
  if (!field.value) return {{}, field.wrong};
  const auto bit = parse_whole(text.substr(open + 1, text.size() - open - 2));
  if (!bit.value) return {{}, bit.wrong};
  if (*bit.value < 0 || *bit.value > 62) {
    return {{}, {in_quotes(text) + " is out of range; expected a bit from 0 to 62", ""}};
  }
  return {field_bit{*field.value, static_cast<int>(*bit.value)}, {}};
}

const std::string& name_of(address_field field) {
  return field_names().at(static_cast<std::size_t>(field));
}

}  // namespace

parsed<address_digit> parse_address_digit(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto field = parse_field(trimmed(text.substr(0, colon)));
  if (!field.value) return {{}, field.wrong};
  if (colon == std::string_view::npos) return {address_digit{*field.value, 0}, {}};
  const auto radix = parse_whole(text.substr(colon + 1));
  if (!radix.value) return {{}, radix.wrong};
  if (*radix.value < 1 || *radix.value > (1 << 30)) {
    return {{}, {in_quotes(text) + " is out of range; expected a radix from 1 to 2^30", ""}};
  }
  return {address_digit{*field.value, static_cast<int>(*radix.value)}, {}};
}

std::string print_address_digit(const address_digit& digit) {
  return digit.radix == 0 ? name_of(digit.field)
                          : fmt::format("{}:{}", name_of(digit.field), digit.radix);
}

parsed<address_xor> parse_address_xor(std::string_view text) {
  constexpr std::string_view operation = "^=";
  const std::size_t at = text.find(operation);
  if (at == std::string_view::npos) {
    return {{}, {in_quotes(text) + " is no XOR of two bits", "such as 'bank[0] ^= row[3]'"}};
  }
  const auto target = parse_field_bit(trimmed(text.substr(0, at)));
  if (!target.value) return {{}, target.wrong};
  const auto source = parse_field_bit(trimmed(text.substr(at + operation.size())));
  if (!source.value) return {{}, source.wrong};
  return {
      address_xor{target.value->field, target.value->bit, source.value->field, source.value->bit},
      {}};
}

std::string print_address_xor(const address_xor& hash) {
  return fmt::format("\"{}[{}] ^= {}[{}]\"", name_of(hash.target), hash.target_bit,
                     name_of(hash.source), hash.source_bit);
}

}  // namespace lamina::config
