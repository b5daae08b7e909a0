// SPDX-License-Identifier: Apache-2.0
#include "lamina/config/diagnostics.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <tuple>

namespace lamina::config {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Insertions, deletions, replacements; a change of case alone counts as nothing.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string to_text(const diagnostic& item, std::string_view severity) {
  std::string text = item.where.file;
  if (item.where.line > 0) {
    text += ':' + std::to_string(item.where.line) + ':' + std::to_string(item.where.column);
  }
  text += ": " + std::string(severity) + ": " + item.message;
  if (!item.suggestion.empty()) text += "\n    " + item.suggestion;
  return text;
}

std::vector<diagnostic> diagnostics::sorted() const {
  std::vector<diagnostic> items = items_;
  std::vector<std::string> files;
  const auto rank = [&files](const std::string& file) {
    return std::find(files.begin(), files.end(), file) - files.begin();
  };
  for (const diagnostic& item : items) {
    if (rank(item.where.file) == static_cast<std::ptrdiff_t>(files.size())) {
      files.push_back(item.where.file);
    }
  }
  std::stable_sort(items.begin(), items.end(), [&](const diagnostic& a, const diagnostic& b) {
    return std::make_tuple(rank(a.where.file), a.where.line, a.where.column) <
           std::make_tuple(rank(b.where.file), b.where.line, b.where.column);
  });
  const auto same = [](const diagnostic& a, const diagnostic& b) {
    return to_text(a) == to_text(b);
  };
  items.erase(std::unique(items.begin(), items.end(), same), items.end());
  return items;
}

std::string diagnostics::text() const {
  std::string all;
  for (const diagnostic& item : sorted()) all += to_text(item) + '\n';
  return all;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  if (word.empty() || word.size() > 100) return best;
  std::size_t best_distance = word.size() < 4 ? 2 : 2 + word.size() / 5;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, longest)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return shown + (text.size() > longest ? "...'" : "'");
}

}  // namespace lamina::config
