// SPDX-License-Identifier: Apache-2.0
// What the loaders of all kinds of platform have in common.
#pragma once

#include <string>
#include <vector>

#include "lamina/config/memory_platform.h"
#include "lamina/models/spec_problem.h"

namespace lamina::config {

inline constexpr const char* sweep_key = "sweep";
inline constexpr const char* compare_key = "compare";

/// The file with what it extends, and the settings of the request upon it.
node load_with_settings(const load_request& request, diagnostics& found);

/// Tells the problems of a spec at the places that its parameters have in the file.
void add_problems(const std::vector<spec_problem>& problems, const std::string& prefix,
                  decode_context& context);

/// `platform: KIND` at the top of a file.
void declare_kind(mapping& m, const char* kind);

}  // namespace lamina::config
