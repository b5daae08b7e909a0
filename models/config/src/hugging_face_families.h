// SPDX-License-Identifier: Apache-2.0
// What each architecture's keys mean for the shapes of its model.
#pragma once

#include <string_view>
#include <vector>

#include "hugging_face_reader.h"

namespace lamina::config {

struct model_family {
  std::string_view model_type;
  std::string_view architecture;
  /// Reads what read_common() leaves; layers are there already.
  void (*read)(key_reader& keys, imported_model& into);
};
const std::vector<model_family>& model_families();

}  // namespace lamina::config
