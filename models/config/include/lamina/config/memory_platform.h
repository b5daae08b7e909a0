// SPDX-License-Identifier: Apache-2.0
// A memory platform (stack and workload), or a DRAM part alone, from YAML, and back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/config/mapping.h"
#include "lamina/models/dram_stack.h"
#include "lamina/models/memory.h"

namespace lamina::config {

struct memory_platform {
  std::string name;
  dram_stack_spec dram_stack;
  memory_workload workload;
  std::map<std::string, std::string> sources;  ///< parameter path in the stack -> where it is from
};
mapping declare(memory_platform& platform);

struct load_request {
  std::string file;
  std::vector<std::string> settings;  ///< "a.b=value" of --set, in order; the last one wins
  file_reader reader = read_file;     ///< of the file and of all that it names
};

/// What a file describes: a part has `geometry` or `timings` at its top, a platform has not.
enum class file_kind { memory_platform, dram_part };
/// A file that cannot be read counts as a platform; its loader tells why.
file_kind kind_of(const load_request& request);

/// Reads and checks a platform; nothing when anything is wrong, which `found` then tells.
std::optional<memory_platform> load_memory_platform(const load_request& request,
                                                    diagnostics& found);

/// Reads and checks a part: a platform with an empty workload.
std::optional<memory_platform> load_dram_part(const load_request& request, diagnostics& found);

/// The whole resolved platform as YAML that load_memory_platform() reads to the same values.
/// The same platform gives the same bytes.
std::string to_yaml(const memory_platform& platform);

/// One declared parameter, for `describe` and reference pages.
struct parameter_info {
  std::string path;        ///< dram_stack.timings.tRCDRD
  std::string type;        ///< "a size, such as 4 KiB", "one of open, closed, adaptive", ...
  std::string unit;        ///< SI; empty: none
  std::string range;       ///< "1 to 16"; empty: any
  std::string standard;    ///< default as text; "required" where there is none
  std::string meaning;     ///< one sentence
  std::string defined_in;  ///< standard or publication that defines the parameter; may be empty
};
std::vector<parameter_info> declared_parameters();

/// JSON Schema (2020-12) of a memory platform file, for editors.
std::string json_schema();

}  // namespace lamina::config
