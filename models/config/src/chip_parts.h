// SPDX-License-Identifier: Apache-2.0
// The texts of the shipped chips, put into the library when it is built.
#pragma once

#include <map>
#include <string>

namespace lamina::config {

/// File name to text.
const std::map<std::string, std::string>& chip_parts();

}  // namespace lamina::config
