// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "lamina/config/mapping.h"

namespace lamina::config {
namespace {

constexpr std::string_view sources_key = "sources";
constexpr std::size_t most_items = 4096;

std::string join_path(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + '.' + key;
}

void decode_list(const node& list, const parameter& declared, const std::string& path,
                 decode_context& context) {
  if (!list.is_list()) {
    context.problems.add(
        list.place, path + ": " + describe_kind(list) + "; expected a list, each item a map", "");
    return;
  }
  if (list.entries.size() > most_items) {
    context.problems.add(list.place,
                         fmt::format("{}: a list of {} items; expected at most {}", path,
                                     list.entries.size(), most_items),
                         "");
    return;
  }
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    const std::string item_path = join_path(path, std::to_string(i));
    context.places[item_path] = list.entries[i].value.place;
    decode(list.entries[i].value, declared.append(), item_path, context);
  }
}

/// Each key of `sources` must lead to a parameter or a section.
void decode_sources(const node& sources, const mapping& target, const std::string& path,
                    decode_context& context) {
  if (!sources.is_map()) {
    context.problems.add(sources.place,
                         join_path(path, "sources") + ": " + describe_kind(sources) +
                             "; expected a map from parameters to texts",
                         "");
    return;
  }
  const std::vector<std::string> known = all_paths(target);
  for (const entry& item : sources.entries) {
    if (std::find(known.begin(), known.end(), item.key) == known.end()) {
      const std::string near = nearest(item.key, known);
      context.problems.add(item.key_place,
                           "a source of " + in_quotes(item.key) + ", which is no parameter here",
                           near.empty() ? "" : "did you mean '" + near + "'?");
    } else if (!item.value.is_scalar() || item.value.text.empty()) {
      context.problems.add(item.value.place,
                           "the source of " + in_quotes(item.key) + " is " +
                               describe_kind(item.value) + "; expected a text",
                           "");
    } else {
      context.sources[join_path(path, item.key)] = {item.value.text, item.value.place};
    }
  }
}

void complain_unknown(const entry& item, const mapping& target, const std::string& path,
                      decode_context& context) {
  std::vector<std::string> known;
  for (const parameter& declared : target.parameters()) known.push_back(declared.name);
  known.emplace_back("extends");
  const std::string near = nearest(item.key, known);
  std::string help = near.empty() ? fmt::format("keys here are {}", fmt::join(known, ", "))
                                  : "did you mean '" + near + "'?";
  if (item.key == "<<") help = "use 'extends: FILE' instead of merge keys";
  context.problems.add(item.key_place, "unknown key " + in_quotes(join_path(path, item.key)),
                       std::move(help));
}

void decode_value(const node& value, const parameter& declared, const std::string& path,
                  decode_context& context) {
  context.places[path] = value.place;
  const std::size_t before = context.problems.size();
  if (declared.section) {
    decode(value, *declared.section, path, context);
  } else if (declared.item) {
    decode_list(value, declared, path, context);
  } else {
    declared.read(value, path, context);
  }
  if (context.problems.size() > before) context.faulty.insert(path);
}

/// One by one while they are few; a map that lacks most of its keys is told so once.
void complain_missing(const node& map, const mapping& target, const std::string& path,
                      decode_context& context) {
  constexpr std::size_t few = 3;
  std::vector<const parameter*> missing;
  for (const parameter& declared : target.parameters()) {
    if (!declared.is_required || map.find(declared.name) != nullptr) continue;
    missing.push_back(&declared);
    context.faulty.insert(join_path(path, declared.name));
  }
  if (map.incomplete) return;  // the keys may stand in the file that could not be read
  if (missing.size() > few) {
    std::vector<std::string> names;
    for (const parameter* declared : missing) names.push_back(declared->name);
    context.problems.add(
        map.place, fmt::format("missing keys of {}: {}", in_quotes(path), fmt::join(names, ", ")),
        "add them, or start from a part with 'extends: FILE'");
    return;
  }
  for (const parameter* declared : missing) {
    const std::string expected = declared->section ? "a map of keys"
                                 : declared->item  ? "a list, each item a map"
                                                   : declared->expected;
    context.problems.add(map.place,
                         fmt::format("missing key {} ({})",
                                     in_quotes(join_path(path, declared->name)), declared->meaning),
                         fmt::format("add '{}: ...', {}", declared->name, expected));
  }
}

}  // namespace

void decode(const node& map, const mapping& target, const std::string& path,
            decode_context& context, const std::vector<std::string>& ignored) {
  if (!map.is_map()) {
    context.problems.add(map.place,
                         (path.empty() ? "the file is " : path + ": ") + describe_kind(map) +
                             "; expected a map of keys",
                         "");
    return;
  }
  context.places[path] = map.place;
  for (const entry& item : map.entries) {
    const parameter* declared = target.find(item.key);
    if (declared != nullptr) {
      decode_value(item.value, *declared, join_path(path, item.key), context);
    } else if (item.key == sources_key) {
      decode_sources(item.value, target, path, context);
    } else if (std::find(ignored.begin(), ignored.end(), item.key) == ignored.end()) {
      complain_unknown(item, target, path, context);
    }
  }
  complain_missing(map, target, path, context);
}

location place_of(const decode_context& context, const std::string& path) {
  for (std::string at = path;;) {
    const auto found = context.places.find(at);
    if (found != context.places.end()) return found->second;
    if (at.empty()) return {};
    const std::size_t dot = at.rfind('.');
    at = dot == std::string::npos ? "" : at.substr(0, dot);
  }
}

std::vector<std::string> all_paths(const mapping& declared, const std::string& path) {
  std::vector<std::string> paths;
  const auto append = [&paths](const std::vector<std::string>& more) {
    paths.insert(paths.end(), more.begin(), more.end());
  };
  for (const parameter& p : declared.parameters()) {
    const std::string own = join_path(path, p.name);
    paths.push_back(own);
    if (p.section) append(all_paths(*p.section, own));
    if (!p.item) continue;
    const std::vector<mapping> items = p.items();
    for (std::size_t i = 0; i < items.size(); ++i)
      append(all_paths(items[i], own + '.' + std::to_string(i)));
  }
  return paths;
}

}  // namespace lamina::config
