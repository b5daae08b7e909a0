// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/quantity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "unit_table.h"

namespace lamina::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Length of the decimal number at the start, 0 when there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = !text.empty() && text.front() == '-' ? 1 : 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > first;
  };
  if (!digits()) return 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return 0;
  }
  const std::size_t mantissa = at;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!digits()) return mantissa;
  }
  return at;
}

bool leading_zero(std::string_view number) {
  if (!number.empty() && number.front() == '-') number.remove_prefix(1);
  return number.size() > 1 && number[0] == '0' && is_digit(number[1]);
}

std::string without_zeros(std::string_view text) {
  const std::size_t first = text.find_first_not_of('0');
  return first == std::string_view::npos ? "0" : std::string(text.substr(first));
}

complaint leading_zero_complaint(std::string_view text) {
  return {in_quotes(text) + " has a leading zero, which YAML tools read as octal or as decimal",
          "write '" + without_zeros(text) + "'"};
}

struct split_text {
  std::string_view number;
  std::string_view unit;
};

parsed<split_text> split(std::string_view whole, std::string_view expected) {
  const std::string_view text = trimmed(whole);
  const std::size_t length = number_length(text);
  if (length == 0)
    return {{}, {fmt::format("{} is no number; expected {}", in_quotes(whole), expected), ""}};
  if (leading_zero(text.substr(0, length))) return {{}, leading_zero_complaint(text)};
  const bool hexadecimal = text.size() > length && (text[length] == 'x' || text[length] == 'X');
  if (hexadecimal) {
    return {{}, {in_quotes(whole) + " is not decimal; expected " + std::string(expected), ""}};
  }
  return {split_text{text.substr(0, length), trimmed(text.substr(length))}, {}};
}

complaint wrong_unit(std::string_view text, const split_text& parts,
                     const std::vector<std::string>& units, std::string_view expected) {
  const std::string listed = fmt::format("{}", fmt::join(units, ", "));
  if (parts.unit.empty()) {
    return {fmt::format("{} has no unit; expected {}", in_quotes(text), expected),
            "write the number with one of " + listed};
  }
  if (units.empty() || units.front().empty()) {
    return {fmt::format("{} has a unit; expected {}", in_quotes(text), expected),
            fmt::format("write '{}'", parts.number)};
  }
  const std::string near = nearest(parts.unit, units);
  // A rate in bytes is eight times one in bits: nothing to mistake silently.
  const auto first_b = [](std::string_view name) { return name[name.find_first_of("bB")]; };
  const bool rates = near.find("/s") != std::string::npos &&
                     parts.unit.find_first_of("bB") != std::string_view::npos;
  const bool guess = !near.empty() && (!rates || first_b(near) == first_b(parts.unit));
  const std::string help =
      guess ? fmt::format("did you mean '{} {}'?", parts.number, near) : "units here are " + listed;
  return {fmt::format("{} has the unit {}; expected {}", in_quotes(text), in_quotes(parts.unit),
                      expected),
          help};
}

const unit* find_unit(const std::vector<unit>& units, std::string_view name) {
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const unit& u) { return u.name == name; });
  return found == units.end() ? nullptr : &*found;
}

double to_double(std::string_view number) {
  double value = std::numeric_limits<double>::infinity();
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

parsed<std::int64_t> parse_clocks(std::string_view text) {
  const auto parts = split(text, "clocks");
  if (!parts.value || parts.value->unit != "clk") return {};
  return parse_whole(parts.value->number);
}

/// The largest unit that leaves at least 1 and comes back exactly.
template <typename Same>
std::string print_in(const std::vector<unit>& units, double value, Same same) {
  if (value == 0) {
    const auto si = std::find_if(units.begin(), units.end(),
                                 [](const unit& u) { return u.multiplier == 1 && u.divisor == 1; });
    return fmt::format("0 {}", si->name);
  }
  for (const unit& u : units) {
    if (u.spelling) continue;
    const std::string number = fmt::format("{:.15g}", u.from_si(value));
    if (std::abs(u.from_si(value)) >= 1 && same(number, u))
      return fmt::format("{} {}", number, u.name);
  }
  for (const unit& u : units) {
    for (const char* form : {"{:.15g}", "{:.17g}"}) {
      const std::string number = fmt::format(fmt::runtime(form), u.from_si(value));
      if (same(number, u)) return fmt::format("{} {}", number, u.name);
    }
  }
  return fmt::format("{} {}", units.back().from_si(value), units.back().name);
}

}  // namespace

parsed<std::int64_t> parse_whole(std::string_view text) {
  constexpr std::string_view expected = "a whole number, such as 16";
  const auto parts = split(text, expected);
  if (!parts.value) return {{}, parts.wrong};
  if (!parts.value->unit.empty()) {
    return {{}, wrong_unit(text, *parts.value, {}, expected)};
  }
  std::int64_t value = 0;
  const std::string_view number = parts.value->number;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc::result_out_of_range) {
    return {{}, {in_quotes(text) + " is beyond 64 bits", ""}};
  }
  if (error != std::errc() || end != number.data() + number.size()) {
    return {{}, {fmt::format("{} is not whole; expected {}", in_quotes(text), expected), ""}};
  }
  return {value, {}};
}

