// SPDX-License-Identifier: Apache-2.0
// `lamina run`, `lamina check` and `lamina describe` for memory pipelines.
#pragma once

#include "arguments.h"

namespace lamina::app {

/// Whether the first file that was given is a memory pipeline.
bool is_pipeline(const arguments& given);

/// Evaluates the files in the fidelities that were asked for, which may differ from stage to stage,
/// and prints. The exit code.
int run_pipelines(const arguments& given);

/// One line for each file without errors. The exit code.
int check_pipelines(const arguments& given);

/// Every parameter of one file with its value. The exit code.
int describe_pipeline(const arguments& given);

}  // namespace lamina::app
