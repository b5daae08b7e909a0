// SPDX-License-Identifier: Apache-2.0
// From YAML events to nodes: events keep duplicate keys, which yaml-cpp's own nodes lose.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

#include "lamina/config/document.h"

namespace lamina::config {
namespace {

constexpr std::size_t deepest = 24;
constexpr std::size_t most_nodes = 1'000'000;
constexpr std::size_t most_keys = 4096;  ///< of a map, since each is compared with all before

struct given_up {};

location place_of(const std::string& file, const YAML::Mark& mark) {
  if (mark.is_null()) return {file, 1, 1};
  return {file, mark.line + 1, mark.column + 1};
}

class node_builder : public YAML::EventHandler {
 public:
  node_builder(const std::string& file, diagnostics& problems) : file_(file), problems_(problems) {}

  node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(leaf(mark, node::kind::null), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    node scalar = leaf(mark, node::kind::scalar);
    // "~" and "null" written plainly are nothing; in quotes they are text.
    if (tag == "?" && (value == "~" || value == "null")) scalar.what = node::kind::null;
    scalar.text = value;
    add(std::move(scalar), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      problems_.add(place_of(file_, mark), "an alias inside what it stands for", "");
      add(leaf(mark, node::kind::null), 0);
      return;
    }
    count(size_of(found->second), mark);
    add(found->second, 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, node::kind::list, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, node::kind::map, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct level {
    node container;
    YAML::anchor_t anchor = 0;
    bool key_next = false;  ///< of a map
    bool dropped = false;   ///< the value to come belongs to a duplicate key
    std::string key;
    location key_place;
  };

  node leaf(const YAML::Mark& mark, node::kind what) {
    count(1, mark);
    node made;
    made.what = what;
    made.place = place_of(file_, mark);
    return made;
  }

  static std::size_t size_of(const node& value) {
    std::size_t size = 1;
    for (const entry& item : value.entries) size += size_of(item.value);
    return size;
  }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ <= most_nodes) return;
    problems_.add(place_of(file_, mark), "more than a million values in one file", "");
    throw given_up{};
  }

  void open(const YAML::Mark& mark, node::kind what, YAML::anchor_t anchor) {
    if (levels_.size() >= deepest) {
      problems_.add(place_of(file_, mark),
                    "nested too deeply; expected at most " + std::to_string(deepest) + " levels",
                    "");
      throw given_up{};
    }
    level next;
    next.container = leaf(mark, what);
    next.anchor = anchor;
    next.key_next = what == node::kind::map;
    levels_.push_back(std::move(next));
  }

  void close() {
    level ended = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(ended.container), ended.anchor);
  }

  void add(node value, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = value;
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    level& parent = levels_.back();
    if (!parent.container.is_map()) {
      location place = value.place;
      parent.container.entries.push_back({"", std::move(place), std::move(value)});
    } else if (parent.key_next) {
      take_key(parent, value);
    } else {
      if (!parent.dropped) {
        parent.container.entries.push_back({parent.key, parent.key_place, std::move(value)});
      }
      parent.key_next = true;
    }
  }

  void take_key(level& parent, const node& key) {
    parent.key_next = false;
    parent.dropped = true;
    parent.key_place = key.place;
    if (!key.is_scalar()) {
      problems_.add(key.place, describe_kind(key) + " is no key; expected a word", "");
      return;
    }
    if (parent.container.entries.size() >= most_keys) {
      problems_.add(key.place, "more than " + std::to_string(most_keys) + " keys in one map", "");
      throw given_up{};
    }
    parent.key = key.text;
    for (const entry& earlier : parent.container.entries) {
      if (earlier.key != key.text) continue;
      problems_.add(key.place, "duplicate key " + in_quotes(key.text),
                    "it stands in line " + std::to_string(earlier.key_place.line) +
                        " already: remove one of the two");
      return;
    }
    parent.dropped = false;
  }

  const std::string& file_;
  diagnostics& problems_;
  node root_;
  std::vector<level> levels_;
  std::map<YAML::anchor_t, node> anchors_;
  std::size_t nodes_ = 0;
};

/// What yaml-cpp says, and what most often helps.
diagnostic syntax_error(const std::string& file, const YAML::Exception& error,
                        const std::string& text) {
  std::string help;
  if (text.find('\t') != std::string::npos)
    help = "YAML indents with spaces: replace the tabs";
  else if (error.msg.find("illegal map value") != std::string::npos) {
    help = "put texts that contain ': ' in quotes";
  } else if (error.msg.find("end of") != std::string::npos) {
    help =
        "look for a bracket, brace or quote that is never closed, or a line that is indented "
        "unlike its neighbours";
  }
  return {place_of(file, error.mark), "not YAML: " + error.msg, help};
}

/// Bytes of the UTF-8 character at the start of `text`; 0 when it starts with none.
std::size_t length_of_character(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // Longer than need be, a half of a surrogate pair, and beyond the last character.
  const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

/// Tells the first byte that is no UTF-8: answers repeat names, and their readers refuse others.
bool is_utf8(const std::string& file, std::string_view text, diagnostics& problems) {
  location place{file, 1, 1};
  while (!text.empty()) {
    const std::size_t length = length_of_character(text);
    if (length == 0) {
      problems.add(place, "not UTF-8 text", "name a YAML file, saved as UTF-8");
      return false;
    }
    ++place.column;
    if (text.front() == '\n') ++place.line, place.column = 1;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

node parse_yaml(const std::string& file, const std::string& text, diagnostics& problems) {
  if (!is_utf8(file, text, problems)) return {node::kind::null, {}, {}, {file, 1, 1}};
  node_builder builder(file, problems);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {node::kind::null, {}, {}, {file, 1, 1}};
    node first = builder.take();
    if (parser.HandleNextDocument(builder)) {
      problems.add(builder.take().place, "a second YAML document; expected one in a file",
                   "remove it, from its '---' on");
    }
    return first;
  } catch (const YAML::Exception& error) {
    problems.add(syntax_error(file, error, text));
  } catch (const given_up&) {
  }
  return {node::kind::null, {}, {}, {file, 1, 1}};
}

}  // namespace lamina::config