parsed<std::uint64_t> parse_bytes(std::string_view text) {
  const dimension_facts& facts = facts_of(dimension::bytes);
  const auto quantity = parse_quantity(text, dimension::bytes);
  if (!quantity.value) return {{}, quantity.wrong};
  if (*quantity.value < 0 || *quantity.value >= 0x1p63) {
    return {{}, {fmt::format("{} is out of range; expected 0 B to 2^63 B", in_quotes(text)), ""}};
  }
  const auto parts = split(text, facts.example);
  const unit* u = find_unit(facts.units, parts.value->unit);
  std::uint64_t whole = 0;
  const std::string_view number = parts.value->number;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), whole);
  if (error == std::errc() && end == number.data() + number.size()) {
    return {whole * static_cast<std::uint64_t>(u->multiplier), {}};
  }
  if (*quantity.value != std::floor(*quantity.value)) {
    return {{}, {in_quotes(text) + " is no whole number of bytes", ""}};
  }
  return {static_cast<std::uint64_t>(*quantity.value), {}};
}

parsed<double> parse_quantity(std::string_view text, dimension what) {
  const dimension_facts& facts = facts_of(what);
  const auto parts = split(text, facts.example);
  if (!parts.value) return {{}, parts.wrong};
  const unit* u = find_unit(facts.units, parts.value->unit);
  if (u == nullptr) return {{}, wrong_unit(text, *parts.value, units_of(what), facts.example)};
  const double value = u->to_si(to_double(parts.value->number));
  if (!std::isfinite(value)) return {{}, {in_quotes(text) + " is out of range", ""}};
  return {value, {}};
}

parsed<femtoseconds> parse_time(std::string_view text) {
  const auto seconds = parse_quantity(text, dimension::time);
  if (!seconds.value) return {{}, seconds.wrong};
  if (std::abs(*seconds.value) > 9000) {
    return {{}, {in_quotes(text) + " is out of range; expected at most 9000 s", ""}};
  }
  return {from_seconds(*seconds.value), {}};
}

parsed<clocked_time> parse_clocked_time(std::string_view text) {
  const std::string_view whole = text;
  clocked_time sum;
  bool clocks_seen = false, time_seen = false;
  for (bool more = true; more;) {
    std::size_t plus = text.find('+');
    while (plus != std::string_view::npos && plus > 0 &&
           (text[plus - 1] == 'e' || text[plus - 1] == 'E')) {
      plus = text.find('+', plus + 1);
    }
    more = plus != std::string_view::npos;
    const std::string_view term = text.substr(0, plus);
    if (more) text.remove_prefix(plus + 1);
    const auto clocks = parse_clocks(term);
    const bool twice =
        clocks.value ? std::exchange(clocks_seen, true) : std::exchange(time_seen, true);
    if (twice) {
      return {{},
              {fmt::format("{} is no distance; expected clocks, a time, or the sum of one of each",
                           in_quotes(whole)),
               "such as '2 clk + 7.5 ns'"}};
    }
    if (clocks.value) {
      sum.clocks = *clocks.value;
      continue;
    }
    const auto time = parse_time(term);
    if (!time.value) {
      const auto parts = split(term, "clocks or a time, such as 14 clk or 8.75 ns");
      if (!parts.value) return {{}, parts.wrong};
      if (parts.value->unit == "clk" ||
          find_unit(facts_of(dimension::time).units, parts.value->unit)) {
        return {{},
                {in_quotes(term) + (parts.value->unit == "clk" ? " is no whole number of clocks"
                                                               : " is out of range"),
                 ""}};
      }
      return {{},
              wrong_unit(term, *parts.value, {"clk", "us", "ns", "ps", "fs"},
                         "clocks or a time, such as 14 clk or 8.75 ns")};
    }
    sum.time = *time.value;
  }
  return {sum, {}};
}

std::vector<std::string> units_of(dimension what) {
  std::vector<std::string> names;
  for (const unit& u : facts_of(what).units) {
    if (!u.spelling) names.emplace_back(u.name);
  }
  return names;
}

std::string si_unit(dimension what) {
  for (const unit& u : facts_of(what).units) {
    if (u.multiplier == 1 && u.divisor == 1) return std::string(u.name);
  }
  return "";
}

std::string example_of(dimension what) { return std::string(facts_of(what).example); }

std::string print_quantity(double value, dimension what) {
  if (what == dimension::number || what == dimension::fraction) return fmt::format("{}", value);
  return print_in(facts_of(what).units, value, [value](const std::string& number, const unit& u) {
    return u.to_si(to_double(number)) == value;
  });
}

std::string print_bytes(std::uint64_t value) {
  for (const unit& u : facts_of(dimension::bytes).units) {
    const auto scale = static_cast<std::uint64_t>(u.multiplier);
    if (value != 0 && value % scale == 0) return fmt::format("{} {}", value / scale, u.name);
  }
  return "0 B";
}

std::string print_time(femtoseconds value) {
  if (value.count() == 0) return "0 ns";
  return print_in(facts_of(dimension::time).units, to_seconds(value),
                  [value](const std::string& number, const unit& u) {
                    return from_seconds(u.to_si(to_double(number))) == value;
                  });
}

std::string print_clocked_time(const clocked_time& value) {
  if (value.time.count() == 0) return fmt::format("{} clk", value.clocks);
  const std::string time = print_time(value.time);
  return value.clocks == 0 ? time : fmt::format("{} clk + {}", value.clocks, time);
}

namespace {
constexpr std::string_view number_pattern = R"((0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)";
}

std::string pattern_of(dimension what) {
  std::vector<std::string_view> names;
  for (const unit& u : facts_of(what).units) names.push_back(u.name);
  const bool bare = names.size() == 1 && names.front().empty();
  if (bare) return fmt::format("^-?{}$", number_pattern);
  return fmt::format("^-?{} *({})$", number_pattern, fmt::join(names, "|"));
}

std::string clocked_time_pattern() {
  const std::string term = fmt::format("{} *(clk|s|ms|us|ns|ps|fs)", number_pattern);
  return fmt::format(R"(^{}( *\+ *{})?$)", term, term);
}

}  // namespace lamina::config
