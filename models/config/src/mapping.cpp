// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/mapping.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace lamina::config {
namespace {

using json = nlohmann::ordered_json;

void complain(const node& value, const std::string& path, complaint wrong,
              decode_context& context) {
  context.problems.add(value.place, path + ": " + wrong.message, std::move(wrong.suggestion));
}

/// A scalar through `take`, which stores it or says what is wrong.
auto scalar_reader(std::string expected,
                   std::function<std::optional<complaint>(std::string_view)> take) {
  return [expected = std::move(expected), take = std::move(take)](
             const node& value, const std::string& path, decode_context& context) {
    if (!value.is_scalar()) {
      complain(value, path, {describe_kind(value) + "; expected " + expected, ""}, context);
    } else if (auto wrong = take(value.text)) {
      complain(value, path, std::move(*wrong), context);
    }
  };
}

template <typename Print>
std::string range_text(bounds range, Print print) {
  if (std::isinf(range.most)) return "at least " + print(range.least);
  return print(range.least) + " to " + print(range.most);
}

complaint outside(std::string_view text, const std::string& range) {
  return {fmt::format("{} is out of range; expected {}", in_quotes(text), range), ""};
}

template <typename Number>
bool within(Number value, bounds range) {
  return static_cast<double>(value) >= range.least && static_cast<double>(value) <= range.most;
}

std::string whole_text(double value) { return fmt::format("{:.0f}", value); }

std::string whole_schema(bounds range) {
  json schema = {{"type", "integer"}, {"minimum", static_cast<std::int64_t>(range.least)}};
  if (!std::isinf(range.most)) schema["maximum"] = static_cast<std::int64_t>(range.most);
  return schema.dump();
}

template <typename Integer>
void declare_whole(parameter& p, Integer& target, bounds range) {
  p.expected = "a whole number, such as 16";
  p.range = range_text(range, whole_text);
  p.schema = [range] { return whole_schema(range); };
  p.text = [&target] { return fmt::format("{}", target); };
  p.read = scalar_reader(p.expected, [&target, range, shown = p.range](std::string_view text) {
    const auto value = parse_whole(text);
    if (!value.value) return std::optional<complaint>(value.wrong);
    if (!within(*value.value, range)) return std::optional<complaint>(outside(text, shown));
    target = static_cast<Integer>(*value.value);
    return std::optional<complaint>();
  });
}

std::string pattern_schema(const std::string& pattern) {
  return json{{"type", "string"}, {"pattern", pattern}}.dump();
}

template <typename Integer>
void declare_bytes(parameter& p, Integer& target, bounds range) {
  p.unit = "B";
  p.expected = example_of(dimension::bytes);
  p.range = range_text(range,
                       [](double value) { return print_bytes(static_cast<std::uint64_t>(value)); });
  p.schema = [] { return pattern_schema(pattern_of(dimension::bytes)); };
  p.text = [&target] { return print_bytes(static_cast<std::uint64_t>(target)); };
  p.read = scalar_reader(p.expected, [&target, range, shown = p.range](std::string_view text) {
    const auto value = parse_bytes(text);
    if (!value.value) return std::optional<complaint>(value.wrong);
    if (!within(*value.value, range)) return std::optional<complaint>(outside(text, shown));
    target = static_cast<Integer>(*value.value);
    return std::optional<complaint>();
  });
}

std::string quantity_schema(dimension what) {
  if (what == dimension::number) return R"({"type":"number"})";
  if (what == dimension::fraction) {
    return json{{"anyOf",
                 {{{"type", "number"}, {"minimum", 0}, {"maximum", 1}},
                  {{"type", "string"}, {"pattern", pattern_of(what)}}}}}
        .dump();
  }
  return pattern_schema(pattern_of(what));
}

parsed<double> parse_within(std::string_view text, dimension what, bounds range,
                            const std::string& shown) {
  auto value = parse_quantity(text, what);
  if (value.value && !within(*value.value, range)) return {{}, outside(text, shown)};
  return value;
}

std::string flow_list(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, ", "));
}

}  // namespace

const parameter* mapping::find(std::string_view name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const parameter& p) { return p.name == name; });
  return found == parameters_.end() ? nullptr : &*found;
}

