// SPDX-License-Identifier: Apache-2.0
// What the commands on spaces share.
#pragma once

#include <optional>

#include "arguments.h"
#include "lamina/explore/space.h"

namespace lamina::app {

/// The first file that was given, with `--set`; what is wrong goes to stderr.
std::optional<explore::space> load_one_space(const arguments& given);

}  // namespace lamina::app
