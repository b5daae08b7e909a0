// SPDX-License-Identifier: Apache-2.0
// The texts of the shipped systems, put into the library when it is built.
#pragma once

#include <map>
#include <string>

namespace lamina::config {

/// File name to text.
const std::map<std::string, std::string>& system_parts();

}  // namespace lamina::config
