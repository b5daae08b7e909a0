// SPDX-License-Identifier: Apache-2.0
// Any bytes as a trace: errors are told with their place, and what is accepted prints and reads
// back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lamina/config/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lamina;
  config::diagnostics found;
  const auto trace =
      config::parse_trace("fuzz.csv", {reinterpret_cast<const char*>(data), size}, found);
  for (const config::diagnostic& problem : found.sorted()) {
    if (problem.where.line < 1 || problem.where.column < 1) std::abort();
  }
  if (trace.empty() && !found.has_errors()) std::abort();
  for (const trace_entry& request : trace) {
    const auto again = config::parse_trace_row(config::print_trace_row(request));
    if (!again.value || again.value->time != request.time ||
        again.value->address != request.address || again.value->bytes != request.bytes ||
        again.value->write != request.write) {
      std::abort();
    }
  }
  return 0;
}