parameter& mapping::add(const char* name, const char* meaning) {
  parameter& p = parameters_.emplace_back();
  p.name = name;
  p.meaning = meaning;
  return p;
}

parameter& mapping::whole(const char* name, int& value, bounds range, const char* meaning) {
  parameter& p = add(name, meaning);
  declare_whole(p, value, range);
  return p;
}

parameter& mapping::whole(const char* name, std::int64_t& value, bounds range,
                          const char* meaning) {
  parameter& p = add(name, meaning);
  declare_whole(p, value, range);
  return p;
}

parameter& mapping::whole(const char* name, std::uint64_t& value, bounds range,
                          const char* meaning) {
  parameter& p = add(name, meaning);
  declare_whole(p, value, range);
  return p;
}

parameter& mapping::bytes(const char* name, int& value, bounds range, const char* meaning) {
  parameter& p = add(name, meaning);
  declare_bytes(p, value, range);
  return p;
}

parameter& mapping::bytes(const char* name, std::uint32_t& value, bounds range,
                          const char* meaning) {
  parameter& p = add(name, meaning);
  declare_bytes(p, value, range);
  return p;
}

parameter& mapping::bytes(const char* name, std::int64_t& value, bounds range,
                          const char* meaning) {
  parameter& p = add(name, meaning);
  declare_bytes(p, value, range);
  return p;
}

parameter& mapping::bytes(const char* name, std::uint64_t& value, bounds range,
                          const char* meaning) {
  parameter& p = add(name, meaning);
  declare_bytes(p, value, range);
  return p;
}

parameter& mapping::quantity(const char* name, double& value, dimension what, bounds range,
                             const char* meaning) {
  parameter& p = add(name, meaning);
  p.unit = si_unit(what);
  p.expected = example_of(what);
  p.range = range_text(range, [what](double bound) { return print_quantity(bound, what); });
  p.schema = [what] { return quantity_schema(what); };
  p.text = [&value, what] { return print_quantity(value, what); };
  p.read = scalar_reader(p.expected, [&value, what, range, shown = p.range](std::string_view text) {
    const auto read = parse_within(text, what, range, shown);
    if (read.value) value = *read.value;
    return read.value ? std::optional<complaint>() : std::optional<complaint>(read.wrong);
  });
  return p;
}

parameter& mapping::quantities(const char* name, std::vector<double>& values, dimension what,
                               bounds range, const char* meaning) {
  constexpr std::size_t most_items = 1024;
  const std::string shown =
      range_text(range, [what](double bound) { return print_quantity(bound, what); });
  parameter& p = texts_parameter(
      name, [&values] { values.clear(); },
      [&values, what, range, shown](std::string_view text) {
        const auto read = parse_within(text, what, range, shown);
        if (read.value) values.push_back(*read.value);
        return read.value ? std::optional<complaint>() : std::optional<complaint>(read.wrong);
      },
      [&values, what] {
        std::vector<std::string> texts;
        for (const double value : values) texts.push_back(print_quantity(value, what));
        return texts;
      },
      most_items, "", meaning);
  p.unit = si_unit(what);
  p.expected = "a list, each " + example_of(what);
  p.range = "each " + shown;
  p.schema = [what] {
    return json{{"type", "array"}, {"items", json::parse(quantity_schema(what))}}.dump();
  };
  return p;
}

parameter& mapping::time(const char* name, femtoseconds& value, bounds seconds,
                         const char* meaning) {
  parameter& p = add(name, meaning);
  p.unit = "s";
  p.expected = example_of(dimension::time);
  p.range = range_text(seconds, [](double bound) { return print_time(from_seconds(bound)); });
  p.schema = [] { return pattern_schema(pattern_of(dimension::time)); };
  p.text = [&value] { return print_time(value); };
  p.read = scalar_reader(p.expected, [&value, seconds, shown = p.range](std::string_view text) {
    const auto read = parse_time(text);
    if (!read.value) return std::optional<complaint>(read.wrong);
    if (*read.value < from_seconds(seconds.least) || *read.value > from_seconds(seconds.most)) {
      return std::optional<complaint>(outside(text, shown));
    }
    value = *read.value;
    return std::optional<complaint>();
  });
  return p;
}

