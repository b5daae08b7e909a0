// SPDX-License-Identifier: Apache-2.0
// The texts of the shipped models, put into the library when it is built.
#pragma once

#include <map>
#include <string>

namespace lamina::config {

/// Name to config.json.
const std::map<std::string, std::string>& model_configs();

}  // namespace lamina::config
