// SPDX-License-Identifier: Apache-2.0
// The parameters of a DRAM stack, declared.
#pragma once

#include "lamina/config/mapping.h"
#include "lamina/models/dram_stack.h"

namespace lamina::config {

mapping declare(dram_geometry& geometry);
mapping declare(dram_timings& timings);
mapping declare(dram_controller_spec& controller);
mapping declare(dram_thermal_state& thermal);
mapping declare(dram_energy_spec& energy);
mapping declare(address_map_spec& map);
mapping declare(dram_stack_spec& stack);

/// "bank_group:2", and back.
parsed<address_digit> parse_address_digit(std::string_view text);
std::string print_address_digit(const address_digit& digit);
/// "bank[0] ^= row[3]", and back.
parsed<address_xor> parse_address_xor(std::string_view text);
std::string print_address_xor(const address_xor& hash);

}  // namespace lamina::config
