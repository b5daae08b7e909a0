// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/document.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace lamina::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 64;          ///< files that extend files multiply
constexpr std::size_t most_values = 2'000'000;  ///< of all files together

bool is_index(std::string_view text) {
  return !text.empty() && text.size() < 7 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t size_of(const node& value) {
  std::size_t size = 1;
  for (const entry& item : value.entries) size += size_of(item.value);
  return size;
}

entry* find_entry(node& map, std::string_view key) {
  const auto found = std::find_if(map.entries.begin(), map.entries.end(),
                                  [&](const entry& e) { return e.key == key; });
  return found == map.entries.end() ? nullptr : &*found;
}

void merge(node& base, node top) {
  base.place = top.place;
  base.incomplete = base.incomplete || top.incomplete;
  for (entry& item : top.entries) {
    entry* same = find_entry(base, item.key);
    if (same == nullptr) {
      base.entries.push_back(std::move(item));
    } else if (same->value.is_map() && item.value.is_map()) {
      same->key_place = item.key_place;
      merge(same->value, std::move(item.value));
    } else {
      *same = std::move(item);
    }
  }
}

class loader {
 public:
  loader(diagnostics& problems, const file_reader& reader) : problems_(problems), reader_(reader) {}

  node load(const std::string& path, const location& asked_at) {
    const std::optional<std::string> text = reader_(path);
    if (!text) {
      const bool first = open_.empty();
      report_unread(asked_at, "", path,
                    first ? "" : "a path in 'extends' is relative to the file that holds it",
                    problems_);
      return {node::kind::null, {}, {}, asked_at};
    }
    open_.push_back(path);
    node root = left_out();
    if (values_ <= most_values) {
      root = parse_yaml(path, *text, problems_);
      count(root, path);
    }
    resolve(path, root);
    open_.pop_back();
    return root;
  }

 private:
  /// Files beyond the limit are empty, so that memory stays bounded.
  void count(node& root, const std::string& path) {
    values_ += size_of(root);
    if (values_ <= most_values) return;
    problems_.add({path, 1, 1}, "more than two million values in all files together", "");
    root = left_out();
  }

  /// A map of which nothing is known, so that nothing in it counts as missing.
  static node left_out() {
    node map;
    map.what = node::kind::map;
    map.incomplete = true;
    return map;
  }

  void resolve(const std::string& file, node& value) {
    for (entry& item : value.entries) resolve(file, item.value);
    if (value.is_map()) extend(file, value);
  }

  void extend(const std::string& file, node& map) {
    entry* found = find_entry(map, "extends");
    if (found == nullptr) return;
    const node named = std::move(found->value);
    map.entries.erase(map.entries.begin() + (found - map.entries.data()));
    node base;
    base.what = node::kind::map;
    if (named.is_list()) {
      for (const entry& item : named.entries) merge(base, parent_of(file, item.value));
    } else {
      merge(base, parent_of(file, named));
    }
    merge(base, std::move(map));
    map = std::move(base);
  }

  /// The map that `named` leads to; an empty one, with a problem told, when there is none.
  node parent_of(const std::string& file, const node& named) {
    const node none = left_out();
    if (!named.is_scalar() || named.text.empty()) {
      problems_.add(
          named.place,
          "'extends' is " + describe_kind(named) + "; expected a file, or a list of files", "");
      return none;
    }
    const std::string path = beside(file, named.text);
    if (std::find(open_.begin(), open_.end(), path) != open_.end()) {
      problems_.add(named.place,
                    in_quotes(named.text) + " extends itself" +
                        (path == file ? "" : ", by way of the files between"),
                    "remove one 'extends' of the cycle");
      return none;
    }
    if (++files_ > most_files) {
      if (files_ == most_files + 1) {
        problems_.add(named.place,
                      "more than " + std::to_string(most_files) + " files extend each other", "");
      }
      return none;
    }
    const std::size_t before = problems_.size();
    node parent = load(path, named.place);
    if (parent.is_map()) return parent;
    if (problems_.size() == before) {
      problems_.add(
          named.place,
          in_quotes(named.text) + " holds " + describe_kind(parent) + "; expected a map of keys",
          "");
    }
    return none;
  }

  diagnostics& problems_;
  const file_reader& reader_;
  std::vector<std::string> open_;
  std::size_t files_ = 0;
  std::size_t values_ = 0;
};

void relocate(node& value, const location& place) {
  value.place = place;
  for (entry& item : value.entries) {
    item.key_place = place;
    relocate(item.value, place);
  }
}

/// What a step of a path leads to, made when it is missing; null when it cannot be.
node* step_into(node& from, const std::string& step, const location& place) {
  if (from.is_list()) {
    if (!is_index(step) || std::stoul(step) >= from.entries.size()) return nullptr;
    return &from.entries[std::stoul(step)].value;
  }
  if (from.is_scalar() || step.empty()) return nullptr;
  from.what = node::kind::map;
  if (entry* found = find_entry(from, step)) return &found->value;
  from.entries.push_back({step, place, {}});
  from.entries.back().value.place = place;
  return &from.entries.back().value;
}

}  // namespace

