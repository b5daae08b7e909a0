// SPDX-License-Identifier: Apache-2.0
#include "hugging_face_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

namespace lamina::config {
namespace {

/// No config.json is deeper; a tree that is would be destroyed by recursion.
constexpr std::size_t deepest = 64;
/// Nor longer; keys are looked up one by one.
constexpr std::size_t most_entries = 10'000;

/// Reads a text and tells how far the parser has come.
class counted_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  counted_iterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  counted_iterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  counted_iterator operator++(int) {
    counted_iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const counted_iterator& a, const counted_iterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const counted_iterator& a, const counted_iterator& b) { return !(a == b); }

 private:
  const char* at_;
  const char** reached_;
};

location place_of(const std::string& file, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t last = before.rfind('\n');
  const std::size_t start = last == std::string_view::npos ? 0 : last + 1;
  return {file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(before.size() - start) + 1};
}

/// Follows the parser's events. Lines are counted as it goes, so that a long file stays linear.
class tree_builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  tree_builder(std::string file, std::string_view text, const char* const* reached,
               diagnostics& problems)
      : file_(std::move(file)), text_(text), reached_(reached), problems_(problems) {}

  bool null() { return put({}); }
  bool boolean(bool flag) {
    json_value value;
    value.what = json_value::kind::boolean;
    value.flag = flag;
    return put(std::move(value));
  }
  bool number_integer(number_integer_t number) {
    json_value value;
    value.what = json_value::kind::integer;
    value.integer = number;
    value.number = static_cast<double>(number);
    return put(std::move(value));
  }
  bool number_unsigned(number_unsigned_t number) {
    if (number <= static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return number_integer(static_cast<number_integer_t>(number));
    }
    return number_float(static_cast<double>(number), {});
  }
  bool number_float(number_float_t number, const string_t& /*written*/) {
    json_value value;
    value.what = json_value::kind::number;
    value.number = number;
    return put(std::move(value));
  }
  bool string(string_t& text) {
    json_value value;
    value.what = json_value::kind::text;
    value.text = text;
    return put(std::move(value));
  }
  bool binary(binary_t& /*bytes*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(json_value::kind::map); }
  bool start_array(std::size_t /*size*/) { return open(json_value::kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    key_ = name;
    key_place_ = here(name.size() + 2);
    const json_value* twice = path_.back()->find(name);
    if (twice != nullptr) {
      problems_.add(key_place_, fmt::format("the key {} comes twice", in_quotes(name)),
                    fmt::format("it is also in line {}", twice->place.line));
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& problem) {
    // "...parse error at line 2, column 3: syntax error while parsing value - what": the end.
    std::string what = problem.what();
    const std::size_t cause = what.find(": ");
    if (cause != std::string::npos) what = what.substr(cause + 2);
    for (char& c : what) {
      if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    }
    const bool cut = position > text_.size();
    problems_.add(place_of(file_, text_, position > 0 ? position - 1 : 0), "not JSON: " + what,
                  cut ? "the file ends too early; is it complete?" : "");
    return false;
  }

  json_value root;

 private:
  /// Place of what began `length` characters ago; keys with escapes are off by these.
  location here(std::size_t length) {
    const auto offset = static_cast<std::size_t>(*reached_ - text_.data());
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] == '\n') {
        ++line_;
        line_start_ = counted_ + 1;
      }
    }
    const std::size_t column = counted_ - line_start_;
    return {file_, line_, static_cast<int>(column > length ? column - length : 0) + 1};
  }
  void place(json_value value) {
    const bool keyed = !path_.empty() && path_.back()->what == json_value::kind::map;
    value.place = keyed ? key_place_ : here(1);
    if (path_.empty()) {
      root = std::move(value);
    } else {
      path_.back()->entries.emplace_back(keyed ? key_ : std::string(), std::move(value));
    }
  }
  bool put(json_value value) {
    if (!path_.empty() && path_.back()->entries.size() >= most_entries) {
      problems_.add(here(1), fmt::format("more than {} entries in one place", most_entries), "");
      return false;
    }
    place(std::move(value));
    return true;
  }
  bool open(json_value::kind what) {
    if (path_.size() >= deepest) {
      problems_.add(here(1), fmt::format("more than {} levels of lists and maps", deepest), "");
      return false;
    }
    json_value value;
    value.what = what;
    if (!put(std::move(value))) return false;
    path_.push_back(path_.empty() ? &root : &path_.back()->entries.back().second);
    return true;
  }
  bool close() {
    path_.pop_back();
    return true;
  }

  std::string file_;
  std::string_view text_;
  const char* const* reached_;
  diagnostics& problems_;
  std::vector<json_value*> path_;  ///< open lists and maps; only the innermost grows
  std::string key_;
  location key_place_;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

const json_value* json_value::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (what == kind::map && name == key) return &value;
  }
  return nullptr;
}

std::string shown(const json_value& value) {
  switch (value.what) {
    case json_value::kind::null:
      return "null";
    case json_value::kind::boolean:
      return value.flag ? "true" : "false";
    case json_value::kind::integer:
      return std::to_string(value.integer);
    case json_value::kind::number:
      return fmt::format("{}", value.number);
    case json_value::kind::text:
      return in_quotes(value.text);
    case json_value::kind::list:
      return "a list";
    case json_value::kind::map:
      return "a map";
  }
  return "nothing";
}

json_value parse_json(const std::string& file, std::string_view text, diagnostics& problems) {
  const char* reached = text.data();
  tree_builder builder(file, text, &reached, problems);
  const counted_iterator begin(text.data(), &reached);
  const counted_iterator end(text.data() + text.size(), &reached);
  if (!nlohmann::json::sax_parse(begin, end, &builder)) return {};
  return std::move(builder.root);
}

}  // namespace lamina::config
