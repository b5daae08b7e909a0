// SPDX-License-Identifier: Apache-2.0
#include "out_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "arguments.h"

namespace lamina::app {

void make_out_folder(const std::string& folder) {
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  // An existing file, or one on the way, comes back as this.
  if (!status && access(folder.c_str(), W_OK | X_OK) != 0) {
    status = {errno, std::generic_category()};
  }
  if (!status) return;
  throw usage_error(
      fmt::format("--out: the folder '{}' cannot be {}: {}; expected a folder to write to, "
                  "new or existing",
                  folder, std::filesystem::exists(folder) ? "used" : "made", status.message()));
}

}  // namespace lamina::app
