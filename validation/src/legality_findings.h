// SPDX-License-Identifier: Apache-2.0
// What the parts of the legality checker share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "command_kinds.h"
#include "lamina/validation/legality_checker.h"

namespace lamina::validation {

struct legality_checker::findings {
  explicit findings(std::size_t most_kept) : most(most_kept) {}

  void add(std::string rule, const dram_command_record& first, const dram_command_record& second,
           std::int64_t distance, std::int64_t required, std::string what) {
    if (list.size() >= most) return;
    list.push_back({std::move(rule), first, second, distance, required, std::move(what)});
  }
  std::vector<legality_violation> take() { return std::move(list); }

  std::size_t most;
  std::vector<legality_violation> list;
};

}  // namespace lamina::validation
