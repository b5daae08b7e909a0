// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdint>

#include "lamina/config/describe.h"

namespace lamina::config {
namespace {

void dump(const mapping& declared, const std::string& margin, std::string& text);

void dump_items(const parameter& list, const std::string& margin, std::string& text) {
  const std::vector<mapping> items = list.items();
  text += items.empty() ? " []\n" : "\n";
  for (const mapping& item : items) {
    std::string block;
    dump(item, margin + "    ", block);
    block.replace(margin.size() + 2, 1, "-");  // the first key's margin holds the dash
    text += block;
  }
}

void dump(const mapping& declared, const std::string& margin, std::string& text) {
  for (const parameter& p : declared.parameters()) {
    text += margin + p.name + ':';
    if (p.section) {
      text += '\n';
      dump(*p.section, margin + "  ", text);
    } else if (p.item) {
      dump_items(p, margin, text);
    } else {
      text += ' ' + p.text() + '\n';
    }
  }
}

}  // namespace

std::string dump_yaml(const mapping& declared) {
  std::string text;
  dump(declared, "", text);
  return text;
}

std::string hash_of(const std::string& text) {
  std::uint64_t state = 0xcbf29ce484222325U;
  for (const char c : text) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3U;
  }
  return fmt::format("{:016x}", state);
}

}  // namespace lamina::config
