// SPDX-License-Identifier: Apache-2.0
// A configuration as text with places: YAML files with what they extend, and --set on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lamina/config/diagnostics.h"

namespace lamina::config {

struct entry;

/// A scalar, a list or a map. Scalars stay text until somebody asks for a value.
struct node {
  enum class kind { null, scalar, list, map };
  kind what = kind::null;
  std::string text;            ///< of a scalar
  std::vector<entry> entries;  ///< of a list (empty keys) or a map, in order
  location place;
  bool incomplete = false;  ///< a map that extends what could not be read

  bool is_map() const { return what == kind::map; }
  bool is_list() const { return what == kind::list; }
  bool is_scalar() const { return what == kind::scalar; }
  const node* find(std::string_view key) const;
};

struct entry {
  std::string key;
  location key_place;
  node value;
};

/// "the list" or "'text'": a node in a message.
std::string describe_kind(const node& value);

/// The text of a file; nothing when it cannot be read. Tests and fuzzers bring their own.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;
/// Reads regular files of at most largest_file bytes.
std::optional<std::string> read_file(const std::string& path);
inline constexpr std::uintmax_t largest_file = 256U << 20U;
/// Tells that a file cannot be read, why, and what may help: `otherwise` where nothing better is
/// known.
void report_unread(const location& place, const std::string& prefix, const std::string& path,
                   const std::string& otherwise, diagnostics& problems);
/// Why read_file() refuses a file ("it is a folder"), and what to do about it; both empty when the
/// file system does not tell.
complaint why_unread(const std::string& path);
/// `name` as seen from the folder of `file`.
std::string beside(const std::string& file, const std::string& name);

/// Parses one YAML text without following `extends`. Syntax errors and duplicate keys are problems.
node parse_yaml(const std::string& file, const std::string& text, diagnostics& problems);

/// Parses a file and what it extends: a map with `extends: FILE`, or a list of files, relative to
/// its own, starts from their contents. Maps merge key by key and all else is replaced. Missing
/// files and cycles are problems.
node load_document(const std::string& path, diagnostics& problems,
                   const file_reader& reader = read_file);

/// Applies `a.b=3`: a dotted path, list items by number; the value is YAML. Its problems are told
/// at `place`.
void set_value(node& root, const std::string& assignment, const location& place,
               diagnostics& problems);
/// The same as of --set, which is then the place.
void set_value(node& root, const std::string& assignment, diagnostics& problems);

/// Puts `value` at a dotted path, making maps on the way. False when the path leads into a scalar
/// or beyond a list.
bool set_at(node& root, const std::string& path, node value);

}  // namespace lamina::config
