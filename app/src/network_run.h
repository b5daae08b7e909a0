// SPDX-License-Identifier: Apache-2.0
// `lamina run`, `lamina check` and `lamina describe` for network platforms.
#pragma once

#include <string>

#include "arguments.h"

namespace lamina::app {

/// Whether the first file that was given is a network platform.
bool is_network(const arguments& given);

/// Evaluates the files in the fidelities that were asked for, and prints. The exit code.
int run_networks(const arguments& given);

/// One line for each file without errors. The exit code.
int check_networks(const arguments& given);

/// Every parameter of one file with its value. The exit code.
int describe_network(const arguments& given);

}  // namespace lamina::app
