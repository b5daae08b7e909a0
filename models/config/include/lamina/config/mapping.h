// SPDX-License-Identifier: Apache-2.0
// Parameters, each declared once: decoding, `lamina describe`, JSON Schema and dump read this.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/config/document.h"
#include "lamina/config/quantity.h"
#include "lamina/models/units.h"

namespace lamina::config {

/// Where a number in a part comes from, in the words of its file.
struct source_note {
  std::string text;
  location place;
};

/// What decoding knows and learns.
struct decode_context {
  diagnostics& problems;
  const file_reader& reader;
  std::map<std::string, location> places = {};  ///< of every value that was given
  std::map<std::string, source_note> sources = {};
  std::set<std::string> faulty = {};  ///< sections, parameters with problems in or below them
};

struct bounds {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};

class mapping;

/// One key of a mapping, bound to the object that it decodes into and prints from.
struct parameter {
  std::string name;
  std::string meaning;   ///< one sentence
  std::string expected;  ///< "a size, such as 4 KiB"
  std::string unit;      ///< SI; empty: none
  std::string range;     ///< "1 B to 64 KiB"; empty when there is none
  std::string source;    ///< where the parameter itself is defined
  bool is_required = false;
  /// Decodes a node, or tells the problems. `path` names the parameter.
  std::function<void(const node& value, const std::string& path, decode_context& context)> read;
  /// The present value as YAML of one line.
  std::function<std::string()> text;
  /// JSON Schema of a value.
  std::function<std::string()> schema;

  // Instead of a value of its own:
  std::shared_ptr<mapping> section;             ///< a nested map
  std::shared_ptr<mapping> item;                ///< a list of maps: one item with its defaults
  std::function<mapping()> append;              ///< adds an item and binds to it
  std::function<std::vector<mapping>()> items;  ///< the present ones

  parameter& required() {
    is_required = true;
    return *this;
  }
  parameter& from(const char* where) {
    source = where;
    return *this;
  }
};

/// The keys of one object, in the order in which they are shown. Lives no longer than the object.
class mapping {
 public:
  const std::vector<parameter>& parameters() const { return parameters_; }
  const parameter* find(std::string_view name) const;

  parameter& whole(const char* name, int& value, bounds range, const char* meaning);
  parameter& whole(const char* name, std::int64_t& value, bounds range, const char* meaning);
  parameter& whole(const char* name, std::uint64_t& value, bounds range, const char* meaning);
  parameter& bytes(const char* name, int& value, bounds range, const char* meaning);
  parameter& bytes(const char* name, std::uint32_t& value, bounds range, const char* meaning);
  parameter& bytes(const char* name, std::int64_t& value, bounds range, const char* meaning);
  parameter& bytes(const char* name, std::uint64_t& value, bounds range, const char* meaning);
  parameter& quantity(const char* name, double& value, dimension what, bounds range,
                      const char* meaning);
  parameter& quantities(const char* name, std::vector<double>& values, dimension what, bounds range,
                        const char* meaning);
  parameter& time(const char* name, femtoseconds& value, bounds seconds, const char* meaning);
  parameter& distance(const char* name, clocked_time& value, const char* meaning);
  parameter& text(const char* name, std::string& value, const char* meaning);

  /// `words` in the order of the enumerators, which count from 0.
  template <typename Enum>
  parameter& choice(const char* name, Enum& value, std::vector<std::string> words,
                    const char* meaning) {
    static_assert(std::is_enum_v<Enum>);
    return words_parameter(
        name, std::move(words), [&value](std::size_t index) { value = static_cast<Enum>(index); },
        [&value] { return static_cast<std::size_t>(value); }, meaning);
  }
  /// A list whose items are texts of their own notation: `parse` gives an item or a complaint.
  template <typename Item>
  parameter& notation(const char* name, std::vector<Item>& values,
                      parsed<Item> (*parse)(std::string_view), std::string (*print)(const Item&),
                      std::size_t most_items, const char* expected, const char* meaning) {
    return texts_parameter(
        name, [&values] { values.clear(); },
        [&values, parse](std::string_view text) {
          parsed<Item> item = parse(text);
          if (item.value) values.push_back(*item.value);
          return item.value ? std::optional<complaint>() : std::optional<complaint>(item.wrong);
        },
        [&values, print] {
          std::vector<std::string> texts;
          for (const Item& item : values) texts.push_back(print(item));
          return texts;
        },
        most_items, expected, meaning);
  }
  parameter& section(const char* name, mapping nested, const char* meaning);
  /// A list of maps, each declared by `declare`.
  template <typename Item>
  parameter& list(const char* name, std::vector<Item>& values, mapping (*declare)(Item&),
                  const char* meaning) {
    parameter& p = add(name, meaning);
    auto prototype = std::make_shared<Item>();
    // The aliasing pointer keeps the prototype alive as long as the mapping that is bound to it.
    auto kept =
        std::make_shared<std::pair<std::shared_ptr<Item>, mapping>>(prototype, declare(*prototype));
    p.item = std::shared_ptr<mapping>(kept, &kept->second);
    p.append = [&values, declare] { return declare(values.emplace_back()); };
    p.items = [&values, declare] {
      std::vector<mapping> present;
      for (Item& value : values) present.push_back(declare(value));
      return present;
    };
    return p;
  }
  /// Anything else: the caller fills in `read`, `text`, `expected` and `schema`.
  parameter& add(const char* name, const char* meaning);

 private:
  parameter& words_parameter(const char* name, std::vector<std::string> words,
                             std::function<void(std::size_t)> assign,
                             std::function<std::size_t()> present, const char* meaning);
  parameter& texts_parameter(const char* name, std::function<void()> clear,
                             std::function<std::optional<complaint>(std::string_view)> append,
                             std::function<std::vector<std::string>()> texts,
                             std::size_t most_items, const char* expected, const char* meaning);

  std::vector<parameter> parameters_;
};

/// Decodes a map into the object that `target` is bound to: unknown and missing keys, wrong units
/// and ranges become problems. `path` is the map's own, empty for the root. Keys in `ignored`
/// belong to somebody else.
void decode(const node& map, const mapping& target, const std::string& path,
            decode_context& context, const std::vector<std::string>& ignored = {});

/// The place of a parameter, or of the nearest section around it that was given.
location place_of(const decode_context& context, const std::string& path);

/// Dotted paths of all parameters and sections below `path`; of lists, those of their items as
/// `name.0.key` for each present item.
std::vector<std::string> all_paths(const mapping& declared, const std::string& path = "");

}  // namespace lamina::config
