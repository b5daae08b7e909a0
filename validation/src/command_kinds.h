// SPDX-License-Identifier: Apache-2.0
// Sorts DRAM commands by what they do.
#pragma once

#include "lamina/models/dram_timing_rules.h"

namespace lamina::validation {

constexpr bool is_unit_wide(dram_command command) {
  return command == dram_command::precharge_all || command == dram_command::refresh_all;
}

constexpr bool is_refresh(dram_command command) {
  return command == dram_command::refresh_all || command == dram_command::refresh_bank;
}

constexpr bool is_read(dram_command command) {
  return command == dram_command::read || command == dram_command::read_auto;
}

constexpr bool is_column(dram_command command) {
  return is_read(command) || command == dram_command::write || command == dram_command::write_auto;
}

}  // namespace lamina::validation
