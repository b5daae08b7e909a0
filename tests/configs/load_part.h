// SPDX-License-Identifier: Apache-2.0
// Reads a part file for the tests; a problem in it is an exception.
#pragma once

#include <stdexcept>
#include <string>

#include "lamina/config/dram_stack.h"
#include "lamina/models/dram_stack_check.h"

namespace lamina {

inline dram_stack_spec load_part(const std::string& path) {
  config::diagnostics problems;
  const config::file_reader reader = config::read_file;
  config::decode_context context{problems, reader};
  dram_stack_spec spec;
  const config::node root = config::load_document(path, problems);
  config::decode(root, config::declare(spec), "", context);
  if (problems.has_errors()) throw std::runtime_error(problems.text());
  for (const spec_problem& problem : check(spec)) throw std::runtime_error(problem.message);
  return spec;
}

}  // namespace lamina