const node* node::find(std::string_view key) const {
  for (const entry& item : entries) {
    if (item.key == key) return &item.value;
  }
  return nullptr;
}

std::string describe_kind(const node& value) {
  switch (value.what) {
    case node::kind::null:
      return "empty";
    case node::kind::list:
      return "a list";
    case node::kind::map:
      return "a map";
    case node::kind::scalar:
      break;
  }
  return in_quotes(value.text);
}

std::optional<std::string> read_file(const std::string& path) {
  std::error_code status;
  if (!fs::is_regular_file(path, status) || fs::file_size(path, status) > largest_file) return {};
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

complaint why_unread(const std::string& path) {
  std::error_code status;
  const fs::file_status what = fs::status(path, status);
  if (what.type() == fs::file_type::not_found) return {"there is no such file", ""};
  if (fs::is_directory(what)) return {"it is a folder", "name a file in it"};
  if (status) return {status.message(), ""};
  if (!fs::is_regular_file(what)) {
    return {"it is not a regular file", "write it to a file and name that"};
  }
  const std::uintmax_t bytes = fs::file_size(path, status);
  if (!status && bytes > largest_file) {
    return {"it has " + std::to_string(bytes >> 20U) + " MiB; expected at most " +
                std::to_string(largest_file >> 20U) + " MiB",
            "split it, or describe what it holds in fewer lines"};
  }
  return {"it cannot be opened", "look at its permissions"};
}

void report_unread(const location& place, const std::string& prefix, const std::string& path,
                   const std::string& otherwise, diagnostics& problems) {
  const auto [why, suggestion] = why_unread(path);
  problems.add(place, prefix + "cannot read the file " + in_quotes(path) + ": " + why,
               suggestion.empty() ? otherwise : suggestion);
}

std::string beside(const std::string& file, const std::string& name) {
  return (fs::path(file).parent_path() / name).lexically_normal().string();
}

node load_document(const std::string& path, diagnostics& problems, const file_reader& reader) {
  return loader(problems, reader).load(path, {path, 0, 0});
}

bool set_at(node& root, const std::string& path, node value) {
  node* at = &root;
  const location place = value.place;
  std::size_t begin = 0;
  for (int steps = 0; begin <= path.size(); ++steps) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    at = steps < 24 ? step_into(*at, path.substr(begin, dot - begin), place) : nullptr;
    if (at == nullptr) return false;
    begin = dot + 1;
  }
  *at = std::move(value);
  return true;
}

void set_value(node& root, const std::string& assignment, diagnostics& problems) {
  set_value(root, assignment, {"--set " + assignment, 0, 0}, problems);
}

void set_value(node& root, const std::string& assignment, const location& place,
               diagnostics& problems) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems.add(place, "expected PATH=VALUE", "such as --set dram_stack.geometry.layers=4");
    return;
  }
  node value = parse_yaml(place.file, assignment.substr(equals + 1), problems);
  relocate(value, place);
  const std::string path = assignment.substr(0, equals);
  if (!set_at(root, path, std::move(value))) {
    problems.add(place, "nothing in the configuration stands at " + in_quotes(path),
                 "items of a list are counted from 0");
  }
}

}  // namespace lamina::config
