// SPDX-License-Identifier: Apache-2.0
// Runs simulations in child processes and brings their answers back as plain data.
#pragma once

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "lamina/models/dram_stack.h"
#include "lamina/models/dram_timing_rules.h"
#include "lamina/models/memory.h"

namespace lamina::validation {

/// Appends plain values to bytes and takes them out again, within one build of the program.
template <typename Value>
void pack(std::string& bytes, const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(Value));
}

template <typename Value>
bool unpack(const std::string& bytes, std::size_t& place, Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  if (bytes.size() - place < sizeof(Value)) return false;
  std::memcpy(&value, bytes.data() + place, sizeof(Value));
  place += sizeof(Value);
  return true;
}

/// A stack and its traffic, to be simulated with all commands recorded.
struct recorded_run {
  std::string name;
  dram_stack_spec spec;
  memory_workload workload;
};

struct recorded_answer {
  std::string error;  ///< empty when the simulation ran to its end
  memory_result result;
  std::vector<dram_command_record> commands;
};

std::vector<recorded_answer> simulate_recorded(const std::vector<recorded_run>& runs, int jobs);

}  // namespace lamina::validation