parameter& mapping::distance(const char* name, clocked_time& value, const char* meaning) {
  static constexpr std::int64_t most_clocks = 1'000'000;
  static constexpr femtoseconds most_time{1'000'000'000'000};
  parameter& p = add(name, meaning);
  p.unit = "clk or s";
  p.expected = "clocks or a time, such as 14 clk or 8.75 ns";
  p.range = "0 clk to 1000000 clk, and 0 ns to 1 ms";
  p.schema = [] { return pattern_schema(clocked_time_pattern()); };
  p.text = [&value] { return print_clocked_time(value); };
  p.read = scalar_reader(p.expected, [&value, shown = p.range](std::string_view text) {
    const auto read = parse_clocked_time(text);
    if (!read.value) return std::optional<complaint>(read.wrong);
    if (read.value->clocks < 0 || read.value->clocks > most_clocks ||
        read.value->time.count() < 0 || read.value->time > most_time) {
      return std::optional<complaint>(outside(text, shown));
    }
    value = *read.value;
    return std::optional<complaint>();
  });
  return p;
}

parameter& mapping::text(const char* name, std::string& value, const char* meaning) {
  constexpr std::size_t longest = 1000;
  parameter& p = add(name, meaning);
  p.expected = "a text";
  p.schema = [] { return std::string(R"({"type":"string"})"); };
  p.text = [&value] { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); };
  p.read = scalar_reader(p.expected, [&value](std::string_view text) {
    if (text.size() > longest) return std::optional<complaint>({"longer than 1000 bytes", ""});
    value = std::string(text);
    return std::optional<complaint>();
  });
  return p;
}

parameter& mapping::section(const char* name, mapping nested, const char* meaning) {
  parameter& p = add(name, meaning);
  p.section = std::make_shared<mapping>(std::move(nested));
  return p;
}

parameter& mapping::words_parameter(const char* name, std::vector<std::string> words,
                                    std::function<void(std::size_t)> assign,
                                    std::function<std::size_t()> present, const char* meaning) {
  parameter& p = add(name, meaning);
  p.expected = fmt::format("one of {}", fmt::join(words, ", "));
  p.range = fmt::format("{}", fmt::join(words, ", "));
  p.schema = [words] { return json{{"enum", words}}.dump(); };
  p.text = [words, present = std::move(present)] { return words.at(present()); };
  p.read = scalar_reader(p.expected, [words, expected = p.expected,
                                      assign = std::move(assign)](std::string_view text) {
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) {
      const std::string near = nearest(text, words);
      return std::optional<complaint>(
          {fmt::format("{} is no choice; expected {}", in_quotes(text), expected),
           near.empty() ? "" : "did you mean '" + near + "'?"});
    }
    assign(static_cast<std::size_t>(found - words.begin()));
    return std::optional<complaint>();
  });
  return p;
}

parameter& mapping::texts_parameter(
    const char* name, std::function<void()> clear,
    std::function<std::optional<complaint>(std::string_view)> append,
    std::function<std::vector<std::string>()> texts, std::size_t most_items, const char* expected,
    const char* meaning) {
  parameter& p = add(name, meaning);
  p.expected = std::string("a list, each ") + expected;
  p.schema = [] { return std::string(R"({"type":"array","items":{"type":"string"}})"); };
  p.text = [texts = std::move(texts)] { return flow_list(texts()); };
  p.read = [clear = std::move(clear), append = std::move(append), most_items,
            expected = p.expected](const node& value, const std::string& path,
                                   decode_context& context) {
    clear();
    if (!value.is_list()) {
      complain(value, path, {describe_kind(value) + "; expected " + expected, ""}, context);
    } else if (value.entries.size() > most_items) {
      complain(
          value, path,
          {fmt::format("a list of {} items; expected at most {}", value.entries.size(), most_items),
           ""},
          context);
    } else {
      const auto one = scalar_reader(expected, append);
      for (std::size_t i = 0; i < value.entries.size(); ++i) {
        one(value.entries[i].value, fmt::format("{}.{}", path, i), context);
      }
    }
  };
  return p;
}

}  // namespace lamina::config
