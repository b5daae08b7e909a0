// SPDX-License-Identifier: Apache-2.0
// Trace files: one memory request a line, as CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lamina/config/diagnostics.h"
#include "lamina/config/quantity.h"
#include "lamina/models/access_stream.h"

namespace lamina::config {

/// Reads `time,op,address,bytes` with that header. A column's unit stands in the header
/// (`time [ns]`) or in each value. All malformed lines become problems with line and column, up
/// to 100 of them.
std::vector<trace_entry> parse_trace(const std::string& file, std::string_view text,
                                     diagnostics& problems);

/// One request, "12.5 ns,write,0x1000,64": as in a trace file, for traces inside a configuration.
parsed<trace_entry> parse_trace_row(std::string_view row);
std::string print_trace_row(const trace_entry& request);

}  // namespace lamina::config
