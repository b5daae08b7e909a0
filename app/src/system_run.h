// SPDX-License-Identifier: Apache-2.0
// `lamina run`, `lamina check` and `lamina describe` for system platforms.
#pragma once

#include <string>
#include <vector>

#include "arguments.h"

namespace lamina::app {

/// Whether the first file that was given is a system platform.
bool is_system(const arguments& given);

/// `--mapping`, which overrides the file's.
option mapping_option();

/// `--set`, the options of the model and `--mapping`; settings that stand later win. Throws
/// usage_error for what is not understood.
std::vector<std::string> system_settings(const arguments& given);

/// Evaluates the files and prints. The exit code: outside when a model does not fit its memory.
int run_systems(const arguments& given);

/// One line for each file without errors. The exit code.
int check_systems(const arguments& given);

/// Every parameter of one file with its value and source. The exit code.
int describe_system(const arguments& given);

}  // namespace lamina::app
