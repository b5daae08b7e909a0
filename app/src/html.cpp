// SPDX-License-Identifier: Apache-2.0
#include "html.h"

#include <fmt/format.h>

namespace lamina::app {
namespace {

constexpr const char* style = R"(
body{font:15px/1.45 system-ui,sans-serif;color:#1c2430;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin-top:2rem}
.quiet{color:#5b6675}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.2rem .9rem;text-align:right;border-bottom:1px solid #e3e7ec}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}
svg text{font:13px system-ui,sans-serif;fill:#1c2430}
.key span{margin-right:1rem;white-space:nowrap}
.key i{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem}
pre{background:#f5f7f9;padding:1rem;overflow:auto;font-size:12px}
)";

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>{0}</title>\n"
      "<style>{1}</style></head><body>\n<h1>{0}</h1>\n{2}</body></html>\n",
      escaped(title), style, body);
}

}  // namespace lamina::app
