// SPDX-License-Identifier: Apache-2.0
// What every page of the program has in common.
#pragma once

#include <string>
#include <string_view>

namespace lamina::app {

/// Colours of things side by side; as many as are told apart well.
inline constexpr const char* colours[] = {"#2f6db5", "#d97b29", "#4c9f70", "#b8485e", "#8067b0",
                                          "#b59a2f", "#3fa3b5", "#8a6d5a", "#d07fae", "#6b7685"};

/// Text as it stands between tags and in attributes.
std::string escaped(std::string_view text);

/// A whole page that needs no other file. `title` is text, `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace lamina::app
