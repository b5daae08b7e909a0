// SPDX-License-Identifier: Apache-2.0
// `lamina run`, `lamina check` and `lamina describe` for chip platforms.
#pragma once

#include <vector>

#include "arguments.h"

namespace lamina::app {

/// Whether the first file that was given is a chip platform.
bool is_chip(const arguments& given);

/// What a run of a language model can be told instead of its file's `workload`.
std::vector<option> model_options();

/// `--set` and the options of the model; settings that stand later win. Throws usage_error for
/// `--seed`, which means nothing here.
std::vector<std::string> chip_settings(const arguments& given);

/// Evaluates the files in the fidelities that were asked for, and prints. The exit code: outside
/// when a model does not fit its memory.
int run_chips(const arguments& given);

/// One line for each file without errors. The exit code.
int check_chips(const arguments& given);

/// Every parameter of one file with its value and source. The exit code.
int describe_chip(const arguments& given);

}  // namespace lamina::app
