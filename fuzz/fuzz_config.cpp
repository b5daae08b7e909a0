// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration: errors are told, nothing crashes, and what is accepted reads back
// from its own dump.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lamina/config/memory_platform.h"
#include "lamina/config/sweep.h"

namespace {

using namespace lamina;

/// The bytes are the file that is read and every file that it names.
config::load_request request_of(const std::string& text) {
  return {"fuzz.yaml", {}, [text](const std::string&) { return std::optional<std::string>(text); }};
}

void read_back(const config::memory_platform& platform) {
  const std::string dump = config::to_yaml(platform);
  config::diagnostics found;
  const auto again = config::load_memory_platform(request_of(dump), found);
  if (!again || config::to_yaml(*again) != dump) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const config::load_request request = request_of(text);
  config::diagnostics found;
  const auto platform = config::load_memory_platform(request, found);
  if (platform.has_value() == found.has_errors()) std::abort();
  if (platform) read_back(*platform);
  config::diagnostics of_part, of_sweep;
  config::load_dram_part(request, of_part);
  config::load_sweep(request, of_sweep);
  found.text();
  of_part.text();
  of_sweep.text();
  return 0;
}
