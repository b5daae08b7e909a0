// SPDX-License-Identifier: Apache-2.0
// What the commands on spaces share.
#pragma once

#include <iosfwd>
#include <optional>

#include "arguments.h"
#include "lamina/explore/space.h"

namespace lamina::app {

/// The first file that was given, with `--set`; what is wrong goes to `problems`.
std::optional<explore::space> load_one_space(const arguments& given, std::ostream& problems);

}  // namespace lamina::app
