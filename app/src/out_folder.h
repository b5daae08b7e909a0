// SPDX-License-Identifier: Apache-2.0
// The folder of --out: made before anything runs, so that no answer is lost to a wrong name.
#pragma once

#include <string>

namespace lamina::app {

/// Makes the folder and those above it. Throws usage_error where it cannot be made or written.
void make_out_folder(const std::string& folder);

}  // namespace lamina::app
