// SPDX-License-Identifier: Apache-2.0
// From a part file to the specification of a stack.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "lamina/config/dram_stack.h"

/// Nothing, and all problems on stderr, when the file is not in order.
inline std::optional<lamina::dram_stack_spec> read_part_file(const std::string& path) {
  namespace config = lamina::config;
  config::diagnostics problems;
  const config::file_reader reader = config::read_file;
  config::decode_context context{problems, reader};
  lamina::dram_stack_spec part;
  config::decode(config::load_document(path, problems), config::declare(part), "", context);
  if (!problems.has_errors()) return part;
  fmt::print(stderr, "{}\n", problems.text());
  return std::nullopt;
}
